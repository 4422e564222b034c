"""Local names: which spellings are one local variable and nothing else, found with care; unsure is no."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from tree_sitter import Node

from benchmarks.variants.dialects import BLOCKS, DIRECTIVES, STRINGS
from benchmarks.variants.trees import Unit, field_of, words


@dataclass(frozen=True)
class Local:
    """A spelling that names one local variable: where it is declared, and every place where it stands."""

    name: str
    declared: Node
    places: tuple[Node, ...]
    scope: Node


# the parent of a declared name, and the field that holds it
DECLARES: dict[str, set[tuple[str, str]]] = {
    "javascript": {("variable_declarator", "name"), ("for_in_statement", "left")},
    "java": {("variable_declarator", "name"), ("enhanced_for_statement", "name"), ("catch_formal_parameter", "name")},
    "go": {("short_var_declaration", "left"), ("range_clause", "left"), ("var_spec", "name")},
    "c": {("init_declarator", "declarator"), ("declaration", "declarator"), ("for_range_loop", "declarator")},
    "csharp": {("variable_declarator", "name"), ("foreach_statement", "left"), ("catch_declaration", "name")},
    "rust": {("let_declaration", "pattern"), ("for_expression", "pattern")},
    "ruby": {("assignment", "left")},
    "python": {("assignment", "left"), ("for_statement", "left"), ("with_item", "value")},
}
DECLARES["typescript"] = DECLARES["javascript"]
DECLARES["cpp"] = DECLARES["c"]

# an identifier that stands there is no local: a member, a method, a label, a type, a key
ELSEWHERE = {
    ("method_invocation", "name"),
    ("field_access", "field"),
    ("member_access_expression", "name"),
    ("member_binding_expression", "name"),
    ("invocation_expression", "function"),
    ("call", "method"),
    ("attribute", "attribute"),
    ("keyword_argument", "name"),
    ("keyed_element", "key"),
    ("literal_element", ""),
    ("call", "function"),
    ("annotation", "name"),
    ("marker_annotation", "name"),
    ("labeled_statement", ""),
    ("break_statement", ""),
    ("continue_statement", ""),
    ("method_reference", ""),
    ("type_identifier", ""),
    ("generic_name", ""),
    ("qualified_identifier", "name"),
    ("scoped_identifier", "name"),
    ("shorthand_field_initializer", ""),
    ("field_pattern", "name"),
    ("name_colon", "name"),
    ("switch_label", ""),
    ("element_value_pair", "key"),
    ("macro_invocation", "macro"),
    ("method_declaration", "name"),
    ("function_declaration", "name"),
    ("function_item", "name"),
    ("local_function_statement", "name"),
    ("superclass", ""),
}
# a name below one of these is declared or bound a second time, or in a way that is not followed here
OWN_SCOPES = {
    "python": {"lambda", "class_definition"},
    "ruby": {"block", "do_block", "lambda", "class", "begin_block"},
}
BINDERS = re.compile(
    r"parameters?$|parameter_list$|pattern$|catch_declaration|closure_parameters|lambda_parameters|resource$"
    r"|import|type_annotation|type_arguments|class_body|jsx|capture|lambda_capture|token_tree|macro_invocation"
    r"|exception_variable|global_statement|nonlocal_statement|comprehension|generator_expression|lambda$|declaration_pattern"
    r"|with_item|as_pattern|except_clause|case_clause|object_creation_body|declaration_expression|asm|attribute_item"
)
UNSAFE = re.compile(
    r"\b(eval|exec|locals|vars|dir|binding|instance_eval|with\s*\(|arguments|iota|goto|va_arg|asm|__asm__|nameof|defined"
    r"|offsetof|typeof|sizeof \w|switch .*:=)\b"
)


def locals_of(unit: Unit) -> list[Local]:
    """The locals that may be renamed, in the order of their declarations."""
    if UNSAFE.search(unit.text) or _macros(unit):
        return []
    spelled: dict[str, list[Node]] = {}
    for leaf in unit.leaves:
        spelled.setdefault(words(leaf), []).append(leaf)
    quoted = " ".join(words(node) for node in unit.nodes if node.type in STRINGS | DIRECTIVES)
    found = []
    for name, places in spelled.items():
        local = _local(unit, name, places) if places[0].type == "identifier" and len(name) <= 30 else None
        if local is not None and len(places) > 1 and not re.search(rf"\b{re.escape(name)}\b", quoted):
            found.append(local)
    return found


def _local(unit: Unit, name: str, places: list[Node]) -> Local | None:
    declared = [place for place in places if _declares(unit, place)]
    if len(declared) != 1 and not (declared and unit.language in {"python", "ruby"}):
        return None
    first = declared[0]
    scope = _scope(unit, first)
    if scope is None or name == "_" or not re.fullmatch(r"[a-z_]\w*", name, re.IGNORECASE) or name.isupper():
        return None
    if any(not _plain(unit, place) or not _inside(place, scope) for place in places):
        return None
    if first.id != places[0].id or any(_inside(place, _whole(first)) for place in places[1:] if place.id != first.id):
        return None
    return Local(name, first, tuple(places), scope)


def _declares(unit: Unit, place: Node) -> bool:
    parent, field = place.parent, field_of(place)
    while parent is not None and parent.type in {"expression_list", "pointer_declarator", "array_declarator"}:
        field, parent = field_of(parent), parent.parent
    if parent is None or (parent.type, field) not in DECLARES[unit.language]:
        return False
    if parent.type in {"declaration", "init_declarator"}:
        return _in_function(parent)
    if parent.type == "variable_declarator" and unit.language in {"javascript", "typescript"}:
        return parent.parent is not None and _in_function(parent.parent)
    return ":=" in {child.type for child in parent.children} if parent.type in _GO_MAYBE else True


_GO_MAYBE = {"range_clause"}


def _in_function(node: Node) -> bool:
    around = node.parent
    while around is not None:
        if around.type in {"statement_block", "compound_statement"}:
            return True
        around = around.parent
    return False


def _scope(unit: Unit, declared: Node) -> Node | None:
    """The part of the text that can see the name; None where the name would be seen outside the unit."""
    around = declared.parent
    functions = re.compile(r"function|method|arrow|lambda|closure|func_literal|constructor|^(do_)?block$")
    hoisted = unit.language in {"python", "ruby"}
    while around is not None:
        if hoisted and re.search(r"^(function_definition|method|singleton_method)$", around.type):
            return around
        if hoisted and around.type in OWN_SCOPES[unit.language]:
            return None
        if not hoisted and (around.type in BLOCKS or around.type.endswith(_HEADS)) and around.type != "program":
            return around
        if not hoisted and functions.search(around.type):
            return around
        around = around.parent
    return None


_HEADS = ("for_statement", "for_in_statement", "foreach_statement", "for_expression", "if_statement", "catch_clause",
          "for_range_loop", "expression_switch_statement", "try_with_resources_statement")  # fmt: skip


def _plain(unit: Unit, place: Node) -> bool:
    """The place is an identifier that stands as a value or as the declared name."""
    if place.type != "identifier" or place.parent is None:
        return False
    field = field_of(place)
    if (place.parent.type, field) in ELSEWHERE or ((place.parent.type, "") in ELSEWHERE and field != "value"):
        return False
    around: Node | None = place.parent
    while around is not None and around.type not in BLOCKS and not around.type.endswith("statement"):
        if BINDERS.search(around.type) and around.type != "pattern":
            return False
        around = around.parent
    return not any("class" in outer.type or "object_creation" in outer.type for outer in _around(unit, place))


def _around(unit: Unit, node: Node) -> Iterator[Node]:
    """The nodes around one, up to the unit; not the class around a bare method."""
    around = node.parent
    while around is not None and around.start_byte >= unit.first + (not unit.method):
        yield around
        around = around.parent


def _whole(declared: Node) -> Node:
    """The declaration with its value, in which the name must not be used: `x := x` means another x."""
    around = declared
    while around.parent is not None and (
        around.parent.type in {"expression_list", "pointer_declarator", "array_declarator"}
        or "declarator" in around.parent.type
        or around.parent.type in {"short_var_declaration", "let_declaration", "assignment", "var_spec"}
    ):
        around = around.parent
    return around


def _inside(place: Node, outer: Node) -> bool:
    return outer.start_byte <= place.start_byte and place.end_byte <= outer.end_byte


def _macros(unit: Unit) -> bool:
    """A macro of C may see any name: directives, and calls in capitals."""
    if unit.language not in {"c", "cpp"}:
        return False
    if any(node.type in DIRECTIVES for node in unit.nodes):
        return True
    calls = (words(node.children[0]) for node in unit.of("call_expression") if node.children)
    return any(name.isupper() or name.startswith(("va_", "__")) for name in calls)


FRESH = ("item", "current", "entry", "candidate", "temp", "result_", "data2", "tmp1", "chosen", "value2", "it2", "acc")


def fresh_names(unit: Unit) -> list[str]:
    """Plausible names that stand nowhere in the unit."""
    spelled = set(re.findall(r"\w+", unit.text))
    return [name for name in FRESH if name not in spelled]
