-- Whether a job was cancelled, and not given back or taken over.
SELECT abort_requested OR status IN ('cancelled', 'aborted') FROM procrastinate_jobs WHERE id = %(id)s
