-- Reviews that wait or run though no job of theirs does, the oldest first.
SELECT * FROM review_row
WHERE
    state IN ('queued', 'running')
    AND NOT EXISTS (
        SELECT FROM procrastinate_jobs AS job
        WHERE job.status IN ('todo', 'doing') AND job.args -> 'arguments' ->> 'review' = review_row.id::text
    )
ORDER BY created
LIMIT 100
