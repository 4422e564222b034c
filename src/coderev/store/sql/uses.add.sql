-- What a model did in a review; of a second attempt, what it did in that.
INSERT INTO model_use (review_id, model, questions, answered, tokens_in, tokens_out, seconds, at)
VALUES (
    %(review)s, %(model)s, %(questions)s, %(answered)s, %(tokens_in)s, %(tokens_out)s, %(seconds)s, %(at)s
)
ON CONFLICT (review_id, model) DO UPDATE SET
    questions = excluded.questions, answered = excluded.answered, tokens_in = excluded.tokens_in,
    tokens_out = excluded.tokens_out, seconds = excluded.seconds, at = excluded.at
