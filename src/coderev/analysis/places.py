"""From a sighting to a place: its evidence, and what of it survives a move."""

import hashlib
from bisect import bisect_left
from collections.abc import Iterable, Sequence

import msgspec

from coderev.analysis.analyser import SourceFile
from coderev.analysis.sighting import EVIDENCE_CHARACTERS, EVIDENCE_LINES, Sighting
from coderev.errors import Unavailable
from coderev.syntax import Parsed

MOST_SEARCHED = 50  # secrets in one evidence; where there are more, no message is told
LEAST_QUOTED = 4  # bytes of a secret that a message is searched for


class Seen(msgspec.Struct, frozen=True, kw_only=True):
    """A sighting, and the analyser or the site's tool that had it."""

    analyser: str
    version: str
    sighting: Sighting


class Marks(msgspec.Struct, frozen=True, kw_only=True):
    """What must be known of a file to quote it.

    `hidden` are runs of bytes that no evidence may show, in order and apart. `numbers`, where given, are the real
    numbers of its lines: then the file is only what a patch shows of it. `textual` files are not parsed.
    Where nothing is `compared`, because there is no base, statements need no key of their own.
    """

    hidden: tuple[tuple[int, int], ...] = ()
    numbers: tuple[int, ...] = ()
    textual: bool = False
    compared: bool = True


NO_MARKS = Marks()


class Place(msgspec.Struct, frozen=True, kw_only=True):
    """Where a rule was broken, in words that survive moves.

    `unit` is the qualified name of its unit, empty where the language is unknown. `key` stands for its structure
    (of a textual rule, for its text). `shown` is the key of what the evidence shows: it never depends on a secret.
    Of a flow, `statement` is the first line of the sink's, and `more` counts the flows that this one stands for.
    """

    path: str
    seen: Seen
    start_line: int
    end_line: int
    evidence: str
    message: str
    unit: str
    key: str
    shown: str
    is_cut: bool  # the evidence stops before its last line does
    statement: int = 0
    more: int = 0

    @property
    def rule_id(self) -> str:
        """The rule that was broken."""
        return self.seen.sighting.rule.id

    @property
    def lines(self) -> range:
        """The lines of its evidence."""
        return range(self.start_line, self.end_line + 1)

    @property
    def origin(self) -> str:
        """Where a flow comes from; empty for what is no flow."""
        return self.seen.sighting.identity

    @property
    def order(self) -> tuple[object, ...]:
        """Where it stands among the places of its file; equal only for places that nobody can tell apart."""
        sighting = self.seen.sighting
        columns = (sighting.start_column or 0, self.end_line, sighting.end_column or 0)
        return (self.start_line, *columns, self.rule_id, sighting.message, self.seen.analyser, sighting.identity)


def places(file: SourceFile, seen: Sequence[Seen], marks: Marks = NO_MARKS) -> tuple[Place, ...]:
    """The places of what was seen in one file, in their order."""
    if not seen:
        return ()
    try:
        found = _Page(file, marks).places(seen)
    except Unavailable:  # judged as text: its base then matches nothing, and the findings count
        found = _Page(file, msgspec.structs.replace(marks, textual=True)).places(seen)
    return tuple(sorted(found, key=lambda place: place.order))


def text_key(text: bytes) -> str:
    """The key of text: its lines without the space around them."""
    return _digest([line.strip() for line in text.split(b"\n")])


def fingerprint(rule: str, unit_name: str, key: str, occurrence: int) -> str:
    """What names a finding across moves and renames: 32 hexadecimal digits of a SHA-256.

    `occurrence` counts the findings of one file that agree in all the rest, from 0 in their order.
    """
    return _digest([part.encode() for part in (rule, unit_name, key, str(occurrence))])


def _digest(parts: Iterable[bytes]) -> str:
    whole = hashlib.sha256()
    for part in parts:
        whole.update(b"%d:" % len(part) + part)  # each with its length: no two lists run together
    return whole.hexdigest()[:32]


