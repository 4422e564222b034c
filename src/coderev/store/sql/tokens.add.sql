-- A token, without its secret.
INSERT INTO token (hmac, name, subject, role, login, created, created_by, expires)
VALUES (%(hmac)s, %(name)s, %(subject)s, %(role)s, %(login)s, %(at)s, %(created_by)s, %(expires)s)
RETURNING id, name, subject, role, login, created, created_by, expires, used, revoked
