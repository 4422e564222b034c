-- The findings of an earlier attempt.
DELETE FROM finding WHERE review_id = %(review)s
