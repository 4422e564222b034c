"""Renaming locals: the whole of one, which is cosmetic; and a part, two into one, or something else, which is not."""

import re
from collections.abc import Iterator
from itertools import combinations

from tree_sitter import Node

from benchmarks.variants.names import Local, fresh_names, locals_of
from benchmarks.variants.rules import Change, Finder
from benchmarks.variants.trees import Edit, Unit, field_of, words


def _renamed(places: tuple[Node, ...], name: str) -> Change:
    return tuple(Edit(place.start_byte, place.end_byte, name) for place in places)


def rename_local(unit: Unit) -> Iterator[Change]:
    """Cosmetic: one local, everywhere, to a fresh name."""
    for local in locals_of(unit):
        for name in fresh_names(unit)[:3]:
            yield _renamed(local.places, name)


def rename_one(unit: Unit) -> Iterator[Change]:
    """One use of a local gets a fresh name: no consistent renaming."""
    for local in locals_of(unit):
        uses = [place for place in local.places if place.id != local.declared.id]
        if len(local.places) > 1 and uses:
            yield _renamed((uses[len(uses) // 2],), fresh_names(unit)[0])


def rename_all_but_one(unit: Unit) -> Iterator[Change]:
    """A local gets a fresh name everywhere but in one place."""
    for local in locals_of(unit):
        if len(local.places) > 2:
            yield _renamed(local.places[:-1], fresh_names(unit)[0])


def merge_locals(unit: Unit) -> Iterator[Change]:
    """Two locals whose lives overlap become one."""
    for left, right in _overlapping(unit):
        yield _renamed(right.places, left.name)


def split_local(unit: Unit) -> Iterator[Change]:
    """A use of a local becomes a use of another local that is alive there."""
    for left, right in _overlapping(unit):
        uses = [place for place in right.places if place.id != right.declared.id]
        if uses and uses[0].start_byte > left.declared.end_byte:
            yield _renamed((uses[0],), left.name)


def swap_locals(unit: Unit) -> Iterator[Change]:
    """Two locals change places in one statement, not in the others."""
    for left, right in _overlapping(unit):
        for statement in unit.statements:
            inside = {
                local.name: tuple(place for place in local.places if _in(place, statement)) for local in (left, right)
            }
            declared = any(_in(local.declared, statement) for local in (left, right))
            if all(inside.values()) and not declared and statement.start_point[0] == statement.end_point[0]:
                changed = (*_renamed(inside[left.name], right.name), *_renamed(inside[right.name], left.name))
                if words(statement) != words(statement).replace(left.name, right.name):
                    yield changed


def _in(place: Node, outer: Node) -> bool:
    return outer.start_byte <= place.start_byte and place.end_byte <= outer.end_byte


def _overlapping(unit: Unit) -> Iterator[tuple[Local, Local]]:
    """Pairs of locals in one scope of which the first is still used after the second was made, and has been used."""
    for left, right in combinations(locals_of(unit), 2):
        first, second = sorted((left, right), key=lambda local: local.declared.start_byte)
        if left.scope.id == right.scope.id and first.places[-1].start_byte > _statement_end(second.declared):
            yield first, second


def _statement_end(declared: Node) -> int:
    """The end of the declaration's line or statement, whichever comes later."""
    around = declared
    while around.parent is not None and around.parent.start_byte == around.start_byte:
        around = around.parent
    while around.parent is not None and not around.type.endswith(_STATEMENTS):
        around = around.parent
    return around.end_byte


_STATEMENTS = ("declaration", "_statement", "assignment", "expression")


KEYS = {
    "property_identifier": "pair",
    "hash_key_symbol": "pair",
    "shorthand_property_identifier": "object",
    "shorthand_property_identifier_pattern": "object_pattern",
    "field_identifier": "field_initializer",
}


def rename_key(unit: Unit) -> Iterator[Change]:
    """A key of an object, a struct or a hash becomes another; no local is renamed by that."""
    for leaf in unit.leaves:
        parent = leaf.parent
        if parent is None:
            continue
        key = KEYS.get(leaf.type) == parent.type and field_of(leaf) in {"key", "field", ""}
        if key or (parent.type == "literal_element" and field_of(parent) == "key"):
            yield (Edit(leaf.start_byte, leaf.end_byte, f"{words(leaf)}2"),)


def rename_shorthand(unit: Unit) -> Iterator[Change]:
    """A local is renamed everywhere, in a shorthand `{ x }` too, which renames the key."""
    kinds = {"shorthand_property_identifier", "shorthand_property_identifier_pattern"}
    for leaf in unit.leaves:
        shorthand = leaf.type in kinds or (
            leaf.parent is not None and leaf.parent.type == "shorthand_field_initializer"
        )
        if shorthand:
            same = tuple(
                other for other in unit.leaves if words(other) == words(leaf) and other.type in {*kinds, "identifier"}
            )
            yield _renamed(same, fresh_names(unit)[0])


def rename_shorthand_only(unit: Unit) -> Iterator[Change]:
    """Only the shorthand is renamed: `{ x }` becomes `{ x: y }` of another y."""
    for leaf in unit.of("shorthand_property_identifier"):
        yield (Edit(leaf.start_byte, leaf.end_byte, f"{words(leaf)}: {fresh_names(unit)[0]}"),)


def rename_called(unit: Unit) -> Iterator[Change]:
    """What is called gets another name."""
    for node in unit.nodes:
        called = node.child_by_field_name("function") or node.child_by_field_name("macro")
        if called is not None and called.type == "identifier" and re.fullmatch(r"\w+", words(called)):
            yield (Edit(called.start_byte, called.end_byte, f"{words(called)}_2"),)


RENAMES: dict[str, Finder] = {
    "rename_one": rename_one,
    "rename_all_but_one": rename_all_but_one,
    "rename_called": rename_called,
    "rename_key": rename_key,
    "rename_shorthand": rename_shorthand,
    "rename_shorthand_only": rename_shorthand_only,
    "merge_locals": merge_locals,
    "split_local": split_local,
    "swap_locals": swap_locals,
}
