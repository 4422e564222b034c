-- The workers that are known, with what they run.
SELECT
    worker.id,
    worker.last_heartbeat AS seen,
    worker.last_heartbeat >= %(at)s - %(silence)s * interval '1 second' AS alive,
    (
        SELECT count(*)
        FROM procrastinate_jobs AS job
        WHERE job.worker_id = worker.id AND job.status = 'doing'
    ) AS running
FROM procrastinate_workers AS worker
ORDER BY worker.id
