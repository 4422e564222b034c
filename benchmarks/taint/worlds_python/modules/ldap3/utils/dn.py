"""A stand-in of `ldap3.utils.dn`: RFC 4514, section 2.4."""


def escape_rdn(rdn: str) -> str:
    """Text whose special characters mean themselves in a name."""
    escaped = "".join(f"\\{letter}" if letter in '\\,+"<>;=' else letter for letter in rdn).replace("\0", "\\00")
    if escaped[:1] in (" ", "#"):
        escaped = "\\" + escaped
    return escaped[:-1] + "\\ " if escaped.endswith(" ") else escaped
