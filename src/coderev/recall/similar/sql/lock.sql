-- Two processes that make the schema at once wait for each other; released with the transaction.
SELECT pg_advisory_xact_lock(%(lock)s)
