-- What stands at the forge now.
INSERT INTO publication (merge_request_id, kind, key, forge_id, digest, state, at)
VALUES (%(merge_request)s, %(kind)s, %(key)s, %(forge_id)s, %(digest)s, %(state)s, %(at)s)
ON CONFLICT (merge_request_id, kind, key) DO UPDATE SET
    forge_id = excluded.forge_id, digest = excluded.digest, state = excluded.state, at = excluded.at
