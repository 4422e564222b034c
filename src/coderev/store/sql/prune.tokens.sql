-- Tokens that opened nothing since before: as long as access records name them, they are kept.
DELETE FROM token WHERE id IN (SELECT id FROM token WHERE least(expires, revoked) < %(before)s LIMIT %(most)s)
