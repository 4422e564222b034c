"""C: what is layout and what is meaning.

Meaning: preprocessor lines but for their blanks and comments, the arguments of a macro as they are written, brackets
near a name in capitals or in the arguments of a call, literal suffixes, what a string holds, and the comments of tools
(`/* fall through */`, `// NOLINT`). Layout: blanks, other comments, brackets that only group, the comma before a
closing brace, the case and the separators of numbers. Nothing is renamed where a directive, a macro's call, `asm` or an
attribute may see names, nor a name that is called, is no local everywhere, or stands in a macro of the file.
"""

from coderev.syntax.structure.dialect import Dialect, trailing_comma
from coderev.syntax.structure.misread import misread
from coderev.syntax.structure.native import number, redundant_brackets
from coderev.syntax.structure.preprocessor import (
    CAPITALS,
    DIRECTIVES,
    JOINS,
    KEYWORDS,
    MACRO,
    SIGNIFICANT,
    arguments,
    defined,
    of_macro,
)

DIALECT = Dialect(
    comments=frozenset({"comment"}),
    significant=SIGNIFICANT,
    joins=JOINS,
    transparent=frozenset({"parenthesized_expression"}),
    dropped={
        "parenthesized_expression": redundant_brackets(sees_brackets=False),
        "initializer_list": trailing_comma,
        "enumerator_list": trailing_comma,
    },
    whole={"argument_list": of_macro},
    literals={**DIRECTIVES, "argument_list": arguments, "number_literal": number},
    reserved=KEYWORDS,
    verbatim=CAPITALS,
    seeing=MACRO,
    defined=defined,
    misread=misread("c"),
)
