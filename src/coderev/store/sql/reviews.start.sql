-- A review runs: the first time, after a fault, or because a person replayed it. What ended well or was cancelled stays.
UPDATE review
SET state = 'running', stage = '', started = %(at)s, ended = NULL, failure = '', attempts = attempts + 1
WHERE id = %(id)s AND state IN ('queued', 'running', 'failed')
