-- How many reviews of each state and verdict were asked for since a time.
SELECT state, verdict, count(*) FROM review WHERE created >= %(since)s GROUP BY state, verdict ORDER BY 1, 2
