-- One more wrong token from there.
INSERT INTO failed_entry (source, count, latest) VALUES (%(source)s, 1, %(at)s)
ON CONFLICT (source) DO UPDATE SET
    count = least(failed_entry.count, 1000000) + 1, latest = greatest(failed_entry.latest, excluded.latest)
RETURNING count
