-- The repository that was called so last: after a rename another may have taken the path.
SELECT id, forge, forge_id, path, tenant FROM repository
WHERE forge = %(forge)s AND path = %(path)s
ORDER BY seen DESC, id DESC
LIMIT 1
