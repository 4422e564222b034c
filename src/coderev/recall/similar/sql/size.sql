-- How many vectors this tenant has.
SELECT count(*) FROM coderev_similar.{table} WHERE tenant = %(tenant)s
