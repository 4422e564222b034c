-- Cancel jobs that wait, and ask those that run to end. A job that changes at this moment is seen as it then is.
UPDATE procrastinate_jobs
SET status = CASE status WHEN 'todo' THEN 'cancelled' ELSE status END,
    abort_requested = status = 'doing'
WHERE lock = %(lock)s
    AND task_name = %(task)s
    AND status IN ('todo', 'doing')
    AND NOT abort_requested
