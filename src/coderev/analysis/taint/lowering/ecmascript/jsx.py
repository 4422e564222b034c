"""JSX: a call of `jsx` with the tag, the props and the children. A fragment has the empty text as its tag."""

from tree_sitter import Node

from coderev.analysis.taint.form import Argument, Call, Constant, Expression, Mapping, Name
from coderev.analysis.taint.lowering.ecmascript.literals import jsx_string, jsx_text
from coderev.analysis.taint.lowering.ecmascript.nodes import COMMENTS, children, content, inner
from coderev.analysis.taint.lowering.ecmascript.types import qualified_name
from coderev.analysis.taint.lowering.ecmascript.walk import LowerExpression, Walk

_TEXTS = frozenset({"jsx_text", "html_character_reference"})
_HEADS = frozenset({"jsx_opening_element", "jsx_closing_element"})


def element(walk: Walk, node: Node) -> Expression:
    """An element with its children, or a fragment."""
    return _call(walk, node, node.child_by_field_name("open_tag") or node)


def single(walk: Walk, node: Node) -> Expression:
    """An element that closes itself."""
    return _call(walk, node, node)


def container(walk: Walk, node: Node) -> Expression:
    """`{a}` where it stands for itself."""
    given = content(node)
    return walk.expression(given) if given is not None else Constant(node.start_byte, node.end_byte, "")


def _call(walk: Walk, node: Node, head: Node) -> Expression:
    start, end = node.start_byte, node.end_byte
    tag = _tag(walk, head)
    entries = [entry for child in head.named_children if (entry := _attribute(walk, child)) is not None]
    props = Mapping(head.start_byte, head.end_byte, tuple(entries))
    given = (
        Argument(tag.start, tag.end, tag),
        Argument(props.start, props.end, props),
        *(_children(walk, node) if head is not node else ()),
    )
    return Call(start, end, Name(start, start, "jsx"), given)


def _tag(walk: Walk, head: Node) -> Expression:
    name = head.child_by_field_name("name")
    if name is None:
        return Constant(head.start_byte, head.start_byte, "")
    text = walk.text(name)
    if name.type == "jsx_namespace_name" or (name.type == "identifier" and (text[:1].islower() or "-" in text)):
        walk.mention(text)
        return Constant(name.start_byte, name.end_byte, text)
    return qualified_name(walk, name)


def _attribute(walk: Walk, node: Node) -> tuple[Expression | None, Expression] | None:
    if node.type == "jsx_expression":
        given = content(node)
        if given is None:
            return None
        return None, walk.expression(inner(given) if given.type == "spread_element" else given)
    if node.type != "jsx_attribute":
        return None
    name, values = inner(node), children(node)[1:]
    start, end = name.start_byte, name.end_byte
    text = walk.text(name)
    walk.mention(text)
    return Constant(start, end, text), _value(walk, node, values)


def _value(walk: Walk, node: Node, values: list[Node]) -> Expression:
    if not values:
        return Constant(node.start_byte, node.end_byte, value=True)
    value = values[0]
    start, end = value.start_byte, value.end_byte
    if value.type == "string":
        text = jsx_string(walk.slice(start + 1, max(start + 1, end - 1)))
        walk.mention(text)
        return Constant(start, end, text)
    return walk.expression(value)


def _children(walk: Walk, node: Node) -> list[Argument]:
    found: list[Argument] = []
    text: tuple[int, int] | None = None  # where text began, and where it ends so far
    for child in node.named_children:
        kind = child.type
        start, end = child.start_byte, child.end_byte
        if kind in _TEXTS:
            text = (text[0] if text is not None else start, end)
            continue
        _add_text(walk, text, found)
        text = None
        if kind not in _HEADS and kind not in COMMENTS:
            _add_child(walk, child, found)
    _add_text(walk, text, found)
    return found


def _add_child(walk: Walk, node: Node, found: list[Argument]) -> None:
    start, end = node.start_byte, node.end_byte
    if node.type != "jsx_expression":
        found.append(Argument(start, end, walk.expression(node)))
    elif (given := content(node)) is not None:
        is_spread = given.type == "spread_element"
        found.append(Argument(start, end, walk.expression(inner(given) if is_spread else given), None, int(is_spread)))


def _add_text(walk: Walk, span: tuple[int, int] | None, found: list[Argument]) -> None:
    if span is not None and (text := jsx_text(walk.slice(*span))):
        walk.mention(text)
        found.append(Argument(*span, Constant(*span, text)))


EXPRESSIONS: dict[str, LowerExpression] = {
    "jsx_element": element,
    "jsx_self_closing_element": single,
    "jsx_fragment": element,
    "jsx_expression": container,
}
