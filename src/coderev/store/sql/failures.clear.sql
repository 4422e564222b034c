-- A right token came from there.
DELETE FROM failed_entry WHERE source = %(source)s
