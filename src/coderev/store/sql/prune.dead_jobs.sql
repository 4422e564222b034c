-- Jobs that failed before: as long as their review is kept, a person may replay them.
DELETE FROM procrastinate_jobs
WHERE id IN (
    SELECT id FROM procrastinate_jobs
    WHERE
        status = 'failed'
        AND (SELECT max(at) FROM procrastinate_events WHERE job_id = procrastinate_jobs.id) < %(before)s
    ORDER BY id
    LIMIT %(most)s
    FOR UPDATE SKIP LOCKED
)
