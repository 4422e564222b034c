-- A dismissal.
INSERT INTO dismissal (
    id, tenant, repository_id, merge_request_id, scope, fingerprint, unit, rule, path, reason, author, created,
    expires, revoked, revoked_by, sealed_note
)
OVERRIDING SYSTEM VALUE
VALUES (
    %(id)s, %(tenant)s, %(repository)s,
    (SELECT id FROM merge_request WHERE repository_id = %(repository)s AND number = %(number)s),
    %(scope)s, %(fingerprint)s, %(unit)s, %(rule)s, %(path)s, %(reason)s, %(author)s, %(created)s, %(expires)s,
    %(revoked)s, %(revoked_by)s, %(sealed_note)s
)
