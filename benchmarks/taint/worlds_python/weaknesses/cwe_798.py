"""CWE-798: somebody logs in with a password that is a constant of the program."""

from benchmarks.taint.worlds_python.world import Record
from benchmarks.taint.worlds_python.wrong import by_itself, is_constant


def _wrong(record: Record) -> bool:
    given = record.value
    secrets = [given.get(name) for name in ("password", "secret_key")]
    auth = given.get("auth")
    secrets += [auth[1]] if isinstance(auth, tuple) else []
    return any(is_constant(secret) for secret in secrets if secret)


WEAKNESS = by_itself("CWE-798", {"login", "connect", "exchange", "configuration"}, _wrong)
