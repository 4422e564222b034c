-- All that belongs to the similar tier stands in one schema of its own.
CREATE SCHEMA IF NOT EXISTS coderev_similar
