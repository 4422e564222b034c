-- The token of one of these tags.
SELECT id, name, subject, role, login, created, created_by, expires, used, revoked FROM token WHERE hmac = ANY(%(hmacs)s)
