-- A sign of life.
UPDATE procrastinate_workers SET last_heartbeat = now() WHERE id = %(worker)s
