-- Give back the jobs of workers that gave no sign of life for too long, and those that have no worker at all. One that
-- an attempt holds by its fence is left alone; the attempt lives. Too many deaths, and a person must look at it.
WITH dead AS MATERIALIZED (
    SELECT id
    FROM procrastinate_workers
    WHERE last_heartbeat < now() - %(silence)s * interval '1 second'
    FOR UPDATE SKIP LOCKED
),
stalled AS MATERIALIZED (
    SELECT job.id
    FROM procrastinate_jobs AS job
    WHERE job.status = 'doing' AND (job.worker_id IS NULL OR job.worker_id IN (SELECT id FROM dead))
    FOR UPDATE OF job SKIP LOCKED
)
UPDATE procrastinate_jobs AS job
SET status = CASE
        WHEN job.abort_requested THEN 'aborted'::procrastinate_job_status
        WHEN coalesce((job.args ->> 'deaths')::int, 0) + 1 >= %(deaths)s THEN 'failed'
        ELSE 'todo'
    END,
    abort_requested = false,
    attempts = job.attempts + 1,
    worker_id = NULL,
    args = job.args || jsonb_build_object(
        'deaths', coalesce((job.args ->> 'deaths')::int, 0) + 1,
        'failure', 'its worker died'
    )
FROM stalled
WHERE job.id = stalled.id
RETURNING job.id, job.status::text
