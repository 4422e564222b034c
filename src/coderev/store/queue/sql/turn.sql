-- Keep two jobs of one repository from taking the same turn; held until the caller's transaction ends.
SELECT pg_advisory_xact_lock(hashtextextended('coderev queue ' || %(repository)s, 0))
