"""The smallest statement, or head of a definition or compound statement, around a line."""

from bisect import bisect_left, bisect_right

import tree_sitter

from coderev.syntax.grammars import kinds
from coderev.syntax.queries import captures, own_query

_CLOSERS = b" \t}]);,"


class Statements:
    """The statements of one tree. A block is a node that holds statements; what stands between blocks is a head."""

    def __init__(self, tree: tree_sitter.Tree, language: str, source: bytes, line_starts: list[int]) -> None:
        self._tree, self._source, self._line_starts = tree, source, line_starts
        self._block_kinds = kinds(language, "blocks")
        blocks = captures(own_query(language, "blocks"), tree).get("block", [])
        self._starts = sorted(node.start_byte for node in blocks)
        self._ends = sorted(node.end_byte for node in blocks)

    def around(self, line: int) -> tuple[int, int]:
        """The first and last line of the smallest one; the line itself where there is none."""
        place = self._place(line)
        statement = self._statement(place) if place is not None else None
        if place is None or statement is None:
            return line, line
        first, last = self._line_of(statement.start_byte), self._line_of(max(statement.end_byte - 1, place))
        before = bisect_right(self._ends, place) - 1
        if before >= 0 and self._ends[before] > statement.start_byte:
            first = self._line_after(self._ends[before])
        after = bisect_left(self._starts, place + 1)
        if after < len(self._starts) and self._starts[after] < statement.end_byte:
            last = self._line_before(self._starts[after])
        return min(first, line), max(last, line)

    def _place(self, line: int) -> int | None:
        """The byte that stands for a line: the first that is no blank and, if there is one, closes nothing."""
        start = self._line_starts[line - 1]
        end = self._line_starts[line] if line < len(self._line_starts) else len(self._source)
        text = self._source[start:end].rstrip()
        for blanks in (_CLOSERS, None):
            rest = text.lstrip(blanks)
            if rest:
                return start + len(text) - len(rest)
        return None

    def _statement(self, place: int) -> tree_sitter.Node | None:
        """The child, around this byte, of the innermost block around it."""
        cursor = self._tree.walk()
        statement = None
        in_block = True  # the root of a broken file is a block too
        while (node := cursor.node) is not None:
            if not node.start_byte <= place < node.end_byte:
                break
            if in_block:
                statement = node
            in_block = node.type in self._block_kinds
            if in_block:
                statement = None
            if cursor.goto_first_child_for_byte(place) is None:
                break
        return statement

    def _line_of(self, byte: int) -> int:
        return bisect_right(self._line_starts, byte)

    def _line_after(self, end: int) -> int:
        """The line of what follows a block."""
        line = self._line_of(end - 1)
        rest = self._source[end : self._line_starts[line]] if line < len(self._line_starts) else b""
        return line if rest.strip() else line + 1

    def _line_before(self, start: int) -> int:
        """The line of what stands before a block."""
        line = self._line_of(start)
        return line if self._source[self._line_starts[line - 1] : start].strip() else line - 1
