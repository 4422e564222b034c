-- What each model did since a time.
SELECT
    model, sum(questions)::bigint AS questions, sum(answered)::bigint AS answered,
    sum(tokens_in)::bigint AS tokens_in, sum(tokens_out)::bigint AS tokens_out, sum(seconds) AS seconds
FROM model_use
WHERE at >= %(at)s
GROUP BY model
ORDER BY model
