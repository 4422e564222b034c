-- An invitation is used once: of several who try at a time, one changes the row.
UPDATE invitation SET used = %(at)s WHERE hmac = %(hmac)s AND used IS NULL AND expires > %(at)s RETURNING role
