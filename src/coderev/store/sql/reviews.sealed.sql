-- One of the sealed values of a review; no other is read from the disk.
SELECT
    tenant,
    CASE %(column)s::text
        WHEN 'sealed_order' THEN sealed_order
        WHEN 'sealed_result' THEN sealed_result
        WHEN 'sealed_diff' THEN sealed_diff
        WHEN 'sealed_record' THEN sealed_record
    END AS sealed
FROM review WHERE id = %(id)s
