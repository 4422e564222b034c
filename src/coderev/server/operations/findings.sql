-- How many new findings of each severity and kind of source were made since a time.
SELECT severity, source, count(*) FROM finding
WHERE created >= %(since)s AND status = 'new' GROUP BY severity, source ORDER BY 1, 2
