-- Add a job. Its priority is its turn, counted downwards (start-time fair queueing): after the last turn that its
-- repository took, and not before the turn that is being served now.
SELECT unnest(procrastinate_defer_jobs_v1(ARRAY[ROW(
    'coderev',
    %(task)s,
    LEAST(
        (
            SELECT min(priority)
            FROM procrastinate_jobs
            WHERE status IN ('doing', 'succeeded', 'failed', 'aborted')
        ),
        (
            SELECT min(priority) - 1
            FROM procrastinate_jobs
            WHERE args ->> 'repository' = %(repository)s AND status <> 'cancelled'
        ),
        0
    ),
    %(lock)s,
    NULL,
    jsonb_build_object('repository', %(repository)s::text, 'arguments', %(arguments)s::jsonb),
    %(due)s
)]::procrastinate_job_to_defer_v1[]))
