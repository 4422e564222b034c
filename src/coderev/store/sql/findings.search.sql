-- A page of findings, those of the newest review first. What is null is not asked about.
SELECT * FROM finding_row
WHERE
    (%(tenants)s::text[] IS NULL OR tenant = ANY(%(tenants)s))
    AND (%(severity)s::text IS NULL OR severity = %(severity)s)
    AND (%(rule)s::text IS NULL OR rule = %(rule)s)
    AND (%(status)s::text IS NULL OR status = %(status)s)
    AND (%(repository)s::bigint IS NULL OR repository_id = %(repository)s)
    AND (%(path)s::text IS NULL OR path ILIKE %(path)s)
    AND (
        %(text)s::text = ''
        OR rule ILIKE %(contains)s
        OR path ILIKE %(contains)s
        OR repository_id IN (SELECT id FROM repository WHERE repository.path ILIKE %(contains)s)
        OR starts_with(fingerprint, lower(%(text)s))
    )
    AND (
        NOT %(current)s
        OR NOT EXISTS (
            SELECT 1 FROM review
            JOIN review AS newer ON newer.merge_request_id = review.merge_request_id AND newer.state = 'done'
            WHERE review.id = finding_row.review AND (newer.created, newer.id) > (review.created, review.id)
        )
    )
    AND (
        %(before_at)s::timestamptz IS NULL
        OR (created, review, number) < (%(before_at)s, %(before_review)s::uuid, %(before_number)s::int)
    )
ORDER BY created DESC, review DESC, number DESC
LIMIT %(limit)s
