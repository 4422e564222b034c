"""From a tree to what it means: the shape of its nodes and the text of its leaves, without what a dialect calls layout.

The shape is told by marks around what each node holds, so brackets that only group can go: where they would change
what belongs together, the marks differ.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from hashlib import sha256

import tree_sitter

from coderev.syntax.grammars import grammar
from coderev.syntax.grammars import kinds as kinds_in
from coderev.syntax.structure.dialect import Dialect, Docstring, Dropped, Nodes, Spelling, Whole

CLOSE = None  # the mark at the end of a node; at its start stands the negative number of its kind
SKIPPED = 0  # the kind of a text that stands between tokens: the parser passed it over
_SPACE = 32  # one between two tokens is most of what stands between tokens
_MARGIN = 256  # bytes before a comment: with only blanks in so many it begins its line

_MAY_COMMENT = re.compile(rb"/[/*]|#")  # how a comment begins, in some language
_NO_LINE_END = re.compile(rb"[^\r\n]")

_BRACKETS = {"(": 1, "[": 1, "{": 1, ")": -1, "]": -1, "}": -1}
ERROR = 0xFFFF  # the kind of what did not parse

Mark = int | bytes | None


@dataclass(frozen=True, slots=True)
class _Kind:
    """What a dialect says of the nodes of one kind."""

    number: int  # from 1, one for all that the dialect calls the same
    is_plain: bool  # a dialect says nothing of what such a node holds or how it is spelled
    is_silent: bool  # it is layout, or a comment
    is_comment: bool
    is_block: bool
    is_line: bool  # it may begin a line
    brackets: int  # 1 for a token that opens a bracket, -1 for one that closes it
    is_transparent: bool
    is_textual: bool
    is_identifier: bool
    refused: Whole | None
    whole: Whole | None
    dropped: Dropped | None
    docstring: Docstring | None
    literal: Spelling | None


class Kinds:
    """The node kinds of a grammar as a dialect sees them: `records` by the number that a node bears."""

    def __init__(self, language: str, dialect: Dialect) -> None:
        compiled = grammar(language)
        numbers = range(compiled.node_kind_count)
        names = [compiled.node_kind_for_id(number) or "" for number in numbers]
        named = [compiled.node_kind_is_named(number) for number in numbers]
        kinds = [(dialect.aliases.get(name, name), is_named) for name, is_named in zip(names, named, strict=True)]
        first = {kind: number for number, kind in reversed(list(enumerate(kinds, 1)))}
        blocks = kinds_in(language, "blocks")
        self.records = {
            number: _record(dialect, name, first[kind], is_named=kind[1], is_block=name in blocks)
            for number, (name, kind) in enumerate(zip(names, kinds, strict=True))
        }
        self.records[ERROR] = _record(dialect, "ERROR", len(names) + 1, is_named=True, is_block=False)
        self.identifiers = frozenset(record.number for record in self.records.values() if record.is_identifier)
        self.digest = sha256("\0".join(names).encode()).digest()  # another grammar makes other keys


def _record(dialect: Dialect, name: str, number: int, *, is_named: bool, is_block: bool) -> _Kind:
    hooks = (
        dialect.refused.get(name),
        dialect.whole.get(name),
        dialect.dropped.get(name) if is_named else None,
        dialect.docstring.get(name),
        dialect.literals.get(name),
    )
    return _Kind(
        number,
        not (any(hooks) or name in dialect.prose),
        name in dialect.comments or name in (dialect.layout if is_named else dialect.terminators),
        name in dialect.comments,
        is_block,
        name in dialect.lines,
        _BRACKETS.get(name, 0),
        name in dialect.transparent,
        name in dialect.textual,
        name in dialect.identifiers,
        *hooks,
    )


_NOWHERE = _Kind(0, True, False, False, True, True, 0, True, False, False, None, None, None, None, None)  # noqa: FBT003


class Walk:
    """One way through a tree. `told` is what it means: numbers, texts, and CLOSE.

    `leaves` are the places in `told` of each token's text, with where it starts and ends in the source; `forgotten` are
    the comments and docstrings that are not told; `seen` are tokens that may name a local: place, start, and whether
    their kind is an identifier's; `prose` is text whose words may be names. `cut` says that a node is half inside.
    """

    __slots__ = (
        "_brackets", "_breaks", "_commented", "_dialect", "_done", "_dropped", "_first", "_folds", "_inside",
        "_keep", "_kinds", "_last", "_left", "_marked", "_names", "_open", "_source",
        "cut", "forgotten", "leaves", "prose", "seen", "told",
    )  # fmt: skip

    def __init__(self, source: bytes, span: tuple[int, int], kinds: Kinds, dialect: Dialect, *, keep: bool) -> None:
        self._source, (self._first, self._last) = source, span
        self._kinds, self._dialect, self._keep = kinds.records, dialect, keep
        self._folds = not dialect.carriage_returns and source.find(b"\r\n", *span) >= 0
        self._names: frozenset[bytes] = frozenset()
        self._breaks = dialect.breaks
        self._commented = -1  # where the last comment ends
        self._done = self._first
        self._dropped: set[int] = set()
        self._open: list[tuple[bool | None, bool, _Kind, int]] = []  # how each open node is marked, and what was before
        self._marked = False  # whether a marked node is open
        self._inside = _NOWHERE  # the kind of the innermost open node
        self._brackets = 0  # how many are open
        self._left = False  # a node that began before the span is over
        self.told: list[Mark] = []
        self.leaves: list[tuple[int, int, int]] = []
        self.forgotten: list[tuple[int, int]] = []
        self.seen: list[tuple[int, int, bool]] = []
        self.prose: list[bytes] = []
        self.cut = False

    def run(self, root: tree_sitter.Node, names: frozenset[bytes]) -> None:
        """Tell the nodes in the span; `names` are those that may be locals. Nesting costs no stack."""
        self._names = names
        kinds, tell = self._kinds, self._tell
        nodes: Iterator[tree_sitter.Node] = iter((root,))
        outer: list[Iterator[tree_sitter.Node]] = []
        while True:
            for node in nodes:
                if children := tell(node, kinds[node.kind_id]):
                    outer.append(nodes)
                    nodes = iter(children)
                    break
            else:
                if not outer:
                    break
                self._leave()
                nodes = outer.pop()
        if self._last > self._done:
            self._gap(self._last, _NOWHERE)
        self.forgotten.sort()  # a docstring is found before the comments above it

    def _tell(self, node: tree_sitter.Node, kind: _Kind) -> Nodes:
        """Tell a token, or that a node begins and return what it holds. Nearly all the time is spent here."""
        start, end = node.start_byte, node.end_byte
        if start < self._first or end > self._last or start == end:
            return self._tell_part(node, kind, start, end)
        done = self._done
        if start > done and (start > done + 1 or self._source[done] != _SPACE or self._inside.is_textual):
            self._gap(start, kind)
        self._brackets += kind.brackets
        if start in self._dropped or (kind.is_silent and self._is_silent(node, kind)):
            self._done = end
            return ()
        if children := node.children if kind.is_plain else self._asked(node, kind, node.children):
            self._enter(kind, start, end)
            return children
        text = self._source[start:end]
        if kind.literal is not None and node.child_count and _MAY_COMMENT.search(text):
            text = self._without_comments(node, text, start)
        told = self.told
        place = len(told) + 1
        if text in self._names:
            self.seen.append((place, start, kind.is_identifier))
        if not kind.is_plain or self._folds:
            text = self._spelled(text, kind)
        told.append(kind.number)
        told.append(text)
        self.leaves.append((place, start, end))
        self._done = end
        self.cut = self.cut or self._left
        return ()

    def _spelled(self, text: bytes, kind: _Kind) -> bytes:
        """The text of a token that is told in another way than it stands there, or may tell of names."""
        if not kind.is_plain and text not in self._names:
            self.prose.append(text)
        if kind.literal is not None:
            return kind.literal(text)
        return text.replace(b"\r\n", b"\n") if self._folds else text

    def _enter(self, kind: _Kind, start: int, end: int) -> None:
        """Mark where a node begins, but not a block around all else: what stands around it may be outside."""
        marked = not kind.is_transparent and (self._marked or not kind.is_block)
        self._open.append((marked, self._marked, self._inside, end))
        self._inside = kind
        if kind.is_textual:
            self._done = max(self._done, start)  # the blank before it is none of its own
        if marked:
            self.told.append(-kind.number)
            self._marked = True

    def _tell_part(self, node: tree_sitter.Node, kind: _Kind, start: int, end: int) -> Nodes:
        """The same for a node that is empty or not wholly in the span: it is never marked, and no token."""
        if start == end or end <= self._first or start >= self._last:
            return ()
        if start > self._done:
            self._gap(start, kind)
        silent = start in self._dropped or (kind.is_silent and self._is_silent(node, kind))
        before, reaching = (0, ()) if silent else self._reach(node)
        children = self._asked_in_part(node, kind, before, reaching) if reaching else ()
        if not children:  # nothing but blanks of it is in the span, or it is one token
            self.cut = self.cut or bool(reaching or not (silent or node.child_count))
            self._done = end if silent else self._done
            return ()
        self.cut = self.cut or bool(self.told)
        self._open.append((None, self._marked, self._inside, end))
        self._inside = kind
        return children

    def _leave(self) -> None:
        marked, self._marked, inside, end = self._open.pop()
        if self._inside.is_textual and self._done < end <= self._last:
            self._gap(end, _NOWHERE)
        self._inside = inside
        if marked:
            self.told.append(CLOSE)
        elif marked is None:
            self._left = True

    def _gap(self, start: int, kind: _Kind) -> None:
        """Look at what stands before a node: mostly blanks, in which a line may end only where that makes sense."""
        text = self._source[self._done : start]
        if self._inside.is_textual or not (text.isspace() or self._dialect.joins.fullmatch(text)):
            self.prose.append(text)
            text = text.replace(b"\r\n", b"\n") if self._folds else text
            self.told += (SKIPPED, text if self._inside.is_textual else text.strip(b" \t"))
        elif self._breaks is not None:
            self._line_end(self._breaks)
        elif self._dialect.lines and not self._brackets and b"\n" in text:
            self.cut = self.cut or not (kind.is_line or self._inside.is_block)
        self._done = start

    def _line_end(self, breaks: re.Pattern[bytes]) -> None:
        """Tell a line end after a token where the language does not pass over it, though the grammar does."""
        if self._done not in {self._commented, self._first} and breaks.match(self._source, self._done - 1):
            self.told += (SKIPPED, b"\n")

    def _is_silent(self, node: tree_sitter.Node, kind: _Kind) -> bool:
        """Forget a comment, or tell one that means something: as one token, after a mark if it begins its line."""
        if not kind.is_comment:
            return True
        if self._breaks is not None:
            self._line_end(self._breaks)
        self._commented = node.end_byte
        self._comment(node)
        return True

    def _comment(self, node: tree_sitter.Node) -> None:
        start, end = node.start_byte, node.end_byte
        text = self._source[start:end]
        heeded = self._dialect.heeded
        if self._keep or self._dialect.significant.search(text) or (heeded is not None and heeded(node, self._source)):
            before = self._source[max(0, start - _MARGIN) : start].rstrip(b" \t")
            self.told += (SKIPPED, (b"\n" if before[-1:] in b"\n" else b"") + b" ".join(text.split()))
            self.prose.append(text)
        else:
            self.forgotten.append((start, end))

    def _without_comments(self, node: tree_sitter.Node, text: bytes, start: int) -> bytes:
        """The text of a token that holds comments: each is told or forgotten before it, and blanks stand in its place.

        How a token is spelled may drop comments, and what a key drops must be among the forgotten.
        """
        pieces: list[bytes] = []
        done = 0
        for comment in _within(node, self._kinds):
            self._comment(comment)
            first, after = comment.start_byte - start, comment.end_byte - start
            pieces += (text[done:first], _NO_LINE_END.sub(b" ", text[first:after]))
            done = after
        return b"".join((*pieces, text[done:]))

    def _asked(self, node: tree_sitter.Node, kind: _Kind, children: Nodes, *, is_start: bool = True) -> Nodes:
        """What a node holds; nothing for one that is told as a whole."""
        whole = kind.whole
        if not children or (kind.literal is not None if whole is None else whole(node, children, self._source)):
            return ()
        if kind.refused is not None and kind.refused(node, children, self._source):
            self.cut = True
        if kind.dropped is not None:
            self._dropped.update(child.start_byte for child in kind.dropped(node, children, self._source))
        if kind.docstring is not None and is_start and not self._keep:
            self._forget(kind.docstring(node, children, self._source))
        return children

    def _asked_in_part(self, node: tree_sitter.Node, kind: _Kind, before: int, children: Nodes) -> Nodes:
        """The same for a node that is not wholly in the span; only what reaches into the span is looked at.

        What drops children counts on seeing all, so such nodes are read wholly, though they may hold a whole file.
        """
        if kind.dropped is not None:
            return self._asked(node, kind, node.children)
        if kind.is_plain:
            return children
        is_start = kind.docstring is None or all(_is_extra(node.child(index)) for index in range(before))
        return self._asked(node, kind, children, is_start=is_start)

    def _reach(self, node: tree_sitter.Node) -> tuple[int, Nodes]:
        """The children of a node that reach into the span, and how many stand before them."""
        cursor = node.walk()
        before = cursor.goto_first_child_for_byte(self._first)
        if before is None:
            return 0, ()
        children: list[tree_sitter.Node] = []
        while (child := cursor.node) is not None and child.start_byte < self._last:
            children.append(child)
            if not cursor.goto_next_sibling():
                break
        return before, children

    def _forget(self, docstring: tree_sitter.Node | None) -> None:
        if docstring is not None and docstring.start_byte < self._last and docstring.end_byte > self._first:
            self._dropped.add(docstring.start_byte)
            self.forgotten.append((docstring.start_byte, docstring.end_byte))


def _within(node: tree_sitter.Node, kinds: Mapping[int, _Kind]) -> Iterator[tree_sitter.Node]:
    """The comments in a node, in order."""
    waiting = [node]
    while waiting:
        found = waiting.pop()
        if kinds[found.kind_id].is_comment:
            yield found
        else:
            waiting += reversed(found.children)


def _is_extra(node: tree_sitter.Node | None) -> bool:
    return node is not None and node.is_extra
