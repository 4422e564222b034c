"""A stand-in of `ldap.filter`."""

from ldap3.utils.conv import escape_filter_chars


def filter_format(filter_template: str, assertion_values: tuple[str, ...]) -> str:
    """A filter with its values escaped."""
    return filter_template % tuple(escape_filter_chars(value) for value in assertion_values)
