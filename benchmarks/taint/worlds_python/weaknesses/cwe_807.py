"""CWE-807: what only some may do is done for whoever says so in a cookie, header or field."""

from benchmarks.taint.worlds_python.weakness import Benign, Weakness, always
from benchmarks.taint.worlds_python.world import Record


def _harmful(record: Record, _payload: object, _benign: Benign) -> bool:
    return record.sink in ("shutil.rmtree", "os.remove")


WEAKNESS = Weakness(
    cwe="CWE-807",
    kinds=frozenset({"path"}),
    payloads=always("admin", "yes", "1", "true", "10.1.1.1"),
    harmful=_harmful,
)
