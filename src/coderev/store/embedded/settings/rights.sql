-- Whom the database is open to.
REVOKE ALL ON DATABASE coderev, postgres FROM PUBLIC;
GRANT CONNECT, TEMPORARY ON DATABASE coderev TO coderev
