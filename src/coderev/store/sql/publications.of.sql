-- What stands at the forge on a merge request.
SELECT kind, key, forge_id, digest, state FROM publication WHERE merge_request_id = %(merge_request)s ORDER BY kind, key
