-- A page of dismissals, the newest first. What is null is not asked about.
SELECT * FROM dismissal_row
WHERE
    (%(tenants)s::text[] IS NULL OR tenant = ANY(%(tenants)s))
    AND (
        %(active_at)s::timestamptz IS NULL
        OR (created <= %(active_at)s AND expires > %(active_at)s AND (revoked IS NULL OR revoked > %(active_at)s))
    )
    AND (%(before)s::bigint IS NULL OR id < %(before)s)
ORDER BY id DESC
LIMIT %(limit)s
