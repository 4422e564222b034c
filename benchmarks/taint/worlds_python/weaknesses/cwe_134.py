"""CWE-134: the text of the request is read as a format: what it names stands in the answer, and not the text itself."""

import html
import re

from benchmarks.taint.worlds_python.program import Program
from benchmarks.taint.worlds_python.weakness import Benign, Weakness
from benchmarks.taint.worlds_python.world import MARK, Record

_KEYWORD = re.compile(r"\bformat\((\w+)=")


def _payloads(program: Program) -> list[str]:
    names = dict.fromkeys(["0", *_KEYWORD.findall(program.source), *program.keys])
    return [text for name in names for text in (f"{{{name}.__class__}} {MARK}", f"%({name})s {MARK}")]


def _harmful(record: Record, payload: object, _benign: Benign) -> bool:
    text = html.unescape(str(record.value))
    return MARK in text and str(payload) not in text


WEAKNESS = Weakness(cwe="CWE-134", kinds=frozenset({"plain", "html"}), payloads=_payloads, harmful=_harmful)
