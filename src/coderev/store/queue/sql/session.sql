-- A queue's table is now empty and now full, and the planner's statistics are always of another hour: with those of an
-- empty table one look sorted and joined all that waits (90 ms with 3,000 jobs, 0.1 ms so). Our indexes fit our
-- statements; this says to use them, and to plan each only once.
SET enable_seqscan = off;
SET enable_bitmapscan = off;
SET enable_sort = off;
SET enable_hashjoin = off;
SET enable_mergejoin = off;
SET plan_cache_mode = force_generic_plan;
-- What a worker writes of its own need not survive the database's own crash: a job is then run again, as after the
-- worker's crash, and its fence and what it published are in transactions of the caller, which do.
SET synchronous_commit = off
