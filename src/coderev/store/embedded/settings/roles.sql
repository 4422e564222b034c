-- The service works as `coderev`; what changes tables works as their owner. Neither is a superuser.
DO $$
BEGIN
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'coderev_owner') THEN
        CREATE ROLE coderev_owner LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE;
    END IF;
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'coderev') THEN
        CREATE ROLE coderev LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE;
    END IF;
END
$$
