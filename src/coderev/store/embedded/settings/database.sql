-- The service's database, in no transaction.
CREATE DATABASE coderev OWNER coderev_owner
