-- Jobs, newest first, from before an id; in these states, or all.
SELECT
    job.id,
    job.task_name AS task,
    coalesce(job.args -> 'arguments', '{}') AS arguments,
    job.lock,
    coalesce(job.args ->> 'repository', '') AS repository,
    job.status::text AS state,
    job.attempts + (job.status IN ('todo', 'doing'))::int AS attempt,
    coalesce((job.args ->> 'deaths')::int, 0) AS deaths,
    coalesce(job.args ->> 'failure', '') AS failure,
    job.abort_requested AS cancelled,
    job.worker_id AS worker,
    job.scheduled_at AS due,
    times.queued,
    times.started,
    CASE WHEN job.status NOT IN ('todo', 'doing') THEN times.ended END AS ended
FROM procrastinate_jobs AS job
CROSS JOIN LATERAL (
    SELECT
        min(event.at) FILTER (WHERE event.type = 'deferred') AS queued,
        max(event.at) FILTER (WHERE event.type = 'started') AS started,
        max(event.at) FILTER (WHERE event.type IN ('failed', 'succeeded', 'cancelled', 'aborted')) AS ended
    FROM procrastinate_events AS event
    WHERE event.job_id = job.id
) AS times
WHERE (%(states)s::text[] IS NULL OR job.status = ANY(%(states)s::text[]::procrastinate_job_status[]))
    AND (%(before)s::bigint IS NULL OR job.id < %(before)s)
ORDER BY job.id DESC
LIMIT %(limit)s
