"""CWE-352: a view that changes something is not protected: it is exempt, or nothing protects the application."""

from benchmarks.taint.worlds_python.world import Record
from benchmarks.taint.worlds_python.wrong import by_itself


def _wrong(record: Record) -> bool:
    if record.sink.endswith(("csrf_exempt", "CSRFProtect.exempt")):
        return True
    given = record.value
    return record.sink == "flask.Flask" and (not given["protected"] or given.get("WTF_CSRF_ENABLED") is False)


WEAKNESS = by_itself("CWE-352", {"configuration"}, _wrong)
