"""What node can run of the corpus' sources: types erased, JSX made calls of `jsx`, ECMAScript modules made CommonJS."""

import json
import re
from collections.abc import Callable

from tree_sitter import Node

from coderev.syntax import parse

_GRAMMARS = {".ts": "typescript", ".mts": "typescript", ".tsx": "tsx"}
_ERASED = {
    "type_annotation",
    "type_arguments",
    "type_parameters",
    "type_predicate_annotation",
    "asserts_annotation",
    "interface_declaration",
    "type_alias_declaration",
    "ambient_declaration",
    "implements_clause",
    "accessibility_modifier",
    "override_modifier",
    "readonly",
}
_ASYNC = re.compile(r"^(?:const [\w{}, ]+ = |export default )?await ", re.MULTILINE)


def plain(path: str, source: str) -> str:
    """The source of one file as a CommonJS module of plain JavaScript, whose top may await."""
    grammar = _GRAMMARS.get(path[path.rfind(".") :], "javascript")
    text = _write(parse(source.encode(), grammar).tree.root_node)
    if re.search(r"^(?:import|export)\b", source, re.MULTILINE):
        text = "exports.__esModule = true;\n" + text
    return f"module.ready = (async () => {{\n{text}\n}})();" if _ASYNC.search(source) else text


def _text(node: Node) -> str:
    return (node.text or b"").decode()


def _write(node: Node) -> str:
    """The source of a node, its children rewritten."""
    if node.type in _ERASED:
        return " "
    if writer := _WRITERS.get(node.type):
        return writer(node)
    return _copied(node) if node.child_count else _text(node)


def _copied(node: Node, skip: frozenset[str] = frozenset(), after: dict[int, str] | None = None) -> str:
    whole, parts, at = node.text or b"", [], node.start_byte
    for child in node.children:
        parts.append(whole[at - node.start_byte : child.start_byte - node.start_byte].decode())
        if child.type not in skip:
            parts.append(_write(child))
        parts.append((after or {}).get(child.id, ""))
        at = child.end_byte
    return "".join(parts) + whole[at - node.start_byte :].decode()


# --- types


def _first(node: Node) -> str:
    return _write(node.children[0])


def _without_marks(node: Node) -> str:
    return _copied(node, frozenset({"?", "!", "declare", "abstract"}))


def _method(node: Node) -> str:
    """A constructor assigns the parameters that have an accessibility modifier."""
    parameters, body = node.child_by_field_name("parameters"), node.child_by_field_name("body")
    if parameters is None or body is None:
        return ""  # an overload has no body
    kept = [
        one.child_by_field_name("pattern")
        for one in parameters.named_children
        if any(child.type in {"accessibility_modifier", "readonly"} for child in one.children)
    ]
    names = [_text(one) for one in kept if one is not None]
    written = _copied(node)
    if not names:
        return written
    head = _copied(parameters)
    fields = "".join(f" this.{name} = {name};" for name in names)
    start = written.index(head) + len(head)
    brace = written.index("{", start) + 1
    return written[:brace] + fields + written[brace:]


# --- modules


def _import(node: Node) -> str:
    source, clause = node.child_by_field_name("source"), _child(node, "import_clause")
    if source is None or any(child.type == "type" for child in node.children):
        return ""
    required = f"require({_text(source)})"
    if clause is None:
        return f"{required};"
    lines = []
    for part in clause.named_children:
        if part.type == "identifier":
            lines.append(f"const {_text(part)} = __default({required});")
        elif part.type == "namespace_import":
            lines.append(f"const {_text(part.named_children[-1])} = {required};")
        else:
            lines.extend(_imported(one, required) for one in part.named_children)
    return " ".join(lines)


def _imported(specifier: Node, required: str) -> str:
    if any(child.type == "type" for child in specifier.children):
        return ""
    name, alias = _renamed(specifier)
    value = f"__default({required})" if name == "default" else f"{required}.{name}"
    return f"const {alias} = {value};"


