-- What is dismissed in a repository at a time.
SELECT * FROM dismissal_row
WHERE
    repository_id = %(repository)s AND created <= %(at)s AND expires > %(at)s
    AND (revoked IS NULL OR revoked > %(at)s)
ORDER BY id
