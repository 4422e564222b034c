"""CWE-312: a secret is stored as it is: in a file, a database or a cookie."""

from benchmarks.taint.worlds_python.wrong import holds_mark, of_secrets

WEAKNESS = of_secrets("CWE-312", {"written", "stored", "cookie"}, holds_mark)
