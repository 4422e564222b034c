-- How many jobs wait, run and are dead: each from an index of its own, whatever has ended well.
SELECT
    (
        SELECT count(*)
        FROM procrastinate_jobs
        WHERE status = 'todo' AND (scheduled_at IS NULL OR scheduled_at <= now())
    ) AS ready,
    (SELECT count(*) FROM procrastinate_jobs WHERE status = 'todo' AND scheduled_at > now()) AS later,
    (SELECT count(*) FROM procrastinate_jobs WHERE status = 'doing') AS running,
    (SELECT count(*) FROM procrastinate_jobs WHERE status = 'failed') AS dead
