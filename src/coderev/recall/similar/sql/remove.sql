-- Forget by id, or by age, or, with neither, all that this tenant has.
DELETE FROM coderev_similar.{table}
WHERE tenant = %(tenant)s
    AND (%(ids)s::bytea[] IS NULL OR id = ANY(%(ids)s::bytea[]))
    AND (%(before)s::timestamptz IS NULL OR added < %(before)s::timestamptz)
