-- A dismissal by its id.
SELECT * FROM dismissal_row WHERE id = %(id)s
