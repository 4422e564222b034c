"""A stand-in of `ldap.dn`."""

from ldap3.utils.dn import escape_rdn as escape_dn_chars

__all__ = ["escape_dn_chars"]
