"""A stand-in of `ldap3.core.exceptions`."""


class LDAPException(Exception):
    """Any error."""


LDAPBindError = LDAPSocketOpenError = LDAPInvalidFilterError = LDAPException
