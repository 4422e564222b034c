-- Merge requests that the forge closed, of which no review is left, with what was published. An open one stays: what
-- stands at the forge must be known, or it would be said twice.
DELETE FROM merge_request
WHERE id IN (
    SELECT id FROM merge_request
    WHERE
        state <> 'open' AND seen < %(before)s
        AND NOT EXISTS (SELECT 1 FROM review WHERE review.merge_request_id = merge_request.id)
    LIMIT %(most)s
    FOR UPDATE SKIP LOCKED
)
