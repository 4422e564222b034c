-- The newest sight of a finding in a repository.
SELECT * FROM finding_row
WHERE repository_id = %(repository)s AND fingerprint = %(fingerprint)s
ORDER BY created DESC, review DESC, number DESC
LIMIT 1
