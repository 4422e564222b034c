"""A parsed file: everything that is asked of it is computed when it is first asked."""

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence
from functools import cached_property

import tree_sitter

from coderev.errors import Unavailable
from coderev.syntax.definitions import defined_units
from coderev.syntax.grammars import LANGUAGES, kinds
from coderev.syntax.keys import digest, line_tokens, tokens
from coderev.syntax.queries import Query, captures, matches, own_query
from coderev.syntax.spans import Span, Spans
from coderev.syntax.statements import Statements
from coderev.syntax.structure import MEMBER_OF, Structure, forgotten, structure_of
from coderev.syntax.trees import MAX_NESTED, TooHard, nested, tree_of
from coderev.syntax.units import Layout, Unit, line_count

_NO_LINE_END = re.compile(rb"[^\r\n]")
_BROKEN = "(ERROR) @broken (MISSING) @broken"


def parse(source: bytes, language: str) -> "Parsed":
    """Parse a file in one of LANGUAGES. Any bytes parse; see `Parsed.broken`. Raises TooHard."""
    return Parsed(source, language, tree_of(source, language))


def structure_key(source: bytes, language: str, *, keep_comments: bool = False) -> bytes | None:
    """The structure key of a piece of code, such as one function or method: 32 bytes.

    Equal keys mean that recall may serve an answer about one for the other. None: only an answer about the same bytes
    may be served, since the language has no structure keys, or the piece does not parse, even as the member of a class.
    `keep_comments` makes comments and docstrings count.
    """
    for before, after in ((b"", b""), *MEMBER_OF.get(language, ())):
        try:
            parsed = parse(before + source + after, language) if language in LANGUAGES else None
            first = before.count(b"\n") + 1
            found = parsed and parsed.structure(first, first + line_count(source) - 1, keep_comments=keep_comments)
        except Unavailable:
            return None
        if found:
            return found.key
        if parsed and not parsed.broken:
            return None  # it parses, and is refused: it must not be read as a member of a class instead
    return None


