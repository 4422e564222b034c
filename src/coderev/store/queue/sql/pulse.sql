-- What the database knows of a worker: nothing, when it was declared dead; else its jobs, and whether to beat.
SELECT
    worker.last_heartbeat < now() - %(beat)s * interval '1 second' AS due,
    job.id,
    job.attempts,
    job.abort_requested
FROM procrastinate_workers AS worker
LEFT JOIN procrastinate_jobs AS job ON job.worker_id = worker.id AND job.status = 'doing'
WHERE worker.id = %(worker)s
