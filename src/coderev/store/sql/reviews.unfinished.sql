-- The reviews of a merge request that wait or run, the newest first.
SELECT * FROM review_row
WHERE merge_request_id = %(merge_request)s AND state IN ('queued', 'running')
ORDER BY created DESC, id DESC
