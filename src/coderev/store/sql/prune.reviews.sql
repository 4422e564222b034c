-- Reviews that ended before, with their findings and what models did. One that runs is never among them, nor one that
-- waits; one that was asked for and never ran counts from when it was asked for.
DELETE FROM review
WHERE id IN (
    SELECT id FROM review
    WHERE state IN ('done', 'failed', 'cancelled') AND coalesce(ended, created) < %(before)s
    ORDER BY coalesce(ended, created)
    LIMIT %(most)s
    FOR UPDATE SKIP LOCKED
)
