-- Dismissals that expired before, the revoked too: until then they say why a finding was not told.
DELETE FROM dismissal WHERE id IN (SELECT id FROM dismissal WHERE expires < %(before)s LIMIT %(most)s)
