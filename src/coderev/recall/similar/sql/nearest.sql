-- The nearest by cosine distance within one scope of one tenant. Approximate where the graph is used.
SELECT 1 - (vector <=> %(vector)s::vector) AS cosine, id, payload
FROM coderev_similar.{table}
WHERE tenant = %(tenant)s AND scope = %(scope)s
ORDER BY vector <=> %(vector)s::vector
LIMIT %(k)s
