-- How long the longest waiting ready job has been ready for, in seconds, and how many workers are alive.
SELECT
    coalesce(extract(epoch FROM now() - least(
        (
            SELECT event.at
            FROM procrastinate_events AS event
            WHERE event.type = 'deferred'
                AND event.job_id = (
                    SELECT min(job.id) FROM procrastinate_jobs AS job WHERE job.status = 'todo' AND job.scheduled_at IS NULL
                )
        ),
        (SELECT min(scheduled_at) FROM procrastinate_jobs WHERE status = 'todo' AND scheduled_at <= now())
    )), 0)::float8 AS age,
    (
        SELECT count(*)
        FROM procrastinate_workers
        WHERE last_heartbeat >= now() - %(silence)s * interval '1 second'
    ) AS workers
