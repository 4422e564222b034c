-- The session of a cookie.
SELECT subject, role, login, created, seen FROM session WHERE hmac = %(hmac)s
