"""Texts, bytes, numbers and names that are values: decoded as the language decodes them."""

import re
import unicodedata
from itertools import groupby, pairwise

from tree_sitter import Node

from coderev.analysis.taint.form import Argument, Attribute, Call, Constant, Expression, Name, Text, Unknown
from coderev.analysis.taint.lowering.python.walk import MAX_TEXT, LowerExpression, Walk, pieces

MAX_DIGITS = 300  # characters of a number; longer ones are no constants

_ESCAPE = re.compile(r"\\(\n|[0-7]{1,3}|x[0-9a-fA-F]{2}|u[0-9a-fA-F]{4}|U[0-9a-fA-F]{8}|N\{[^{}]+\}|[\\'\"abfnrtv])")
_IN_BYTES = re.compile(r"\\(\n|[0-7]{1,3}|x[0-9a-fA-F]{2}|[\\'\"abfnrtv])")
_PLAIN = frozenset({"string_start", "string_content", "string_end"})
_SINGLE = {
    "\n": "",
    "\\": "\\",
    "'": "'",
    '"': '"',
    "a": "\a",
    "b": "\b",
    "f": "\f",
    "n": "\n",
    "r": "\r",
    "t": "\t",
    "v": "\v",
}
_WORD = re.compile(r"[^\W\d]\w*")


def string(walk: Walk, node: Node) -> Expression:
    """A literal of text or bytes; an f-string is Text, unless it has nothing to fill in."""
    start, end = node.start_byte, node.end_byte
    children = node.children
    if not children or children[0].type != "string_start":
        return Unknown(start, end, ())
    prefix = walk.source[children[0].start_byte : children[0].end_byte].rstrip(b"'\"").lower()
    if b"`" in prefix:
        return _backticks(walk, node)
    closed = children[-1].type == "string_end"
    if all(child.type in _PLAIN for child in children):
        quotes = children[0].end_byte - start - len(prefix)  # the last token may be longer than they
        return _constant(walk, (start, end), (children[0].end_byte, end - quotes if closed else end), prefix)
    parts = _parts(walk, children[1 : len(children) - closed], prefix)
    if b"t" in prefix:  # a template is no text until somebody makes it one
        return Unknown(start, end, parts)
    return Text(start, end, parts)


def concatenated(walk: Walk, node: Node) -> Expression:
    """Adjacent literals: one constant where they are, else Text."""
    found: list[Expression] = []
    for literal in pieces(node):
        lowered = walk.expression(literal)
        found.extend(lowered.parts if isinstance(lowered, Text) else (lowered,))
    parts = _merged(found)
    if len(parts) == 1 and isinstance(parts[0], Constant):
        if isinstance(parts[0].value, str):
            _mention(walk, parts[0].value)
        return parts[0]
    if any(isinstance(part, Constant) and isinstance(part.value, bytes) for part in parts):
        return Unknown(node.start_byte, node.end_byte, parts)
    return Text(node.start_byte, node.end_byte, parts)


def integer(walk: Walk, node: Node) -> Expression:
    """A whole number, also Python 2's `0777` and `10L`; imaginary and endless ones are Unknown."""
    start, end = node.start_byte, node.end_byte
    text = walk.text(start, end).replace("_", "").rstrip("lL") if end - start <= MAX_DIGITS else ""
    base = 8 if text.isdigit() and text.startswith("0") else 0
    try:
        return Constant(start, end, int(text, base))
    except ValueError:
        return Unknown(start, end, ())


def floating(walk: Walk, node: Node) -> Expression:
    """A floating-point number; imaginary and endless ones are Unknown."""
    start, end = node.start_byte, node.end_byte
    try:
        return Constant(start, end, float(walk.text(start, end) if end - start <= MAX_DIGITS else ""))
    except ValueError:
        return Unknown(start, end, ())


def _constant(walk: Walk, span: tuple[int, int], content: tuple[int, int], prefix: bytes) -> Constant:
    if b"b" in prefix:
        return Constant(*span, _bytes_of(walk.source[content[0] : content[1]], raw=b"r" in prefix))
    value = _text_of(walk.text(*content), prefix)
    _mention(walk, value)
    return Constant(*span, value)


def _mention(walk: Walk, value: str) -> None:
    if len(value) <= MAX_TEXT:
        walk.mentions.add(value)


def _text_of(text: str, prefix: bytes) -> str:
    if "\r" in text:
        text = text.replace("\r\n", "\n").replace("\r", "\n")
    if b"f" in prefix or b"t" in prefix:
        text = text.replace("{{", "{").replace("}}", "}")
    if "\\" not in text or b"r" in prefix:
        return text
    text = _ESCAPE.sub(_escaped, text)
    return text if text.isascii() else text.encode(errors="replace").decode()  # half a surrogate pair is no character


