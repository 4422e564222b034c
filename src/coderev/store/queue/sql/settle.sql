-- Write down how attempts ended: only those whose worker still holds them. One array for each column of the outcomes.
UPDATE procrastinate_jobs AS job
SET status = CASE
        WHEN outcome.state = 'todo' AND job.abort_requested THEN 'aborted'
        ELSE outcome.state::procrastinate_job_status
    END,
    abort_requested = false,
    attempts = job.attempts + outcome.counted,
    worker_id = CASE outcome.state WHEN 'todo' THEN NULL ELSE job.worker_id END,
    scheduled_at = CASE
        WHEN outcome.wait IS NULL THEN job.scheduled_at
        ELSE now() + outcome.wait * interval '1 second'
    END,
    priority = CASE
        WHEN outcome.wait IS NULL THEN job.priority
        ELSE LEAST(
            (
                SELECT min(earlier.priority)
                FROM procrastinate_jobs AS earlier
                WHERE earlier.status IN ('doing', 'succeeded', 'failed', 'aborted')
            ),
            (
                SELECT min(own.priority) - 1
                FROM procrastinate_jobs AS own
                WHERE own.args ->> 'repository' = job.args ->> 'repository' AND own.status <> 'cancelled'
            )
        )
    END,
    args = CASE
        WHEN outcome.state = 'succeeded' THEN job.args - 'failure'
        WHEN outcome.failure IS NULL THEN job.args
        ELSE job.args || jsonb_build_object('failure', outcome.failure)
    END
FROM unnest(
    %(ids)s::bigint[], %(workers)s::bigint[], %(attempts)s::int[], %(states)s::text[], %(counted)s::int[],
    %(waits)s::float8[], %(failures)s::text[]
) AS outcome (id, worker, attempts, state, counted, wait, failure)
WHERE job.id = outcome.id
    AND job.status = 'doing'
    AND job.worker_id = outcome.worker
    AND job.attempts = outcome.attempts
RETURNING job.id, job.status::text
