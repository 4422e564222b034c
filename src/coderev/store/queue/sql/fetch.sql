-- Take the jobs whose turn it is. A job waits while another of its lock runs, or is ready and comes first; one that
-- waits for its time holds nobody up (procrastinate's own function lets it).
WITH candidate AS (
    SELECT job.id
    FROM procrastinate_jobs AS job
    WHERE job.status = 'todo'
        AND job.task_name = ANY(%(tasks)s)
        AND (job.scheduled_at IS NULL OR job.scheduled_at <= now())
        AND NOT EXISTS (
            SELECT FROM procrastinate_jobs AS other WHERE other.lock = job.lock AND other.status = 'doing'
        )
        AND NOT EXISTS (
            SELECT
            FROM procrastinate_jobs AS other
            WHERE other.lock = job.lock
                AND other.status = 'todo'
                AND (other.scheduled_at IS NULL OR other.scheduled_at <= now())
                AND other.task_name = ANY(%(tasks)s)
                AND (other.priority > job.priority OR other.priority = job.priority AND other.id < job.id)
        )
    ORDER BY job.priority DESC, job.id
    LIMIT %(most)s
    FOR UPDATE OF job SKIP LOCKED
)
UPDATE procrastinate_jobs AS job
SET status = 'doing', worker_id = %(worker)s
FROM candidate
WHERE job.id = candidate.id
RETURNING job.id, job.task_name, job.args, job.lock, job.attempts, job.priority
