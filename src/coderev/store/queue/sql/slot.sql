-- Take one free slot of a model: the first number that neither this process nor another holds. The loop stops at the
-- first lock that it gets, so that no second one is taken.
WITH RECURSIVE tried (number, got) AS (
    SELECT -1, false
    UNION ALL
    SELECT
        tried.number + 1,
        CASE
            WHEN tried.number + 1 = ANY(%(held)s::int[]) THEN false
            ELSE pg_try_advisory_lock(%(model)s, tried.number + 1)
        END
    FROM tried
    WHERE NOT tried.got AND tried.number + 1 < %(limit)s
)
SELECT number FROM tried WHERE got
