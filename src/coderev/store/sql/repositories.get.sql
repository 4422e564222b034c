-- A repository by our id.
SELECT id, forge, forge_id, path, tenant FROM repository WHERE id = %(id)s
