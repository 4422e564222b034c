-- The repositories of a forge, those that were seen last first.
SELECT id, forge_id, path, tenant FROM repository WHERE forge = %(forge)s ORDER BY seen DESC, id LIMIT %(most)s
