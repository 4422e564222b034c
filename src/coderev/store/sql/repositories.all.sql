-- All repositories, by forge and path.
SELECT id, forge, forge_id, path, tenant FROM repository ORDER BY forge, path, id
