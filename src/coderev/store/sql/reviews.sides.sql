-- Which commits are compared, and for which branch, where one is told.
UPDATE review SET base = %(base)s, head = %(head)s, target = coalesce(%(target)s, target)
WHERE id = %(id)s AND state IN ('queued', 'running')
