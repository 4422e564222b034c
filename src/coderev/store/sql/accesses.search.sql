-- A page of access records, the newest first. What is null is not asked about.
SELECT * FROM access_record
WHERE
    (%(subject)s::text IS NULL OR subject ILIKE %(subject)s)
    AND (%(action)s::text IS NULL OR action = %(action)s)
    AND (%(outcome)s::text IS NULL OR outcome = %(outcome)s)
    AND (%(before)s::bigint IS NULL OR id < %(before)s)
ORDER BY id DESC
LIMIT %(limit)s
