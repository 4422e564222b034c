-- Whether the table of this identity is there, so that a user who may create nothing can use it.
SELECT to_regclass('coderev_similar.{table}') IS NOT NULL
