"""A stand-in of `ldap3.utils`."""
