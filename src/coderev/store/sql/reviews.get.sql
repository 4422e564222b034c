-- A review by its id.
SELECT * FROM review_row WHERE id = %(id)s
