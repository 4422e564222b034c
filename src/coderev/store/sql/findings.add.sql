-- The findings of a review, all at once.
COPY finding (
    review_id, number, created, tenant, repository_id, fingerprint, unit, rule, severity, confidence, category, cwe,
    status, source, path, start_line, end_line, sealed_body
)
FROM STDIN (FORMAT BINARY)
