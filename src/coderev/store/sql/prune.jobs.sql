-- Jobs that ended before, well or because they were cancelled; their events go with them.
DELETE FROM procrastinate_jobs
WHERE id IN (
    SELECT id FROM procrastinate_jobs
    WHERE
        status IN ('succeeded', 'cancelled', 'aborted')
        AND (SELECT max(at) FROM procrastinate_events WHERE job_id = procrastinate_jobs.id) < %(before)s
    ORDER BY id
    LIMIT %(most)s
    FOR UPDATE SKIP LOCKED
)
