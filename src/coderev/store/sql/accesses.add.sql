-- A decision about who may do what.
INSERT INTO access_record (at, subject, role, action, target, source, outcome, why, request_id)
VALUES (
    %(at)s, %(subject)s, %(role)s, %(action)s, %(target)s, %(source)s, %(outcome)s, %(why)s, %(request_id)s
)
