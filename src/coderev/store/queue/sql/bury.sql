-- Forget the dead workers whose jobs were all given back.
DELETE FROM procrastinate_workers AS worker
WHERE worker.last_heartbeat < now() - %(silence)s * interval '1 second'
    AND NOT EXISTS (
        SELECT FROM procrastinate_jobs AS job WHERE job.worker_id = worker.id AND job.status = 'doing'
    )