class _Quote(msgspec.Struct, frozen=True):
    """What all places of one kind on the same lines share."""

    hidden: tuple[tuple[int, int], ...]
    evidence: str
    is_cut: bool
    unit: str
    key: str
    shown: str


class _Page:
    """A file with what its places share: lines, syntax, and the bytes that no evidence may show."""

    def __init__(self, file: SourceFile, marks: Marks) -> None:
        self._source = file.source
        self._path = file.path
        self._lines = file.lines
        self._marks = marks
        self._numbers = marks.numbers or range(1, len(self._lines) + 1)
        self._parsed = None if marks.numbers or marks.textual else file.parsed
        self._quotes: dict[tuple[int, int, bool], _Quote] = {}  # thousands of places may stand on one long line

    def places(self, seen: Sequence[Seen]) -> list[Place]:
        return [self._place(each) for each in seen]

    def _place(self, seen: Seen) -> Place:
        sighting = seen.sighting
        first = min(max(sighting.start_line, 1), len(self._lines))
        last = self._last(first, sighting.end_line)
        name = (first, last, sighting.rule.textual)
        if name not in self._quotes:
            self._quotes[name] = self._quote(first, last, None if sighting.rule.textual else self._parsed)
        quote = self._quotes[name]
        return Place(
            path=self._path,
            seen=seen,
            start_line=self._numbers[first - 1],
            end_line=self._numbers[last - 1],
            evidence=quote.evidence,
            message=self._told(sighting, quote.hidden),
            unit=quote.unit,
            key=quote.key,
            shown=quote.shown,
            is_cut=quote.is_cut,
            statement=self._statement(first) if sighting.identity else 0,
        )

    def _statement(self, line: int) -> int:
        return self._parsed.statement_at(line)[0] if self._parsed else line

    def _quote(self, first: int, last: int, parsed: Parsed | None) -> _Quote:
        start, end = self._lines.span(first, last)
        hidden = self._hidden_within(start, end)
        stop = max(hidden[0][0], start) if hidden else end
        evidence = self._source[start:stop].decode(errors="replace")
        key = parsed.key(first, last) if parsed else text_key(self._source[start:end])
        return _Quote(
            hidden=hidden,
            evidence=evidence[:EVIDENCE_CHARACTERS],
            is_cut=stop < end or len(evidence) > EVIDENCE_CHARACTERS,
            unit=self._parsed.unit_at(first).name if self._parsed else "",
            key=(parsed and self._marks.compared and _statement_key(parsed, first, last)) or key,
            shown=key if stop == end else text_key(self._source[start:stop]),
        )

    def _last(self, first: int, wanted: int) -> int:
        """The last line of the evidence: not past its cap, the end of the file, or a gap in what a patch shows."""
        last = min(max(wanted, first), first + EVIDENCE_LINES - 1, len(self._lines))
        while self._numbers[last - 1] - self._numbers[first - 1] != last - first:
            last -= 1
        return last

    def _hidden_within(self, start: int, end: int) -> tuple[tuple[int, int], ...]:
        """The hidden runs that touch some bytes, the first one first. They do not overlap."""
        hidden = self._marks.hidden
        until = since = bisect_left(hidden, (end,))
        while since and hidden[since - 1][1] > start:
            since -= 1
        return hidden[since:until]

    def _told(self, sighting: Sighting, hidden: Sequence[tuple[int, int]]) -> str:
        """The message without a secret that it may quote."""
        if len(hidden) > MOST_SEARCHED:
            return sighting.rule.title
        message = sighting.message
        for first, last in hidden:
            if last - first >= LEAST_QUOTED:
                message = message.replace(self._source[first:last].decode(errors="replace"), "…")
        return message


def _statement_key(parsed: Parsed, first: int, last: int) -> str | None:
    """The key of the whole statements around some lines, which survives another line break, unless they are long."""
    start, end = parsed.statement_at(first)[0], parsed.statement_at(last)[1]
    is_short_and_more = (start, end) != (first, last) and end - start < EVIDENCE_LINES
    return parsed.key(start, end) if is_short_and_more else None
