"""CWE-643: the tokens of an expression outside of its literals are those that the program wrote."""

import re
from collections.abc import Hashable

from benchmarks.taint.worlds_python.weakness import Weakness, always, changes
from benchmarks.taint.worlds_python.world import MARK, Record

_TOKEN = re.compile(
    r"""(?P<space>\s+)|(?P<text>'[^']*'|"[^"]*")|(?P<number>\d+(?:\.\d+)?)|(?P<name>[\w-]+)|.""", re.DOTALL
)


def structure(record: Record) -> Hashable:
    """The tokens, literals only by their kind."""
    found = [(match.lastgroup, match[0]) for match in _TOKEN.finditer(str(record.value))]
    return tuple(kind if kind in ("text", "number") else text for kind, text in found if kind != "space")


WEAKNESS = Weakness(
    cwe="CWE-643",
    kinds=frozenset({"xpath"}),
    payloads=always(
        f"{MARK}' or '1'='1",
        f'{MARK}" or "1"="1',
        f"{MARK}'] | //*['",
        f"1 or '{MARK}'",
        f"1] | //{MARK}[1",
        f"title | //{MARK}",
        f"*[{MARK}]",
        f"{MARK}",
        f"'{MARK}",
    ),
    harmful=changes(structure),
)
