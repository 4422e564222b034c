"""JavaScript: what is layout and what is meaning.

Meaning: where a statement ends, brackets around an optional chain that goes on, around a string that would be a
directive and around a name that is assigned a function, holes in arrays, shorthand properties, what a template or a
regular expression holds, comments that tools obey (`eslint-disable`, `@ts-ignore`, `/*#__PURE__*/`, JSDoc types).
Layout: semicolons and empty statements, other brackets, `x => y` against `(x) => y`, quotes and escapes, quotes around
a property's name, the last comma of a list, the case, underscores and zeros of numbers, `new A` against `new A()`, and
line breaks in JSX. Parameters are local; functions, classes, properties, labels and what the top of a file declares are
not. What a grammar reads otherwise than the language has no key.
"""

from coderev.syntax.structure import ecmascript
from coderev.syntax.structure.dialect import Dialect, always

DIALECT = Dialect(
    comments=frozenset({"comment"}),
    heeded=ecmascript.is_checked,
    layout=frozenset({"empty_statement"}),
    terminators=frozenset({";"}),
    transparent=frozenset({"parenthesized_expression", "formal_parameters"}),
    aliases={"property_identifier": "string"},
    dropped={
        "parenthesized_expression": ecmascript.parentheses,
        "formal_parameters": ecmascript.one_parameter,
        "new_expression": ecmascript.no_arguments,
        "for_statement": ecmascript.empty_parts,
        "jsx_element": ecmascript.blank_lines,
        "array": ecmascript.last_comma,
        "array_pattern": ecmascript.last_comma,
        "object": ecmascript.last_comma,
        "object_pattern": ecmascript.pattern_end,
        "arguments": ecmascript.last_comma,
        "named_imports": ecmascript.last_comma,
        "export_clause": ecmascript.last_comma,
    },
    whole={"regex": always, "jsx_element": ecmascript.has_reference, "jsx_attribute": ecmascript.has_backslash},
    literals={"string": ecmascript.string, "number": ecmascript.number, "jsx_text": ecmascript.jsx_text},
    textual=frozenset({"template_string"}),
    prose=frozenset({"string_fragment", "jsx_text"}),
    ordered=False,
    dynamic=frozenset({b"eval"}),
    reserved=ecmascript.RESERVED,
    misread=ecmascript.misread_in("javascript"),
)
