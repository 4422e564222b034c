"""CWE-601: a browser reads the address that it is sent to as one of another origin, which the request has chosen."""

import re

from benchmarks.taint.worlds_python.weakness import Benign, Weakness, always
from benchmarks.taint.worlds_python.world import MARK, Record

_CUT = re.compile(r"[\t\r\n]")
_SCHEME = re.compile(r"([a-zA-Z][\w+.-]*):")


def origin(location: str) -> str:
    """The host that a browser goes to (WHATWG URL), empty for our own; `scheme:` where it is no web address."""
    text = _CUT.sub("", location.strip("".join(map(chr, range(33)))))
    scheme = _SCHEME.match(text)
    if scheme and scheme[1].lower() not in ("http", "https"):
        return text
    rest = (text[scheme.end() :] if scheme else text).replace("\\", "/")
    if not scheme and not rest.startswith("//"):
        return ""
    authority = re.split(r"[/?#]", rest.lstrip("/"), maxsplit=1)[0]
    return authority.rpartition("@")[2]


def _harmful(record: Record, _payload: object, _benign: Benign) -> bool:
    is_location = record.kind == "redirect" or record.sink.lower().endswith(".location")
    return is_location and MARK in origin(str(record.value))


WEAKNESS = Weakness(
    cwe="CWE-601",
    kinds=frozenset({"redirect", "header"}),
    benign=("7", "alice", "/7", "https://www.example.com/7"),
    payloads=always(
        f"https://{MARK}.test/",
        f"//{MARK}.test/",
        f"/\\{MARK}.test/",
        f"\\\\{MARK}.test",
        f"/\t/{MARK}.test",
        f"/\\/{MARK}.test",
        f"/\\\\{MARK}.test",
        f"/\t\\{MARK}.test",
        f"///{MARK}.test",
        f"https:{MARK}.test",
        f"/..//{MARK}.test",
        f".{MARK}.test/",
        f"@{MARK}.test/",
        f"https://www.example.com.{MARK}.test/",
        f"https://www.example.com@{MARK}.test/",
        f"https://{MARK}.test\\@www.example.com/",
        f"https://{MARK}.test/?https://www.example.com/",
        f"https://{MARK}example.com/",
        f"javascript:alert('{MARK}')",
        f"{MARK}.test",
    ),
    harmful=_harmful,
)
