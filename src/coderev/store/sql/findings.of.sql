-- The findings of a review in the order of its result.
SELECT * FROM finding_row WHERE review = %(review)s ORDER BY number
