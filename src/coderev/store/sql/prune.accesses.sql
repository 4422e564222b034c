-- Access records of before, by age alone. The database keeps those of the last day whatever is asked.
SELECT access_record_forget(%(before)s, %(most)s) AS count
