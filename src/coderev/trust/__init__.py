"""Trust: bytes in, verdict out. Canonical JSON, keys, signed metadata, OpenPGP's verdicts, generations, chained lines.

Pure: nothing here reads a file, a clock or the environment, or starts a process; whoever needs the time is given it.
`spec/bundle.md` has the clauses. Its modules are imported by name, since `metadata`, `making` and `keys` load `tuf`:
`from coderev.trust import metadata`.
"""

from coderev.trust import canonical
from coderev.trust.canonical import NotCanonical

__all__ = ["NotCanonical", "canonical"]
