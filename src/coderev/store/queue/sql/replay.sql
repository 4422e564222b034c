-- Put a dead job back at the end of its repository's turns, with all its attempts before it.
UPDATE procrastinate_jobs AS job
SET status = 'todo',
    attempts = 0,
    worker_id = NULL,
    scheduled_at = now(),
    args = job.args - 'deaths' - 'failure',
    priority = LEAST(
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
WHERE job.id = %(id)s AND job.status = 'failed'
