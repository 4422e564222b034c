"""What a file says to a parser: units, names, statements, structure keys and spans, for thirteen languages.

Source goes in as bytes and plain values come out; nodes of the parser are seen only by who lowers a whole tree to
another form (`Parsed.tree`).
A new language is a row in `grammars.py` and a file in `languages/`.
"""

from coderev.syntax.cutting import cut
from coderev.syntax.grammars import LANGUAGES, language_of
from coderev.syntax.parsed import Parsed, parse, structure_key
from coderev.syntax.queries import Query
from coderev.syntax.spans import Span
from coderev.syntax.structure import Structure
from coderev.syntax.units import Unit

__all__ = [
    "LANGUAGES",
    "Parsed",
    "Query",
    "Span",
    "Structure",
    "Unit",
    "cut",
    "language_of",
    "parse",
    "structure_key",
]
