-- A dismissal holds no more. It is revoked once.
UPDATE dismissal SET revoked = %(at)s, revoked_by = %(by)s WHERE id = %(id)s AND revoked IS NULL
