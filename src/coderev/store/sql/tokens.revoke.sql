-- A token opens nothing any more. It is revoked once.
UPDATE token SET revoked = %(at)s WHERE id = %(id)s AND revoked IS NULL
