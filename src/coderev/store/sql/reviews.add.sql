-- A review that waits to be run.
INSERT INTO review (
    id, tenant, repository_id, merge_request_id, state, requested_by, request_id, created, sealed_order
)
VALUES (
    %(id)s, %(tenant)s, %(repository)s, %(merge_request)s, 'queued', %(requested_by)s, %(request_id)s, %(at)s,
    %(sealed_order)s
)
