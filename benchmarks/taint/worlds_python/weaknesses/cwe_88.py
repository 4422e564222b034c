"""CWE-88: a word of the request is read as an option: it begins with a dash, and nothing before it ends the options."""

from benchmarks.taint.worlds_python.weakness import Benign, Weakness, always
from benchmarks.taint.worlds_python.world import MARK, Record

_ENDS = {"--", "--end-of-options"}
_TAKES = {"-e", "-f", "-c", "-o"}  # the next word is theirs


def _harmful(record: Record, _payload: object, _benign: Benign) -> bool:
    words = list(record.value)
    return any(
        word.startswith("-") and MARK in word and not _ENDS & set(words[:place]) and words[place - 1] not in _TAKES
        for place, word in enumerate(words)
        if place
    )


WEAKNESS = Weakness(
    cwe="CWE-88",
    kinds=frozenset({"argv"}),
    payloads=always(f"--output={MARK}", f"-{MARK}", f"a --output={MARK}"),
    harmful=_harmful,
)
