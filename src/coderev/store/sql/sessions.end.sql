-- A session ends.
DELETE FROM session WHERE hmac = %(hmac)s
