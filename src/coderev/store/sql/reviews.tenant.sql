-- Whose a review is, which its sealed values are bound to.
SELECT tenant FROM review WHERE id = %(id)s
