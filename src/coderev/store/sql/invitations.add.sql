-- A one-time token that opens a session.
INSERT INTO invitation (hmac, role, created, expires) VALUES (%(hmac)s, %(role)s, %(at)s, %(expires)s)