def _renamed(specifier: Node) -> tuple[str, str]:
    name, alias = specifier.child_by_field_name("name"), specifier.child_by_field_name("alias")
    first = _text(name) if name is not None else ""
    return first, _text(alias) if alias is not None else first


def _export(node: Node) -> str:
    declaration = node.child_by_field_name("declaration")
    value = node.child_by_field_name("value")
    if any(child.type == "type" for child in node.children):
        return ""
    if any(child.type == "default" for child in node.children):
        return _default(declaration if declaration is not None else value)
    if declaration is not None:
        return _write(declaration) + " " + " ".join(f"exports.{name} = {name};" for name in _declared(declaration))
    return _exported(node)


def _default(value: Node | None) -> str:
    if value is None:
        return ""
    name = value.child_by_field_name("name")
    if value.type in {"function_declaration", "class_declaration", "generator_function_declaration"} and name:
        return f"{_write(value)} exports.default = {_text(name)};"
    return f"exports.default = {_write(value)};"


def _exported(node: Node) -> str:
    source, clause = node.child_by_field_name("source"), _child(node, "export_clause")
    required = f"require({_text(source)})" if source is not None else ""
    if clause is None:
        return f"Object.assign(exports, {required});"
    names = [_renamed(one) for one in clause.named_children]
    return " ".join(f"exports.{alias} = {required + '.' if required else ''}{name};" for name, alias in names)


def _declared(declaration: Node) -> list[str]:
    name = declaration.child_by_field_name("name")
    if name is not None:
        return [] if declaration.type in _ERASED else [_text(name)]
    found = [one.child_by_field_name("name") for one in declaration.named_children]
    return [_text(one) for one in found if one is not None]


def _child(node: Node, kind: str) -> Node | None:
    return next((child for child in node.children if child.type == kind), None)


# --- JSX


def _element(node: Node) -> str:
    opening = _child(node, "jsx_opening_element") or node
    name = opening.child_by_field_name("name")
    tag = _text(name) if name is not None else ""
    props = [_prop(one) for one in opening.named_children if one.type in {"jsx_attribute", "jsx_expression"}]
    children = [_jsx_child(one) for one in node.named_children if one.type.startswith("jsx_") and _is_content(one)]
    shown = tag if "." in tag or tag[:1].isupper() else json.dumps(tag)
    return f"jsx({', '.join([shown, '{' + ', '.join(props) + '}', *filter(None, children)])})"


def _is_content(node: Node) -> bool:
    return node.type not in {"jsx_opening_element", "jsx_closing_element", "jsx_attribute"} and not (
        node.parent is not None and node.parent.type == "jsx_self_closing_element"
    )


def _prop(node: Node) -> str:
    if node.type == "jsx_expression":
        return _copied(node)[1:-1]  # {...props}
    name, *value = node.named_children
    given = "true" if not value else _jsx_child(value[0]) if value[0].type.startswith("jsx") else _write(value[0])
    return f"{json.dumps(_text(name))}: {given}"


def _jsx_child(node: Node) -> str:
    if node.type == "jsx_text":
        lines = [line.strip() for line in _text(node).splitlines()] if "\n" in _text(node) else [_text(node)]
        text = " ".join(filter(None, lines))
        return json.dumps(text) if text else ""
    if node.type == "jsx_expression":
        return _copied(node)[1:-1].strip() if any(one.type != "comment" for one in node.named_children) else ""
    return _write(node)


_WRITERS: dict[str, Callable[[Node], str]] = {
    "as_expression": _first,
    "satisfies_expression": _first,
    "non_null_expression": _first,
    "optional_parameter": _without_marks,
    "required_parameter": _without_marks,
    "public_field_definition": _without_marks,
    "method_definition": _method,
    "import_statement": _import,
    "export_statement": _export,
    "jsx_element": _element,
    "jsx_self_closing_element": _element,
}
