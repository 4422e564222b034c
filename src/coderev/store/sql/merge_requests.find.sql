-- A merge request by what people call it.
SELECT * FROM merge_request_row WHERE repository_id = %(repository)s AND number = %(number)s
