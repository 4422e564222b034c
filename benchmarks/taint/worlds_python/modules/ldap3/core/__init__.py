"""A stand-in of `ldap3.core`."""
