"""CWE-532: a secret stands in a log."""

from benchmarks.taint.worlds_python.wrong import holds_mark, of_secrets

WEAKNESS = of_secrets("CWE-532", {"log"}, holds_mark)
