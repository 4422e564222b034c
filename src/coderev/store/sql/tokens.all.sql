-- All tokens, the newest first.
SELECT id, name, subject, role, login, created, created_by, expires, used, revoked FROM token ORDER BY id DESC
