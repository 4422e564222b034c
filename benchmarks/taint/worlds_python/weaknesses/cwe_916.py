"""CWE-916: a password is hashed so that guessing it is cheap: by few rounds, or by a function made to be fast."""

from benchmarks.taint.worlds_python.weakness import Benign, Weakness, always, text_of
from benchmarks.taint.worlds_python.world import Record
from benchmarks.taint.worlds_python.wrong import SECRET

_LEAST = {"hashlib.pbkdf2_hmac": 100_000, "hashlib.scrypt": 2**14, "bcrypt.gensalt": 10}


def _harmful(record: Record, _payload: object, _benign: Benign) -> bool:
    if record.kind == "cost":
        return int(record.value) < _LEAST[record.sink]
    return SECRET in text_of(record.value["data"])


WEAKNESS = Weakness(cwe="CWE-916", kinds=frozenset({"cost", "hash"}), payloads=always(SECRET), harmful=_harmful)
