"""One class for each table: its verbs, over one connection. The SQL of a verb stands in `sql/TABLE.VERB.sql`."""
