"""The definitions of a file, from one pass of its language's `units` query.

Captures: `@function`, `@method` and `@class` are units; `@scope` only qualifies names; `@name`, `@owner` (goes before
the name) and `@body` belong to the smallest of these that they stand in; `@outer` is a wrapper that ends with its
definition or the semicolon after it (C++ templates); `@lead` is a comment or decorator, part of what stands directly
below it at the same column.
"""

from bisect import bisect_left
from collections import Counter

import tree_sitter

from coderev.syntax.queries import captures, own_query
from coderev.syntax.units import Kind, Unit

MAX_NAME = 200  # characters, before an ordinal
MAX_SIGNATURE = 400  # characters
MAX_HEAD = 4_096  # bytes that are read for a signature
MAX_INDENT = 200  # bytes before a definition or comment on its line; beyond, nothing is looked for above it
MAX_PREFIX = 80  # bytes before a definition that are part of its head: `export const f = `

_KINDS: dict[str, Kind | None] = {"scope": None, "class": "class", "function": "function", "method": "method"}
_ROLES = ("body", *_KINDS, "owner", "name")  # in this order at one place: a body may be nothing but a definition
_ENDS_A_PREFIX = frozenset(b";{}(),")


class Definition:
    """One definition while its captures are collected."""

    __slots__ = ("body", "end", "kind", "name", "node", "owner", "path")

    def __init__(self, kind: Kind | None, node: tree_sitter.Node, around: "Definition | None") -> None:
        in_class = kind == "function" and around is not None and around.kind == "class"
        self.kind: Kind | None = "method" if in_class else kind
        self.node, self.end = node, node.end_byte
        self.path: str = around.qualified if around is not None else ""
        self.name = ""
        self.owner = ""
        self.body: tree_sitter.Node | None = None

    def take(self, role: str, node: tree_sitter.Node, text: bytes) -> None:
        """Keep the first of each role; what stands inside the body names something else."""
        if role == "body":
            self.body = self.body or node
        elif not getattr(self, role) and (self.body is None or node.start_byte >= self.body.end_byte):
            setattr(self, role, " ".join(text.decode(errors="replace").replace("::", ".").split()))

    @property
    def qualified(self) -> str:
        """The name after the names of all that it stands in."""
        return ".".join(part for part in (self.path, self.owner, self.name) if part)[:MAX_NAME]


def defined_units(tree: tree_sitter.Tree, language: str, source: bytes) -> list[Unit]:
    """The units that definitions make, in order of their first lines, outer before inner. Raises TooManyMatches."""
    captured = captures(own_query(language, "units"), tree)
    head = _Heads(source, captured)
    seen: Counter[str] = Counter()
    units = []
    for definition in _definitions(captured, source):
        if definition.kind is None or not definition.name:
            continue
        name = definition.qualified
        seen[name] += 1
        units.append(
            Unit(
                name if seen[name] == 1 else f"{name}#{seen[name]}",
                definition.kind,
                head.first_line(definition),
                _last_line(definition.node),
                head.signature(definition),
            )
        )
    return sorted(units, key=lambda unit: unit.start_line)


def _definitions(captured: dict[str, list[tree_sitter.Node]], source: bytes) -> list[Definition]:
    """Give each capture to the smallest definition that it stands in."""
    events = [
        (node.start_byte, -node.end_byte, rank, at, node)
        for rank, role in enumerate(_ROLES)
        for at, node in enumerate(captured.get(role, ()))
    ]
    events.sort()  # a place, rank and position are never equal twice, so nodes are not compared
    found: list[Definition] = []
    open_ones: list[Definition] = []
    for start, minus_end, rank, _at, node in events:
        while open_ones and open_ones[-1].end <= start:
            open_ones.pop()
        around = open_ones[-1] if open_ones else None
        role = _ROLES[rank]
        if role in _KINDS:
            open_ones.append(Definition(_KINDS[role], node, around))
            found.append(open_ones[-1])
        elif around is not None:
            around.take(role, node, source[start : min(-minus_end, start + MAX_NAME)])
    return found


class _Heads:
    """Where definitions begin, and how their heads read."""

    def __init__(self, source: bytes, captured: dict[str, list[tree_sitter.Node]]) -> None:
        self._source = source
        wrappers = sorted(captured.get("outer", ()), key=lambda node: -node.start_byte)
        self._outer = {node.end_byte - semicolon: node for node in wrappers for semicolon in (0, 1)}  # outermost last
        leads = captured.get("lead", [])
        self._leads = dict(filter(None, map(self._lead, leads)))
        comments = sorted((node.start_byte, node.end_byte) for node in leads if node.type.endswith("comment"))
        self._comment_starts = [start for start, _ in comments]
        self._comment_ends = [end for _, end in comments]

    def _lead(self, node: tree_sitter.Node) -> tuple[tuple[int, int], int] | None:
        """A lead that has its lines to itself: (its last line, its column) to its first line."""
        row, column = node.start_point
        start, end = node.start_byte, node.end_byte
        if column > MAX_INDENT or self._source[start - column : start].strip():
            return None
        after = self._source[end : end + MAX_PREFIX].lstrip(b" \t\r")
        if after and not after.startswith(b"\n") and node.end_point.column:
            return None
        return (_last_line(node), column), row + 1

    def first_line(self, definition: Definition) -> int:
        """The first line with the wrapper and all leads that stand directly above at the same column."""
        start = self._start(definition)
        line, column = start.start_point.row + 1, self._indent(start)
        while column is not None and (above := self._leads.get((line - 1, column))) is not None:
            line = above
        return line

    def signature(self, definition: Definition) -> str:
        """What stands before the body, without comments, on one line."""
        start_node = self._start(definition)
        start = start_node.start_byte
        prefix = self._source[start - min(start_node.start_point.column, MAX_PREFIX + 1) : start]
        if len(prefix) <= MAX_PREFIX and _ENDS_A_PREFIX.isdisjoint(prefix):
            start -= len(prefix)
        end = definition.body.start_byte if definition.body else self._line_end(start)
        head = self._without_comments(start, min(end, start + MAX_HEAD))
        return " ".join(head.decode(errors="replace").lstrip("\ufeff").split())[:MAX_SIGNATURE].rstrip(" :;={\\")

    def _start(self, definition: Definition) -> tree_sitter.Node:
        return self._outer.get(definition.end, definition.node)

    def _indent(self, node: tree_sitter.Node) -> int | None:
        column = node.start_point.column
        if column > MAX_INDENT:
            return None
        line = self._source[node.start_byte - column : node.start_byte]
        return len(line) - len(line.lstrip())

    def _line_end(self, start: int) -> int:
        end = self._source.find(b"\n", start)
        return len(self._source) if end < 0 else end

    def _without_comments(self, start: int, end: int) -> bytes:
        at = bisect_left(self._comment_starts, start)
        stop = bisect_left(self._comment_starts, end)
        if at == stop:
            return self._source[start:end]
        starts = [*self._comment_starts[at:stop], end]
        ends = [start, *self._comment_ends[at:stop]]
        return b" ".join(self._source[after:before] for after, before in zip(ends, starts, strict=True))


def _last_line(node: tree_sitter.Node) -> int:
    """The line of a node's last character; some nodes end after their line feed."""
    row, column = node.end_point
    return row + 1 if column else max(row, node.start_point.row + 1)
