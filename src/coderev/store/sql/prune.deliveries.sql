-- Webhooks that were taken before: their replay is not known any more.
DELETE FROM delivery
WHERE ctid = ANY(ARRAY(SELECT ctid FROM delivery WHERE received < %(before)s ORDER BY received LIMIT %(most)s))
