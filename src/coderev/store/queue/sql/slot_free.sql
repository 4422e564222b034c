-- Give a slot back.
SELECT pg_advisory_unlock(%(model)s, %(number)s)
