"""CWE-918: the host that is asked is one that the request has chosen, or the address is a local file of its choice."""

import re

from benchmarks.taint.worlds_python.weakness import Benign, Weakness, always
from benchmarks.taint.worlds_python.world import MARK, Record

_ADDRESS = re.compile(r"([a-zA-Z][\w+.-]*):/*([^/?#\\]*)")


def host(url: str) -> str:
    """The host of an address as HTTP clients read it; the whole address of a file; empty where there is none."""
    found = _ADDRESS.match(url)
    if not found:
        return ""
    return url if found[1].lower() == "file" else found[2].rpartition("@")[2]


def _harmful(record: Record, _payload: object, _benign: Benign) -> bool:
    return MARK in host(str(record.value))


WEAKNESS = Weakness(
    cwe="CWE-918",
    kinds=frozenset({"request"}),
    benign=("7", "alice", "https://api.example.com/7"),
    payloads=always(
        f"http://{MARK}.test/",
        f"https://{MARK}.test/",
        f"{MARK}.test/",
        f"{MARK}.test#",
        f"{MARK}.test?",
        f"{MARK}.test",
        f".{MARK}.test/",
        f"@{MARK}.test/",
        f"//{MARK}.test/",
        f"https://api.example.com.{MARK}.test/",
        f"https://api.example.com@{MARK}.test/",
        f"https://{MARK}.test/?https://api.example.com/",
        f"https://{MARK}.test/api.example.com/",
        f"https://{MARK}.test\\@api.example.com/",
        f"https://{MARK}example.com/",
        f"file:///etc/{MARK}",
    ),
    harmful=_harmful,
)
