"""CWE-346: something is done for a page of another origin, whose name the request holds."""

from benchmarks.taint.worlds_python.weakness import Benign, Weakness, always
from benchmarks.taint.worlds_python.world import MARK, Record, world


def _harmful(_record: Record, payload: object, _benign: Benign) -> bool:
    return MARK in str(payload) and world.request.key in (None, "Origin", "origin", "Referer")


WEAKNESS = Weakness(
    cwe="CWE-346",
    kinds=frozenset({"session", "socket"}),
    payloads=always(
        f"https://{MARK}.test",
        f"https://{MARK}example.com",
        f"https://www.example.com.{MARK}.test",
        f"https://app.example.com.{MARK}.test",
        f"https://{MARK}.test/?www.example.com",
    ),
    harmful=_harmful,
)
