"""CWE-522: a password is kept in the session or a cookie, or sent back, as it is or in letters that hide nothing."""

import base64
import re

from benchmarks.taint.worlds_python.weakness import text_of
from benchmarks.taint.worlds_python.world import Record
from benchmarks.taint.worlds_python.wrong import SECRET, of_secrets

_WAYS = (SECRET, base64.b64encode(SECRET.encode()).decode(), SECRET.encode().hex())
_STORED = re.compile(r'"password": ?"stored"')


def _told(record: Record) -> bool:
    text = text_of(record.value)
    return any(way in text for way in _WAYS) or bool(_STORED.search(text))


WEAKNESS = of_secrets("CWE-522", {"session", "cookie", "plain"}, _told)
