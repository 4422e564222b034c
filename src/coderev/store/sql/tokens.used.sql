-- When a token was used last, to the minute: a busy one does not write a row at each request.
UPDATE token SET used = %(at)s WHERE id = %(id)s AND (used IS NULL OR used < %(at)s::timestamptz - interval '1 minute')