def _bytes_of(content: bytes, *, raw: bool) -> bytes:
    content = content.replace(b"\r\n", b"\n")
    if raw or b"\\" not in content:
        return content
    return _IN_BYTES.sub(_escaped, content.decode("latin-1")).encode("latin-1")


def _escaped(found: re.Match[str]) -> str:
    code = found[1]
    if (single := _SINGLE.get(code)) is not None:
        return single
    try:
        if code[0] == "N":
            return unicodedata.lookup(code[2:-1])
        if code[0] in "xuU":
            return chr(int(code[1:], 16))
        return chr(int(code, 8) & 0xFF)
    except (KeyError, ValueError, OverflowError):  # no such character
        return found[0]


def _parts(walk: Walk, children: list[Node], prefix: bytes) -> tuple[Expression, ...]:
    parts: list[Expression] = []
    for child in children:
        if child.type == "string_content":
            span = child.start_byte, child.end_byte
            parts.append(_constant(walk, span, span, prefix))
        elif child.type == "interpolation":
            parts.extend(_filled(walk, child))
        elif child.is_error:
            parts.append(walk.expression(child))
    return _merged(parts)


def _merged(parts: list[Expression]) -> tuple[Expression, ...]:
    """The same parts, where neighbours that are constants of one type are one."""
    merged: list[Expression] = []
    for kind, run in groupby(parts, _kind):
        found = list(run)
        if kind is None or len(found) == 1:
            merged += found
        else:
            values = [part.value for part in found if isinstance(part, Constant)]
            texts = [value for value in values if isinstance(value, str)]
            value = "".join(texts) if kind is str else b"".join([one for one in values if isinstance(one, bytes)])
            merged.append(Constant(found[0].start, found[-1].end, value))
    return tuple(merged)


def _kind(part: Expression) -> type | None:
    return type(part.value) if isinstance(part, Constant) and isinstance(part.value, str | bytes) else None


def _filled(walk: Walk, node: Node) -> list[Expression]:
    """What stands in braces: `{x=}` tells its own text too."""
    inner = node.child_by_field_name("expression")
    parts: list[Expression] = []
    conversion = _conversion(walk, node)
    for child, following in pairwise(node.children):
        if child.type == "=" and inner is not None:
            start, end = node.start_byte, following.start_byte
            parts.append(Constant(start, end, walk.text(start + 1, end)))
            conversion = conversion or ("" if node.child_by_field_name("format_specifier") else "!r")
    parts.append(_formatted(walk, node, conversion))
    return parts


def _conversion(walk: Walk, node: Node) -> str:
    conversion = node.child_by_field_name("type_conversion")
    return walk.text(conversion.start_byte, conversion.end_byte) if conversion is not None else ""


def _formatted(walk: Walk, node: Node, conversion: str) -> Expression:
    """`{x!r:>{w}}` is `"{!r:>{}}".format(x, w)`; without a format it is x itself."""
    value = walk.expression(node.child_by_field_name("expression"))
    specifier = node.child_by_field_name("format_specifier")
    if specifier is None and conversion in {"", "!s"}:
        return value
    start, end = node.start_byte, node.end_byte
    template, arguments = conversion, [Argument(value.start, value.end, value)]
    if specifier is not None:
        at = specifier.start_byte
        for nested in pieces(specifier):
            filled = walk.expression(nested)
            arguments.append(Argument(filled.start, filled.end, filled))
            template += walk.text(at, nested.start_byte) + "{}"
            at = nested.end_byte
        template += walk.text(at, specifier.end_byte)
    method = Attribute(start, end, Constant(start, end, "{" + template + "}"), "format")
    return Call(start, end, method, tuple(arguments))


def format_expression(walk: Walk, node: Node) -> Expression:
    """Braces in the format of a value."""
    return _formatted(walk, node, _conversion(walk, node))


def _backticks(walk: Walk, node: Node) -> Expression:
    """Python 2's repr: the grammar takes it for text."""
    start, end = node.start_byte, node.end_byte
    names = dict.fromkeys(_WORD.findall(walk.text(start, end)))
    walk.mentions.update(names)
    return Unknown(start, end, tuple([Name(start, end, walk.renames.get(name, name)) for name in names]))


def _true(_walk: Walk, node: Node) -> Expression:
    return Constant(node.start_byte, node.end_byte, value=True)


def _false(_walk: Walk, node: Node) -> Expression:
    return Constant(node.start_byte, node.end_byte, value=False)


def _none(_walk: Walk, node: Node) -> Expression:
    return Constant(node.start_byte, node.end_byte, None)


def _ellipsis(_walk: Walk, node: Node) -> Expression:
    return Name(node.start_byte, node.end_byte, "Ellipsis")


EXPRESSIONS: dict[str, LowerExpression] = {
    "string": string,
    "concatenated_string": concatenated,
    "integer": integer,
    "float": floating,
    "true": _true,
    "false": _false,
    "none": _none,
    "ellipsis": _ellipsis,
    "format_expression": format_expression,
}
