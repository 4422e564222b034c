"""Edits as rows of a table: what a leaf becomes, what is dropped, what is unwrapped, what is rewritten."""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field

from tree_sitter import Node

from benchmarks.variants.trees import Edit, Unit, field_of, words

Change = tuple[Edit, ...]  # the edits of one place
Finder = Callable[[Unit], Iterator[Change]]


@dataclass(frozen=True)
class Swap:
    """A leaf becomes another, where its parent is of some type (any, if none is given)."""

    becomes: Mapping[str, str]
    parents: frozenset[str] = frozenset()

    def __call__(self, unit: Unit) -> Iterator[Change]:
        """The places, in order."""
        for leaf in unit.leaves:
            parent = leaf.parent
            if leaf.type in self.becomes and parent is not None and (not self.parents or parent.type in self.parents):
                yield (Edit(leaf.start_byte, leaf.end_byte, self.becomes[leaf.type]),)


@dataclass(frozen=True)
class Drop:
    """A leaf goes, with the blanks after it."""

    leaf: str
    parents: frozenset[str] = frozenset()
    instead: str = ""

    def __call__(self, unit: Unit) -> Iterator[Change]:
        """The places, in order."""
        for node in unit.nodes:
            parent = node.parent
            if node.type != self.leaf and (node.child_count or words(node) != self.leaf):
                continue
            if parent is not None and (not self.parents or parent.type in self.parents):
                end = node.end_byte
                while unit.source[end : end + 1] in {b" ", b"\t"} and not unit.source[: node.start_byte][-1:].isalnum():
                    end += 1
                yield (Edit(node.start_byte, end, self.instead),)


@dataclass(frozen=True)
class Unwrap:
    """A node becomes one of its children, named by its field, or by its place among the named children."""

    types: frozenset[str]
    child: str | int

    def __call__(self, unit: Unit) -> Iterator[Change]:
        """The places, in order."""
        for node in unit.of(*self.types):
            inner = self._inner(node)
            if inner is not None:
                yield (Edit(node.start_byte, node.end_byte, words(inner)),)

    def _inner(self, node: Node) -> Node | None:
        if isinstance(self.child, str):
            return node.child_by_field_name(self.child)
        inners = node.named_children
        return inners[self.child] if len(inners) > self.child or self.child < 0 < len(inners) else None


@dataclass(frozen=True)
class Rewrite:
    """The text of a node that matches a pattern is rewritten."""

    types: frozenset[str]
    pattern: re.Pattern[str]
    by: str | Callable[[re.Match[str]], str]
    parents: frozenset[str] = field(default_factory=frozenset)
    fields: frozenset[str] = field(default_factory=frozenset)

    def __call__(self, unit: Unit) -> Iterator[Change]:
        """The places, in order."""
        for node in unit.of(*self.types):
            if self.parents and (node.parent is None or node.parent.type not in self.parents):
                continue
            if self.fields and field_of(node) not in self.fields:
                continue
            text = words(node)
            if self.pattern.search(text):
                yield (Edit(node.start_byte, node.end_byte, self.pattern.sub(self.by, text, count=1)),)


def swap(pairs: str, parents: str = "") -> Swap:
    """`a=b` pairs, both ways with `a<>b`."""
    becomes: dict[str, str] = {}
    for pair in pairs.split():
        left, arrow, right = re.split(r"(<>|~>)", pair) if re.search(r"<>|~>", pair) else (pair, "", "")
        becomes[left] = right
        if arrow == "<>":
            becomes[right] = left
    return Swap(becomes, frozenset(parents.split()))


def drop(leaf: str, parents: str = "", instead: str = "") -> Drop:
    """See Drop."""
    return Drop(leaf, frozenset(parents.split()), instead)


def unwrap(types: str, child: str | int) -> Unwrap:
    """See Unwrap."""
    return Unwrap(frozenset(types.split()), child)


def rewrite(
    types: str, pattern: str, by: str | Callable[[re.Match[str]], str], parents: str = "", fields: str = ""
) -> Rewrite:
    """See Rewrite."""
    compiled = re.compile(pattern, re.DOTALL)
    return Rewrite(frozenset(types.split()), compiled, by, frozenset(parents.split()), frozenset(fields.split()))


def both(*finders: Finder) -> Finder:
    """The places of several finders, one after the other."""

    def places(unit: Unit) -> Iterator[Change]:
        for finder in finders:
            yield from finder(unit)

    return places
