-- How many wrong tokens came from there, and when the last did.
SELECT count, latest FROM failed_entry WHERE source = %(source)s
