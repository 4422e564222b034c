"""CWE-89: the tokens of a statement outside of its literals are those that the program wrote."""

import re
from collections.abc import Hashable

from benchmarks.taint.worlds_python.weakness import Weakness, always, changes
from benchmarks.taint.worlds_python.world import MARK, Record

_WORDS = frozenset(
    [
        "select",
        "insert",
        "update",
        "delete",
        "drop",
        "alter",
        "create",
        "truncate",
        "grant",
        "from",
        "where",
        "and",
        "or",
        "not",
        "in",
        "is",
        "null",
        "like",
        "ilike",
        "between",
        "order",
        "by",
        "group",
        "having",
        "limit",
        "offset",
        "union",
        "all",
        "distinct",
        "join",
        "left",
        "right",
        "inner",
        "outer",
        "on",
        "as",
        "set",
        "values",
        "into",
        "table",
        "case",
        "when",
        "then",
        "else",
        "end",
        "exists",
        "asc",
        "desc",
        "exec",
        "begin",
        "commit",
        "rollback",
        "returning",
        "with",
        "pragma",
        "attach",
        "replace",
    ]
)  # other names are all one: whose they are is no matter of structure
_TOKEN = re.compile(
    r"""(?P<space>\s+|--[^\n]*|/\*.*?\*/)
    |(?P<text>'(?:[^']|'')*')
    |(?P<name>"(?:[^"]|"")*"|`[^`]*`|\[[^\]]*\]|[A-Za-z_][\w$]*)
    |(?P<number>\d+(?:\.\d+)?)
    |(?P<other>.)""",
    re.VERBOSE | re.DOTALL,
)


def structure(record: Record) -> Hashable:
    """The tokens, literals only by their kind; comments are tokens, since they cut off what follows."""
    return tuple(_tokens(str(record.value)))


def _tokens(text: str) -> list[str]:
    found = []
    for match in _TOKEN.finditer(text):
        kind = match.lastgroup or "other"
        if kind == "space":
            found += ["comment"] if match[0].strip() else []
        else:
            word = match[0].casefold()
            found.append(word if kind == "other" or word in _WORDS else kind)
    return found


WEAKNESS = Weakness(
    cwe="CWE-89",
    kinds=frozenset({"sql"}),
    payloads=always(
        f"{MARK}' OR '1'='1",
        f"{MARK}' UNION SELECT password FROM users --",
        f'{MARK}" OR "1"="1',
        f"1 OR 1=1 -- {MARK}",
        f"id; DROP TABLE {MARK}",
        f"(SELECT {MARK} FROM users)",
        f"{MARK}) OR (1=1",
        f"{MARK}` OR 1=1 -- ",
        f"{MARK}\\' OR 1=1 -- ",
    ),
    harmful=changes(structure),
)
