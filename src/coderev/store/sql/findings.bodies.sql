-- The whole findings of a review in the order of its result.
SELECT number, tenant, sealed_body AS sealed FROM finding WHERE review_id = %(review)s ORDER BY number
