-- A merge request as the forge tells of it. What is told late changes nothing.
INSERT INTO merge_request AS old (repository_id, number, author, target, head, state, seen)
VALUES (%(repository)s, %(number)s, %(author)s, %(target)s, %(head)s, %(state)s, %(at)s)
ON CONFLICT (repository_id, number) DO UPDATE SET
    author = CASE WHEN excluded.seen < old.seen THEN old.author ELSE excluded.author END,
    target = CASE WHEN excluded.seen < old.seen THEN old.target ELSE excluded.target END,
    head = CASE WHEN excluded.seen < old.seen THEN old.head ELSE excluded.head END,
    state = CASE WHEN excluded.seen < old.seen THEN old.state ELSE excluded.state END,
    seen = greatest(excluded.seen, old.seen)
RETURNING id, number, author, target, head, state
