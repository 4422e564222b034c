-- A session begins.
INSERT INTO session (hmac, subject, role, login, created, seen)
VALUES (%(hmac)s, %(subject)s, %(role)s, %(login)s, %(created)s, %(seen)s)
