-- Where another role owns the tables, the role `coderev` works with them: it may not change access records, nor remove
-- one but through access_record_forget. What later migrations of the same owner make is granted too.

REVOKE EXECUTE ON FUNCTION access_record_forget FROM PUBLIC;

DO $$
BEGIN
    IF current_user = 'coderev' OR NOT EXISTS (SELECT 1 FROM pg_roles WHERE rolname = 'coderev') THEN
        RETURN;  -- one role for all: the triggers of access_record hold for the owner too
    END IF;
    GRANT USAGE ON SCHEMA public TO coderev;
    GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO coderev;
    GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA public TO coderev;
    ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO coderev;
    ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT USAGE, SELECT ON SEQUENCES TO coderev;
    REVOKE UPDATE, DELETE ON access_record FROM coderev;
    GRANT EXECUTE ON FUNCTION access_record_forget TO coderev;
END
$$;
