"""C++: what is layout and what is meaning.

As in C; besides, brackets around a name stay where `decltype` or an elided copy may see them, raw strings and literals
with a suffix of the user stand as they are, and member names, template arguments and qualified names are never local.
"""

from coderev.syntax.structure.dialect import Dialect, always, trailing_comma
from coderev.syntax.structure.misread import misread
from coderev.syntax.structure.native import number, redundant_brackets, verbatim
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
        "parenthesized_expression": redundant_brackets(sees_brackets=True),
        "initializer_list": trailing_comma,
        "enumerator_list": trailing_comma,
    },
    whole={"argument_list": of_macro, "user_defined_literal": always, "raw_string_literal": always},
    literals={
        **DIRECTIVES,
        "argument_list": arguments,
        "number_literal": number,
        "user_defined_literal": verbatim,
        "raw_string_literal": verbatim,
    },
    reserved=KEYWORDS,
    verbatim=CAPITALS,
    seeing=MACRO,
    defined=defined,
    misread=misread("cpp"),
)
