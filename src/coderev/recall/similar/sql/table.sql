-- The vectors of one embedder's identity; {table} bears its digest. Payloads are sealed: nothing here reads them.
CREATE TABLE IF NOT EXISTS coderev_similar.{table} (
    tenant bytea NOT NULL,
    scope bytea NOT NULL,
    id bytea NOT NULL,
    added timestamptz NOT NULL,
    vector vector({dimensions}) NOT NULL,
    payload bytea NOT NULL,
    PRIMARY KEY (tenant, scope, id)
)
