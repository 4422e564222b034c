-- A merge request by our id.
SELECT * FROM merge_request_row WHERE id = %(id)s
