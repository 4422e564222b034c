-- A webhook is taken once: of several that come at a time, one returns a row.
INSERT INTO delivery (forge, delivery_id, event, received, request_id)
VALUES (%(forge)s, %(delivery_id)s, %(event)s, %(at)s, %(request_id)s)
ON CONFLICT DO NOTHING
RETURNING TRUE
