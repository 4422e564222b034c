"""Imports and exports, of ECMAScript, CommonJS and TypeScript.

Imports of types are kept: nothing runs, but an annotation is called by the name that they bring in.
"""

from collections.abc import Iterator

from tree_sitter import Node

from coderev.analysis.taint.form import (
    Assign,
    Attribute,
    Constant,
    Expression,
    Import,
    Statement,
)
from coderev.analysis.taint.lowering.ecmascript import classes, functions, patterns
from coderev.analysis.taint.lowering.ecmascript.literals import string_value
from coderev.analysis.taint.lowering.ecmascript.nodes import children, field, inner
from coderev.analysis.taint.lowering.ecmascript.scopes import Scope
from coderev.analysis.taint.lowering.ecmascript.types import qualified_name
from coderev.analysis.taint.lowering.ecmascript.walk import LowerStatement, Walk

_CLAUSES = frozenset({"import_clause", "import_require_clause"})

Imported = tuple[Node, str | None, str]  # where it stands, the name (None: the module), and the alias


def required(walk: Walk, scope: Scope, node: Node, name: Node, value: Node) -> list[Statement] | None:
    """The imports of a declaration that is nothing but a `require`; None: it is not."""
    if value.type != "call_expression" or not walk.source.startswith(b"require", value.start_byte):
        return None
    module = _required_module(walk, value)
    wanted = _wanted(walk, name) if module is not None else None
    if module is None or wanted is None:
        return None
    walk.mention("require")
    return [_bring(scope, node, module, found) for found in wanted]


def import_(walk: Walk, node: Node, out: list[Statement]) -> None:
    """`import` of any kind."""
    clauses = [child for child in node.named_children if child.type in _CLAUSES]
    holder = next((clause for clause in clauses if clause.type == "import_require_clause"), node)
    module = _module_name(walk, field(holder, "source"))
    if not clauses:
        out.append(Import(node.start_byte, node.end_byte, module, None, ""))
    for clause in clauses:
        out += [_bring(walk.scope, found[0], module, found) for found in _clause(walk, clause)]


def alias(walk: Walk, node: Node, out: list[Statement]) -> None:
    """`import a = b.c`, of TypeScript."""
    named = children(node)
    value = qualified_name(walk, named[-1])
    target = patterns.target(walk, named[0], walk.scope)
    out.append(Assign(node.start_byte, node.end_byte, target, value))


def export(walk: Walk, node: Node, out: list[Statement]) -> None:
    """`export` of any kind."""
    source = node.child_by_field_name("source")
    if source is not None:
        _export_from(walk, node, _module_name(walk, source), out)
        return
    is_default = any(child.type == "default" for child in node.children)
    declared = node.child_by_field_name("declaration")
    value = node.child_by_field_name("value")
    if declared is not None:
        _export_declared(walk, node, declared, out, is_default=is_default)
    elif value is not None and is_default:
        _export_value(walk, node, value, out)
    else:
        _export_rest(walk, node, out)


def _required_module(walk: Walk, call: Node) -> str | None:
    function, given = field(call, "function"), field(call, "arguments")
    if function.type != "identifier" or walk.text(function) != "require":
        return None
    texts = children(given)
    if len(texts) != 1 or texts[0].type not in {"string", "template_string"}:
        return None
    value = walk.expression(texts[0])
    return value.value if isinstance(value, Constant) and isinstance(value.value, str) else None


def _wanted(walk: Walk, name: Node) -> list[Imported] | None:
    """What a declaration takes of a module; None: it does more than naming it."""
    if name.type == "identifier":
        return [(name, None, walk.identifier(name))]
    if name.type != "object_pattern":
        return None
    found: list[Imported] = []
    for child in children(name):
        kind = child.type
        if kind == "shorthand_property_identifier_pattern":
            text = walk.identifier(child)
            found.append((child, text, text))
        elif kind == "pair_pattern":
            key, value = field(child, "key"), field(child, "value")
            if key.type != "property_identifier" or value.type != "identifier":
                return None
            found.append((child, walk.identifier(key), walk.identifier(value)))
        else:
            return None
    return found


def _bring(scope: Scope, node: Node, module: str, wanted: Imported) -> Import:
    _, name, text = wanted
    found = Import(node.start_byte, node.end_byte, module, name, text)
    scope.declared.setdefault(text, False)
    scope.use(text, found)
    return found


