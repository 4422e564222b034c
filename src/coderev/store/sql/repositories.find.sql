-- A repository by the forge's own id.
SELECT id, forge, forge_id, path, tenant, seen FROM repository WHERE forge = %(forge)s AND forge_id = %(forge_id)s
