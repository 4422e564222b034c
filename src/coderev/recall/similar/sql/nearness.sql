-- The graph that nearest.sql walks in a large scope; in a small one the planner reads the scope by its key and sorts.
CREATE INDEX IF NOT EXISTS {index} ON coderev_similar.{table} USING hnsw (vector vector_cosine_ops)
