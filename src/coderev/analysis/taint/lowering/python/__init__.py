"""Python to the form, from version 2 as far as the grammar parses it, to 3.14.

`module` puts the tables together and begins; `walk` dispatches each node of the tree to one function of `literals`,
`operators`, `access`, `displays`, `comprehensions` (expressions), `simple`, `imports`, `compound`, `matching` and
`definitions` (statements). `damage` reads what did not parse, and what nests too deep to be read as it stands.
"""

from coderev.analysis.taint.lowering.python.module import lower_module

__all__ = ["lower_module"]
