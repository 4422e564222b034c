-- Which commits are compared.
UPDATE review SET base = %(base)s, head = %(head)s WHERE id = %(id)s AND state IN ('queued', 'running')
