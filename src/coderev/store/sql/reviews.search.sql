-- A page of reviews, the newest first. What is null is not asked about.
SELECT * FROM review_row
WHERE
    (%(tenants)s::text[] IS NULL OR tenant = ANY(%(tenants)s))
    AND (%(state)s::text IS NULL OR state = %(state)s)
    AND (%(verdict)s::text IS NULL OR verdict = %(verdict)s)
    AND (%(repository)s::bigint IS NULL OR repository_id = %(repository)s)
    AND (
        %(text)s::text = ''
        OR repository_id IN (SELECT id FROM repository WHERE path ILIKE %(contains)s)
        OR merge_request_id IN (
            SELECT id FROM merge_request
            WHERE author ILIKE %(contains)s OR number::text = ltrim(%(text)s, '!#')
        )
        OR starts_with(head, lower(%(text)s))
    )
    AND (%(before_at)s::timestamptz IS NULL OR (created, id) < (%(before_at)s, %(before_id)s::uuid))
ORDER BY created DESC, id DESC
LIMIT %(limit)s