def _module_name(walk: Walk, source: Node) -> str:
    text = string_value(walk.text(source)[1:-1])
    walk.mention(text)
    return text


def _clause(walk: Walk, clause: Node) -> Iterator[Imported]:
    for child in clause.named_children:
        kind = child.type
        if kind == "identifier":
            name = None if clause.type == "import_require_clause" else "default"
            yield child, name, walk.identifier(child)
        elif kind == "namespace_import":
            yield child, None, walk.identifier(inner(child))
        elif kind == "named_imports":
            for found in child.named_children:
                if found.type == "import_specifier":
                    text = _exported(walk, field(found, "name"))
                    local = found.child_by_field_name("alias")
                    yield found, text, walk.identifier(local) if local is not None else text


def _exported(walk: Walk, node: Node) -> str:
    """The name of an import or export, which may be a text."""
    return _module_name(walk, node) if node.type == "string" else walk.identifier(node)


def _assign(walk: Walk, node: Node, name: str, value: Expression) -> Statement:
    """`exports.name = value`, or of the namespace that it stands in."""
    start, end = node.start_byte, node.end_byte
    first, *rest = walk.exporter or ("exports",)
    target: Expression = walk.named(node, first)
    for member in rest:
        target = Attribute(start, end, target, member)
    walk.mention(name)
    return Assign(start, end, Attribute(start, end, target, name), value)


def _export_from(walk: Walk, node: Node, module: str, out: list[Statement]) -> None:
    start, end = node.start_byte, node.end_byte
    for child in node.named_children:
        if child.type == "namespace_export":
            _pass_on(walk, child, module, None, _exported(walk, inner(child)), out)
            return
        if child.type == "export_clause":
            for found, name, outer in _specifiers(walk, child):
                _pass_on(walk, found, module, name, outer, out)
            return
    out.append(Import(start, end, module, "*", "exports"))


def _pass_on(walk: Walk, node: Node, module: str, name: str | None, outer: str, out: list[Statement]) -> None:
    local = walk.made(outer)
    out.append(Import(node.start_byte, node.end_byte, module, name, local))
    out.append(_assign(walk, node, outer, walk.named(node, local)))


def _specifiers(walk: Walk, clause: Node) -> Iterator[tuple[Node, str, str]]:
    for child in clause.named_children:
        if child.type == "export_specifier":
            outer = child.child_by_field_name("alias")
            text = _exported(walk, field(child, "name"))
            yield child, text, _exported(walk, outer) if outer is not None else text


def _export_declared(walk: Walk, node: Node, declared: Node, out: list[Statement], *, is_default: bool) -> None:
    before = len(walk.scope.declared)
    decorators = tuple(functions.decorator(walk, child) for child in node.children if child.type == "decorator")
    if decorators and declared.type in classes.STATEMENTS:
        classes.declare(walk, declared, decorators, out)
    else:
        walk.statement(declared, out)
    names = [name for name in [*walk.scope.declared][before:] if "@" not in name]
    kind = declared.child_by_field_name("kind")
    changes = declared.type == "variable_declaration" or (kind is not None and kind.type == "let")
    if changes and not walk.exporter:
        out = walk.tail  # what others see is the variable, not its first value
    out += [_assign(walk, node, "default" if is_default else name, walk.named(declared, name)) for name in names]


def _export_value(walk: Walk, node: Node, value: Node, out: list[Statement]) -> None:
    unit = walk.unit(node, "default")
    if value.type in functions.FUNCTIONS:
        lowered = functions.closure(walk, value, "default", unit)
    elif value.type == "class":
        lowered = classes.closure(walk, value, "default", unit)
    else:
        lowered = walk.expression(value)
    out.append(_assign(walk, node, "default", lowered))


def _export_rest(walk: Walk, node: Node, out: list[Statement]) -> None:
    """`export { a }`, whose variables may get their values later; `export = a`."""
    kinds = [child.type for child in node.children]
    for child in node.named_children:
        if child.type == "export_clause" and "type" not in kinds:
            for found, name, outer in _specifiers(walk, child):
                walk.tail.append(_assign(walk, found, outer, walk.named(found, name)))
        elif "=" in kinds:
            start, end = node.start_byte, node.end_byte
            target = Attribute(start, end, walk.named(node, "module"), "exports")
            out.append(Assign(start, end, target, walk.expression(child)))


STATEMENTS: dict[str, LowerStatement] = {
    "import_statement": import_,
    "import_alias": alias,
    "export_statement": export,
}
