-- Whose a dead job is.
SELECT coalesce(args ->> 'repository', '') FROM procrastinate_jobs WHERE id = %(id)s AND status = 'failed'
