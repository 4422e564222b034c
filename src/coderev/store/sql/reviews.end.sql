-- A review has no result and will have none, unless a person replays it.
UPDATE review SET state = %(state)s, stage = '', ended = %(at)s, failure = %(failure)s
WHERE id = %(id)s AND state IN ('queued', 'running')