class Parsed:
    """One file in one language. Lines are 1-based and end at line feeds; what is asked may raise TooManyMatches."""

    def __init__(self, source: bytes, language: str, tree: tree_sitter.Tree) -> None:
        self.source = source
        self.language = language
        self._tree = tree

    @property
    def tree(self) -> tree_sitter.Tree:
        """The tree itself, for who must read all of it: lowering to another form."""
        return self._tree

    @property
    def units(self) -> tuple[Unit, ...]:
        """All units in order of their first lines, outer before inner."""
        return self._layout.units

    def unit_at(self, line: int) -> Unit:
        """The one unit that a line belongs to."""
        return self._layout.at(line)

    def cut(self, touched: Sequence[range]) -> tuple[Unit, ...]:
        """The units that the touched lines belong to, without top-level regions that are blank."""
        found = {unit: None for lines in touched for unit, _ in self._layout.within(lines) if not self._is_blank(unit)}
        return tuple(sorted(found, key=lambda unit: (unit.start_line, -unit.end_line)))

    def statement_at(self, line: int) -> tuple[int, int]:
        """The first and last line of the smallest statement that covers a line.

        On the head of a definition or of a compound statement (`if …`, `else:`) these are the lines of that head.
        """
        return self._statements.around(min(max(line, 1), self.lines))

    def key(self, start_line: int, end_line: int) -> str:
        """The structure key of some lines: SHA-256, 64 hexadecimal digits.

        It is over kind and text of the tokens that start there, so it survives re-indentation, comments, line ends and
        moves, and differs when a token differs. Lines where no token starts have the key of their stripped text.
        """
        start, end = self._bytes(start_line, end_line)
        found = list(tokens(self._tree, self.source, start, end, kinds(self.language, "verbatim")))
        return digest(found or line_tokens(self.source[start:end]))

    def structure(self, start_line: int, end_line: int, *, keep_comments: bool = False) -> Structure | None:
        """What some lines mean, apart from layout and local names.

        None where the language has no structure keys, where something in the lines did not parse, and where they cut
        through a node. Raises TooManyMatches.
        """
        if any(first <= end_line and start_line <= last for first, last in self.broken):
            return None
        span = self._bytes(start_line, end_line)
        return structure_of(self._tree, self.source, self.language, span, keep_comments=keep_comments)

    def without_comments(self, start_line: int, end_line: int) -> bytes:
        """Some lines, with blanks in the place of the comments and docstrings that their structure does not tell.

        As they stand in a language that has no structure keys.
        """
        spans = forgotten(self._tree, self.source, self.language, self._bytes(start_line, end_line))
        return self.blanked(start_line, end_line, spans)

    def blanked(self, start_line: int, end_line: int, spans: Iterable[tuple[int, int]]) -> bytes:
        """Some lines, with blanks in the place of some (start, end) of the file's bytes; line ends stay."""
        start, end = self._bytes(start_line, end_line)
        pieces, done = [], start
        for first, after in spans:
            blanks = _NO_LINE_END.sub(b" ", self.source[first:after])
            pieces += [self.source[done:first], blanks]
            done = after
        return b"".join((*pieces, self.source[done:end]))

    def offset(self, line: int) -> int:
        """The byte of the file that a line starts at."""
        return self._bytes(line, line)[0]

    @cached_property
    def broken(self) -> tuple[tuple[int, int], ...]:
        """The first and last lines of what did not parse, in order, merged where they overlap."""
        if not self._tree.root_node.has_error:
            return ()
        nodes = captures(Query(self.language, _BROKEN, "broken"), self._tree).get("broken", [])
        ranges: list[tuple[int, int]] = []
        for row, last in sorted((node.start_point.row + 1, node.end_point.row + 1) for node in nodes):
            first = min(row, self.lines)  # what is missing may stand behind the last line's end
            last_line = max(first, min(last, self.lines))
            if ranges and first <= ranges[-1][1]:
                ranges[-1] = (ranges[-1][0], max(ranges[-1][1], last_line))
            else:
                ranges.append((first, last_line))
        return tuple(ranges)

    def matches(self, query: Query) -> list[dict[str, list[Span]]]:
        """The spans by capture name of each match of a query, in the order of the parser.

        Raises TooManyMatches, and TooHard where so much nests so deep that predicates would read for minutes.
        """
        if self._nested > MAX_NESTED:
            reason = f"its nesting makes rules read {self._nested} bytes again, of at most {MAX_NESTED}"
            raise TooHard(language=self.language, reason=reason)
        return [
            {name: self._spans.of_all(nodes) for name, nodes in match.items()} for match in matches(query, self._tree)
        ]

    @cached_property
    def comments(self) -> tuple[Span, ...]:
        """Comments, and the docstrings of Python, in order."""
        return tuple(self._spans.of_all(captures(own_query(self.language, "comments"), self._tree).get("comment", [])))

    def calls(self, unit: Unit) -> tuple[str, ...]:
        """The simple names that the lines of a unit call, each once, in order of the first call."""
        return tuple(dict.fromkeys(name for line, name in self._calls_between(unit) if self.unit_at(line) == unit))

    def call_sites(self, name: str) -> tuple[int, ...]:
        """The lines that call a simple name, in order."""
        return tuple(dict.fromkeys(line for line, called in self._calls if called == name))

    def used_names(self, unit: Unit) -> frozenset[str]:
        """All names that stand in the lines of a unit."""
        within = self._bytes(unit.start_line, unit.end_line)
        nodes = captures(own_query(self.language, "names"), self._tree, within).get("name", [])
        return frozenset(self._text(node) for node in nodes if self.unit_at(node.start_point.row + 1) == unit)

    def definition(self, name: str) -> Unit | None:
        """The first unit with this qualified name, else the first whose last part it is."""
        return self._definitions.get(name)

    @cached_property
    def lines(self) -> int:
        """How many lines there are; an empty file has one."""
        return line_count(self.source)

    @cached_property
    def _nested(self) -> int:
        return nested(self._tree)

    @cached_property
    def _layout(self) -> Layout:
        return Layout(defined_units(self._tree, self.language, self.source), self.lines)

    @cached_property
    def _definitions(self) -> dict[str, Unit]:
        defined = [unit for unit in self.units if unit.kind != "top-level"]
        simple = {unit.name.partition("#")[0].rpartition(".")[2]: unit for unit in reversed(defined)}
        return simple | {unit.name: unit for unit in defined}

    @cached_property
    def _statements(self) -> Statements:
        return Statements(self._tree, self.language, self.source, self._line_starts)

    @cached_property
    def _spans(self) -> Spans:
        return Spans(self.source)

    @cached_property
    def _line_starts(self) -> list[int]:
        starts = [0]
        while (found := self.source.find(b"\n", starts[-1])) >= 0:
            starts.append(found + 1)
        return starts[: self.lines]

    def _bytes(self, start_line: int, end_line: int) -> tuple[int, int]:
        """Where some lines start and end, clipped to the file."""
        start = min(max(start_line, 1), self.lines)
        end = min(max(end_line, start), self.lines)
        return self._line_starts[start - 1], self._line_starts[end] if end < self.lines else len(self.source)

    def _is_blank(self, unit: Unit) -> bool:
        start, end = self._bytes(unit.start_line, unit.end_line)
        return unit.kind == "top-level" and not self.source[start:end].strip()

    @cached_property
    def _calls(self) -> list[tuple[int, str]]:
        nodes = captures(own_query(self.language, "calls"), self._tree).get("name", [])
        return [
            (node.start_point.row + 1, self._text(node)) for node in sorted(nodes, key=lambda node: node.start_byte)
        ]

    def _calls_between(self, unit: Unit) -> list[tuple[int, str]]:
        first = bisect_left(self._calls, unit.start_line, key=lambda call: call[0])
        return self._calls[first : bisect_right(self._calls, unit.end_line, key=lambda call: call[0])]

    def _text(self, node: tree_sitter.Node) -> str:
        return self.source[node.start_byte : node.end_byte].decode(errors="replace")
