"""CWE-295: a connection is made whose certificates, or host keys, nobody checks."""

import ssl

from benchmarks.taint.worlds_python.world import Record
from benchmarks.taint.worlds_python.wrong import by_itself


def _wrong(record: Record) -> bool:
    given = record.value
    return (
        given.get("verify", True) is False
        or given.get("ssl", True) is False
        or given.get("verify_mode", ssl.CERT_REQUIRED) == ssl.CERT_NONE
        or given.get("cert_reqs") == "CERT_NONE"
        or given.get("policy") in ("AutoAddPolicy", "WarningPolicy")
    )


WEAKNESS = by_itself("CWE-295", {"exchange", "tls", "configuration"}, _wrong)
