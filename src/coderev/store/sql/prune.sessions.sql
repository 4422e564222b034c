-- Sessions of before, whatever the site's limits are: none may be longer than a week.
DELETE FROM session WHERE hmac IN (SELECT hmac FROM session WHERE created < %(before)s LIMIT %(most)s)
