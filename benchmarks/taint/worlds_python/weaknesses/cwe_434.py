"""CWE-434: a file is stored under a name that a server or browser runs."""

import posixpath

from benchmarks.taint.worlds_python.weakness import Benign, Weakness, always
from benchmarks.taint.worlds_python.world import MARK, Record

_RUN = {".php", ".py", ".html", ".svg", ".jsp", ".exe", ".sh"}


def _harmful(record: Record, _payload: object, _benign: Benign) -> bool:
    return posixpath.splitext(str(record.value))[1].lower() in _RUN


WEAKNESS = Weakness(
    cwe="CWE-434",
    kinds=frozenset({"upload", "path"}),
    benign=("7.png", "7.pdf", "7"),
    payloads=always(f"{MARK}.php", f"{MARK}.html", f"{MARK}.PHP", f"{MARK}.png.php", f"{MARK}.pdf.svg"),
    harmful=_harmful,
)
