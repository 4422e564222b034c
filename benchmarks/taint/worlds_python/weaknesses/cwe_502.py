"""CWE-502: a loader builds what the data names. The payloads name a function that tells that it was called."""

import json

from benchmarks.taint.worlds_python.weakness import Benign, Weakness, always, text_of
from benchmarks.taint.worlds_python.world import MARK, Record

_PADDING = " " * 40  # some programs cut a signature off


def _harmful(record: Record, _payload: object, _benign: Benign) -> bool:
    return MARK in text_of(record.value)


WEAKNESS = Weakness(
    cwe="CWE-502",
    kinds=frozenset({"object"}),
    benign=("V7\n." + _PADDING, '{"a": "7"}', "[7]", "7", "N"),
    payloads=always(
        f"cmarker\nfired\n(V{MARK}\ntR." + _PADDING,
        f"!!python/object/apply:marker.fired ['{MARK}']",
        json.dumps({"py/object": f"marker.{MARK}"}),
        f"N {MARK}",
    ),
    harmful=_harmful,
)
