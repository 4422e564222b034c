-- Hold the job for its present attempt. KEY SHARE keeps the sweep away and lets a newer push ask for its end.
SELECT id
FROM procrastinate_jobs
WHERE id = %(id)s
    AND status = 'doing'
    AND worker_id = %(worker)s
    AND attempts = %(attempts)s
    AND NOT abort_requested
FOR KEY SHARE
