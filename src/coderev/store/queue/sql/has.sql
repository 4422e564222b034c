-- A job of a lock that waits or runs.
SELECT id FROM procrastinate_jobs WHERE lock = %(lock)s AND status IN ('todo', 'doing') LIMIT 1
