-- pgvector itself; where the user may not do this, whoever keeps the database does it once.
CREATE EXTENSION IF NOT EXISTS vector
