-- What the role `coderev`, where another owns the tables, must not change: which migrations were applied.

DO $$
BEGIN
    IF current_user <> 'coderev' AND EXISTS (SELECT 1 FROM pg_roles WHERE rolname = 'coderev') THEN
        REVOKE INSERT, UPDATE, DELETE ON migration FROM coderev;
    END IF;
END
$$;
