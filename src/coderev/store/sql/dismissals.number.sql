-- The number of the next dismissal: its note is sealed for the row before there is one.
SELECT nextval(pg_get_serial_sequence('dismissal', 'id')) AS id
