"""CWE-409: data of the request is unpacked without a limit. Uploads are archives of twenty megabytes of zeros."""

import io
import zipfile

from benchmarks.taint.worlds_python.weakness import Benign, Weakness, always
from benchmarks.taint.worlds_python.world import Record

_SIZE = 20_000_000  # bytes


def _archive(_payload: object) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("zeros", bytes(_SIZE))
    return stream.getvalue()


def _harmful(record: Record, _payload: object, _benign: Benign) -> bool:
    return record.value is None


WEAKNESS = Weakness(
    cwe="CWE-409", kinds=frozenset({"inflate"}), payloads=always("7"), content=_archive, harmful=_harmful
)
