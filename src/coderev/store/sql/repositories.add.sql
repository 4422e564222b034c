-- A new repository. Its tenant is what it is called first, and nobody else's: one that comes to be called as another
-- was, before a rename, has another audience.
INSERT INTO repository (forge, forge_id, path, tenant, seen)
VALUES (
    %(forge)s, %(forge_id)s, %(path)s,
    CASE
        WHEN EXISTS (SELECT 1 FROM repository WHERE tenant = %(tenant)s) THEN %(tenant)s || '#' || %(forge_id)s
        ELSE %(tenant)s
    END,
    %(at)s
)
ON CONFLICT (forge, forge_id) DO NOTHING
