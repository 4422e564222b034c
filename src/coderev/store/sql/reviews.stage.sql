-- Where a running review is.
UPDATE review SET stage = %(stage)s WHERE id = %(id)s AND state = 'running'
