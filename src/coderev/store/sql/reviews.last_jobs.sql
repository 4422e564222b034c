-- How the last job of each of these reviews ended.
SELECT DISTINCT ON (job.args -> 'arguments' ->> 'review')
    job.args -> 'arguments' ->> 'review' AS review,
    job.status::text AS state,
    job.args ->> 'failure' AS failure
FROM procrastinate_jobs AS job
WHERE job.args -> 'arguments' ->> 'review' = ANY(%(ids)s)
ORDER BY job.args -> 'arguments' ->> 'review', job.id DESC
