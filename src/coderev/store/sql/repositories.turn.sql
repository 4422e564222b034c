-- New repositories come one after the other: a tenant that is taken must be seen. Until the transaction ends.
SELECT pg_advisory_xact_lock(7165064761541457270)
