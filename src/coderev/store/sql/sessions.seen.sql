-- When a session was used last. Requests that come out of order do not turn it back.
UPDATE session SET seen = %(at)s WHERE hmac = %(hmac)s AND seen < %(at)s
