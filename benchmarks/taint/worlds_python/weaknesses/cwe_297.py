"""CWE-297: certificates are checked, but not whose they are."""

import ssl

from benchmarks.taint.worlds_python.world import Record
from benchmarks.taint.worlds_python.wrong import by_itself


def _wrong(record: Record) -> bool:
    given = record.value
    is_named = given.get("check_hostname", True) and given.get("assert_hostname", True) is not False
    return not is_named and given.get("verify_mode", ssl.CERT_REQUIRED) == ssl.CERT_REQUIRED


WEAKNESS = by_itself("CWE-297", {"tls"}, _wrong)
