"""CWE-90: the parts of an LDAP filter or a distinguished name are those that the program wrote."""

import re
from collections.abc import Hashable

from benchmarks.taint.worlds_python.weakness import Weakness, always, changes
from benchmarks.taint.worlds_python.world import MARK, Record

_FILTER = re.compile(
    r"(?P<escape>\\[0-9a-fA-F]{2})|\((?P<operator>[&|!]?)|(?P<end>\))|(?P<wild>[*\x00])|(?P<equal>[<>~]?=)"
)
_NAME = re.compile(r"(?P<escape>\\.)|(?P<end>[,;+])|(?P<wild>[\x00\"<>])|(?P<equal>=)", re.DOTALL)


def structure(record: Record) -> Hashable:
    """Operators, items and wildcards of a filter (RFC 4515), separators of a name (RFC 4514).

    In each item only the first `=` counts, since values may hold others, with the text before it where it is a word.
    """
    text, in_value, found = str(record.value), False, [record.kind]
    for match in (_FILTER if record.kind == "ldap" else _NAME).finditer(text):
        kind = match.lastgroup or "operator"
        if kind == "escape" or (kind == "equal" and in_value):
            continue
        found.append(match[0])
        in_value = kind == "equal" or (in_value and kind == "wild")
    return tuple(found)


def _harmful_tokens() -> tuple[str, ...]:
    return (
        f"{MARK}*",
        "*" + MARK,
        f"{MARK})(uid=*",
        f"{MARK})(|(objectClass=*",
        f"*)(uid=*))(|(uid={MARK}",
        f"{MARK},dc=evil",
        f"{MARK}+ou=evil",
        f"{MARK},ou=admins",
        f"{MARK}=*)(uid",
        f"{MARK})(&",
        f"{MARK}\0",
    )


WEAKNESS = Weakness(
    cwe="CWE-90",
    kinds=frozenset({"ldap", "ldap-dn"}),
    payloads=always(*_harmful_tokens()),
    harmful=changes(structure),
    benign=("7", "alice", "alice,bob"),
)
