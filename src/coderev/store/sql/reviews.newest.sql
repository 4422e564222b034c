-- The newest review of a merge request that is in a state.
SELECT * FROM review_row
WHERE merge_request_id = %(merge_request)s AND state = %(state)s
ORDER BY created DESC, id DESC
LIMIT 1
