-- Remember one vector; the same id in the same scope replaces what was there.
INSERT INTO coderev_similar.{table} (tenant, scope, id, added, vector, payload)
VALUES (%(tenant)s, %(scope)s, %(id)s, %(added)s, %(vector)s::vector, %(payload)s)
ON CONFLICT (tenant, scope, id)
DO UPDATE SET added = excluded.added, vector = excluded.vector, payload = excluded.payload
