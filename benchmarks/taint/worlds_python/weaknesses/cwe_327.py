"""CWE-327: a cipher, mode or protocol that is broken."""

import ssl

from benchmarks.taint.worlds_python.world import Record
from benchmarks.taint.worlds_python.wrong import by_itself

_CIPHERS = {"DES", "DES3", "TripleDES", "ARC2", "ARC4", "Blowfish", "IDEA"}
_OLD = {ssl.PROTOCOL_TLSv1, ssl.PROTOCOL_TLSv1_1}
_LEAST = ssl.TLSVersion.TLSv1_2


def _wrong(record: Record) -> bool:
    given = record.value
    if record.kind == "context":
        return given["protocol"] in _OLD or given["minimum_version"] < _LEAST
    return given.get("algorithm") in _CIPHERS or given.get("mode") == "ECB"


WEAKNESS = by_itself("CWE-327", {"configuration", "context"}, _wrong)
