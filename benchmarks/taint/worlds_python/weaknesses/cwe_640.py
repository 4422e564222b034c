"""CWE-640: the link to a new password leads to the host that the request names."""

import re

from benchmarks.taint.worlds_python.weakness import Benign, Weakness, always
from benchmarks.taint.worlds_python.world import MARK, Record

_LINK = re.compile(rf"https?://[^/\s]*{MARK}")


def _harmful(record: Record, _payload: object, _benign: Benign) -> bool:
    return bool(_LINK.search(str(record.value)))


WEAKNESS = Weakness(cwe="CWE-640", kinds=frozenset({"mail"}), payloads=always(f"{MARK}.test"), harmful=_harmful)
