-- Invitations that expired before.
DELETE FROM invitation WHERE hmac IN (SELECT hmac FROM invitation WHERE expires < %(before)s LIMIT %(most)s)
