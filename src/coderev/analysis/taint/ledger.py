"""What walks share, with a record of what each of them read and did: so that it need not be made again.

A record is the events of one walk in their order: what it read, by name and digest; which other walks it asked for;
what it wrote. It holds where, event by event, the same is read now: then all that it wrote is written again, and what
it found is found, without its code. Walks that it asked for are recalled or made where it would have asked for them.
At the first event that differs, what the record wrote is taken back, and the walk is made.

A walk is told by nothing but what it reads here, save how deep it stands inside of others: what is recalled must fit
into that depth (`reach`), and what depends on it otherwise is not recorded (`spoil`). So what is recalled is what would
be found, byte for byte.
"""

import hashlib
from array import array
from collections.abc import Hashable, Mapping
from typing import TYPE_CHECKING, Any

import msgspec

from coderev.analysis.taint.cells import EXISTS, NOTHING, Cells, Undo
from coderev.analysis.taint.finds import Part
from coderev.analysis.taint.naming import ODD, Naming
from coderev.analysis.taint.recalling import Code
from coderev.analysis.taint.records import (
    ALL,
    ASK,
    CHANGE,
    DIGEST_BYTES,
    FIRST,
    HAS,
    MARK,
    NUMBERS,
    READ,
    SEEN,
    TOLD,
    WRITE,
    Blobs,
    Ground,
    Past,
    Records,
    Walk,
    digest_of,
    gathered,
)
from coderev.analysis.taint.run import DEEPEST, Unreachable
from coderev.analysis.taint.shared import FIELDS, Holder, Shared, Unit, Walked
from coderev.analysis.taint.summaries import CHAIN, DEEP, make
from coderev.analysis.taint.value import FunctionSite, Key, Value
from coderev.analysis.taint.writing import UNWRITABLE, Recalled, Written

if TYPE_CHECKING:
    from coderev.analysis.taint.project import Project

STRIDE = 16  # of depth, that is said at once
_ODD = b"odd"  # begins the digest of what cannot be written down, which is longer than others
_encoder = msgspec.msgpack.Encoder(order="deterministic")


_THERE = digest_of("there")
_NEVER = -2  # in the place of the number of a digest: it was not asked for
_GONE = digest_of("gone")
_LEADING = {answer: digest_of("leading", answer) for answer in (None, True, False)}


class _Open:
    """A walk that is under way, or one that is recalled (`unit` None)."""

    def __init__(self, unit: Unit | None, depth: int, alert: int) -> None:
        self.unit, self.depth, self.alert = unit, depth, alert
        self.deepest = depth
        self.is_spoilt = False
        self.events = array(NUMBERS)
        self.seen: dict[int | tuple[object, ...], int] = {}  # by what was done to which cell, the digest's number


class Ledger(Shared):
    """Cells by name and digest; what they hold is read from the past when it is asked for.

    `texts` are the files. `past` are the records of another run, in which the files of `same` were as they are.
    """

    def __init__(self, texts: Mapping[str, bytes], past: Past | None, same: frozenset[str]) -> None:
        super().__init__()
        self._same = same
        self._texts = texts
        self._whole_past = past
        self._cells = Cells(past)
        self._past: Mapping[Unit, list[Walk]] = past.by_unit if past is not None else {}
        self._blobs = Blobs(past)
        self._made: list[Walk] = []
        self.anew = 0  # walks that were not recalled
        self._contents: dict[int, Any] = {}  # by the number of its digest, as all below
        self._new: dict[int, list[Any]] = {}  # the values and frames that were first written in a cell
        self._odd: set[int] = set()  # what cannot be written down
        self._all: dict[bytes, bytes] = {}
        self._whole: dict[bytes, dict[Key, Value]] = {}
        self._told: dict[tuple[str, Hashable], bytes] = {}
        self._so: dict[int, int] = {}  # by the cell, what was found to be told of it now
        self._open: list[_Open] = []

    def attach(self, project: "Project") -> None:
        """All walks are those of a project."""
        self._project = project
        self._code = Code(project, self._texts)
        self._naming = Naming(self._code.frames, self.spoil)

    # --- the store

    def has(self, holder: Holder) -> bool:
        """Whether a site or a frame is shared."""
        name = self._naming.name(holder)
        if name is None:
            return False
        is_there = name in self._cells.held
        if self._open:
            self._saw(
                HAS, self._cells.number(name, EXISTS), self._cells.numbers.digest(_THERE) if is_there else NOTHING
            )
        return is_there

    def cells(self, holder: Holder) -> Mapping[Key, Value]:
        """All that a site or a frame holds, in the order of the first stores."""
        name = self._naming.name(holder)
        if name is None:
            return {}
        self._reads(name, EXISTS)
        is_there = name in self._cells.held
        if self._open:
            digest = self._cells.numbers.digest(self._digest_of_all(name)) if is_there else NOTHING
            self._saw(ALL, self._cells.number(name, EXISTS), digest)
        if not is_there:
            return {}
        if name not in self._whole:
            self._whole[name] = {key: self._content(number) for key, number in self._cells.of(name)}
        return self._whole[name]

    def cell(self, holder: Holder, key: Key) -> Value | None:
        """What a cell holds."""
        name = self._naming.name(holder)
        return None if name is None else self._read_value(name, key)

    def variable(self, frame: int, name: str) -> Value | None:
        """What a variable holds."""
        holder = self._naming.name(frame)
        if holder is None:
            return None
        if holder not in self._cells.held:
            if self._open:
                self._saw(HAS, self._cells.number(holder, EXISTS), NOTHING)
            return None
        return self._read_value(holder, name)

    def keep(self, holder: Holder, held: Mapping[Any, Value]) -> None:
        """Share what a site or a frame holds from now on, unless it is shared."""
        if self.has(holder) or (name := self._naming.name_anew(holder)) is None:
            return
        self._write(name, EXISTS, None)
        for key, value in held.items():
            self._write(name, key, value)

    def keep_frames(self, frames: Mapping[int, Mapping[Any, Value]]) -> None:
        """Share the variables of functions that something refers to which is shared."""
        waiting = dict(frames)
        while found := [frame for frame in waiting if self._naming.name(frame) is not None]:
            for frame in found:
                self.keep(frame, waiting.pop(frame))

    def noted(self, sort: str, name: Hashable) -> Any:
        """What was noted of something; None where nothing was."""
        return self._value(SEEN, sort.encode(), name)

    def note(self, sort: str, name: Hashable, content: object) -> None:
        """Note something, in the place of what was noted; None forgets it."""
        self._write(sort.encode(), name, content)

    def note_first(self, sort: str, name: Hashable, content: object) -> None:
        """Note something unless it was: who does so first does not matter."""
        cell = self._cells.number(sort.encode(), name)
        number = self._written(cell, content, 0)
        known = self._cells.now[cell]
        if known not in (NOTHING, number):
            self._saw(SEEN, cell, known)
            return
        if known == NOTHING:
            self._cells.put(cell, number)
        self._log(FIRST, cell, number)

    def is_noted(self, sort: str, name: Hashable) -> bool:
        """Whether anything was noted; for who then asks for it, or makes it."""
        return self._cells.now[self._cells.number(sort.encode(), name)] >= 0

    def mark(self, sort: str, name: Hashable) -> None:
        """Note that something is so."""
        cell = self._cells.number(sort.encode(), name)
        if self._cells.now[cell] == NOTHING:
            self._cells.put(cell, self._cells.numbers.digest(_THERE))
        if self._is_new((MARK, cell)):
            self._log(MARK, cell, self._cells.numbers.digest(_THERE))

    def is_marked(self, sort: str, name: Hashable) -> bool:
        """Whether that was noted."""
        cell = self._cells.number(sort.encode(), name)
        number = self._cells.now[cell]
        self._saw(SEEN, cell, number)
        return number >= 0

    def names(self, sort: str) -> list[Hashable]:
        """The names of all that was noted of a sort; not for walks, which would have to be told of later ones."""
        return [key for key, _ in self._cells.of(sort.encode())]

    def told(self, sort: str, name: Hashable) -> None:
        """A walk depends on something that no walk changes."""
        if self._is_new((TOLD, sort, name)):
            number = self._cells.numbers.digest(self._tell(sort, name))
            self._log(TOLD, self._cells.number(sort.encode(), name), number)

    def told_code(self, site: FunctionSite) -> None:
        """A walk depends on the code of a function; of what only refers to it, on its head alone."""
        name = site.identity[:3]
        if self._is_new((TOLD, "code", name)):
            number = self._cells.numbers.digest(self._code.code(site.home, site.function))
            self._log(TOLD, self._cells.number(b"code", name), number)

    def asked(self, walked: Walked | None, sort: str, name: Hashable) -> None:
        """What is walked now depends on what was noted by another walk, made where it was not."""
        super().asked(walked, sort, name)
        cell = self._cells.number(sort.encode(), name)
        number = self._cells.now[cell]
        if self._is_new((ASK, cell, number)):
            self._log(ASK, cell, number, self._project.depth - self._open[-1].depth)

    # --- recording

    def begin(self, unit: Unit) -> None:
        """A walk begins, inside of those that began and did not end."""
        self._open.append(_Open(unit, self._project.depth, self._project.alert))
        self._project.alert = self.reach(self._project.depth, DEEPEST)
        self.anew += 1

    def end(self, part: Part | None, *, is_whole: bool) -> None:
        """The walk that began last has ended, or (not `is_whole`) been left by an exception."""
        if not is_whole:
            self.spoil()
        ended = self._open.pop()
        self._project.alert = ended.alert
        if not ended.is_spoilt:
            self._made.append(Walk(ended.unit, ended.events.tobytes(), ended.deepest - ended.depth, part))

    def spoil(self) -> None:
        """What is walked depends on more than what is shared: how deep it stands in other walks."""
        for each in self._open:
            each.is_spoilt = True

    def reach(self, depth: int, deepest: int) -> int:
        """A walk reaches a depth; the one at which it is to be said again."""
        if depth > deepest:
            self.spoil()
        if self._open:
            self._open[-1].deepest = max(self._open[-1].deepest, depth + STRIDE)
        return min(deepest, depth + STRIDE)

    @property
    def count(self) -> int:
        """How many walks are known."""
        return len(self._made)

    def close(self) -> None:
        """Nothing is walked any more: what is known is not needed as values, nor any code."""
        self._contents, self._new, self._whole = {}, {}, {}
        del self._project, self._code, self._naming

    def records(self, ground: Ground) -> Records:
        """What is known now, for another run."""
        return gathered(ground, self._made, self._cells.numbers, self._blobs, self._whole_past)

    # --- recalling

    def recall(self, unit: Unit, walked: Walked | None) -> bool:
        """Let a walk have been made, if a record of it holds."""
        for walk in self._past.get(unit, ()):
            if self._project.depth + walk.depth < DEEP and self._holds(unit, walked, walk):
                self._made.append(walk)
                if walk.part is not None:
                    self._project.together.add(walk.part)
                return True
        return False

    def _holds(self, unit: Unit, walked: Walked | None, walk: Walk) -> bool:
        """Repeat what a walk did, as long as the same is read; else take it back."""
        project, undo = self._project, list[Undo]()
        here = _Open(None, project.depth, project.alert)
        self._open.append(here)
        if unit[0] == "summary":
            project.under_way[unit[1:]] = None
        try:
            holds = self._repeat(walked, walk, undo, here)
        except Unreachable:  # from a walk that it asked for: who asks is to see it
            holds = False
        finally:
            self._open.pop()
            project.depth, project.alert = here.depth, here.alert
            if unit[0] == "summary":
                del project.under_way[unit[1:]]
        if not holds:
            self._cells.take_back(undo)
            for cell, *_ in undo:
                self._forget(self._cells.numbers.cells[cell][0])
        return holds

    def _repeat(  # noqa: C901 - the loop that all recalled walks go through
        self, walked: Walked | None, walk: Walk, undo: list[Undo], here: _Open
    ) -> bool:
        now, counts, cells, put = self._cells.now, self._cells.counts, self._cells.numbers.cells, self._cells.put
        for op, cell, number, more in walk.each:
            if op <= SEEN:  # most are; each is compared by numbers alone
                if now[cell] != number:
                    return False
                if op == READ and walked is not None:
                    self._readers.setdefault(cells[cell], set()).add(walked)
            elif op == WRITE:
                undo.append(put(cell, number))
                if counts[cell] != more:
                    return False
                self._forget(cells[cell][0])
            elif op == ASK:
                holds = self._ask(walked, cell, more) and now[cell] == number
                self._project.depth = here.depth
                if not holds or here.is_spoilt:
                    return False
            elif not self._is_so(walked, op, (cell, number), undo):
                return False
        return True

    def _is_so(self, walked: Walked | None, op: int, event: tuple[int, int], undo: list[Undo]) -> bool:
        """Repeat what happens less often."""
        cell, number = event
        holder, key = self._cells.numbers.cells[cell]
        if op == HAS:
            return (holder in self._cells.held) == (number >= 0)
        if op == TOLD:
            return self._so.get(cell) == number or self._is_told(cell, number)
        if op == ALL:
            if walked is not None:
                self._readers.setdefault((holder, EXISTS), set()).add(walked)
            return self._is_all(holder, number)
        if op == CHANGE:
            self._changes(holder, key)
        elif self._cells.now[cell] < 0:  # FIRST or MARK
            undo.append(self._cells.put(cell, number))
        return op == CHANGE or self._cells.now[cell] == number

    def _is_told(self, cell: int, number: int) -> bool:
        holder, key = self._cells.numbers.cells[cell]
        if holder == b"code" and key[0] in self._same:  # type: ignore[index]
            return True
        is_so = self._tell(holder.decode(), key) == self._cells.numbers.digests[number]
        if is_so and holder != b"leading":  # that is told only after all is loaded
            self._so[cell] = number
        return is_so

    def _is_all(self, holder: bytes, number: int) -> bool:
        if holder not in self._cells.held:
            return number < 0
        return number >= 0 and self._digest_of_all(holder) == self._cells.numbers.digests[number]

    def _ask(self, walked: Walked | None, cell: int, deeper: int) -> bool:
        """Let a walk ask for another: it is recalled, or made here."""
        holder, name = self._cells.numbers.cells[cell]
        sort: str = holder.decode()
        self._project.depth += deeper
        if self._cells.now[cell] < 0 and not self._answer(sort, name):
            return False
        if walked is not None and sort != "loaded":
            asked: Walked = name if sort == "summary" else (*name[:-1], FIELDS)  # type: ignore[assignment,index]
            if asked != walked:
                self._users.setdefault(asked, set()).add(walked)
        return True

    def _answer(self, sort: str, name: Any) -> bool:
        project = self._project
        match sort:
            case "loaded":
                if name not in project.files:
                    return False
                project.load(name)
                return True
            case "summary":
                if len(project.under_way) >= CHAIN or (project.under_way and project.depth >= DEEP):
                    return False
                site = project.top(name)
                if site is not None:
                    make(project, site)
                return site is not None
            case _:
                return self.recall(("field", *name), (*name[:-1], FIELDS))

    # --- digests

    def _digest_of_all(self, holder: bytes) -> bytes:
        if holder not in self._all:
            digests = self._cells.numbers.digests
            self._all[holder] = digest_of(*(digests[number] for _, number in self._cells.of(holder)))
        return self._all[holder]

    def _value(self, op: int, holder: bytes, key: Any) -> Any:
        cell = self._cells.number(holder, key)
        number = self._cells.now[cell]
        if op == READ:
            self._reads(holder, key)
        self._saw(op, cell, number)
        return None if number < 0 else self._content(number)

    def _read_value(self, holder: bytes, key: Key) -> Value | None:
        return self._value(READ, holder, key)  # type: ignore[no-any-return]

    def _before(self, holder: Holder, key: Key) -> Value | None:
        name = self._naming.name(holder)
        return None if name is None else self._value(SEEN, name, key)

    def _put(self, holder: Holder, key: Key, value: Value) -> None:
        name = self._naming.name_anew(holder)
        if name is not None:
            self._write(name, key, value)

    def _write(self, holder: bytes, key: Any, content: object) -> None:
        cell = self._cells.number(holder, key)
        count = self._cells.counts[cell] + 1
        number = NOTHING if content is None else self._written(cell, content, count)
        self._cells.put(cell, number)
        self._forget(holder)
        if self._open:
            self._open[-1].seen[cell << 4 | SEEN] = number
        self._log(WRITE, cell, number, count)

    def _forget(self, holder: bytes) -> None:
        if holder in self._all:
            del self._all[holder]
        if holder in self._whole:
            del self._whole[holder]

    def _written(self, cell: int, content: object, count: int) -> int:
        """The digest of what a cell holds from now on; it differs from that of every other cell, and time."""
        numbers = self._cells.numbers
        try:
            written = Written(content, self._naming, self._code)
            digest = hashlib.blake2b(written.body, digest_size=DIGEST_BYTES)
            digest.update(_encoder.encode((*numbers.cells[cell], count)))
        except UNWRITABLE:
            self.spoil()
            number = numbers.digest(_ODD + len(numbers.digests).to_bytes(DIGEST_BYTES, "big"))
            self._odd.add(number)
            self._contents[number] = content
            return number
        found = digest.digest()
        number = numbers.digest(found)
        self._blobs.add(found, written.body, written.refers)
        self._contents[number], self._new[number] = content, written.new
        self._naming.placed(written.new, found)
        return number

    def _content(self, number: int) -> Any:
        if number not in self._contents:
            self._recalled(number)
        return self._contents[number]

    def _recalled(self, number: int) -> None:
        digest = self._cells.numbers.digests[number]
        made = Recalled(self._blobs.body(digest), self._code, self._at)
        self._contents[number], self._new[number] = made.content, made.new
        self._naming.placed(made.new, digest)

    def _at(self, digest: bytes, place: int) -> Any:
        """A value, or the number of a frame, that was written first in the cell of a digest."""
        number = self._cells.numbers.digest(digest)
        if number not in self._new:
            self._recalled(number)
        return self._new[number][place]

    # --- events

    def _saw(self, op: int, cell: int, number: int) -> None:
        if not self._open:
            return
        here = self._open[-1]
        if here.seen.get(cell << 4 | op, _NEVER) != number:
            here.seen[cell << 4 | op] = number
            self._log(op, cell, number)

    def _is_new(self, event: tuple[object, ...]) -> bool:
        if not self._open or event in self._open[-1].seen:
            return False
        self._open[-1].seen[event] = NOTHING
        return True

    def _log(self, op: int, cell: int, number: int, more: int = 0) -> None:
        if self._open:
            self._open[-1].events.extend((op, cell, number, more))
            numbers = self._cells.numbers
            if number in self._odd or cell in numbers.odd or numbers.cells[cell][0].startswith(ODD):
                self.spoil()

    def _reads(self, holder: bytes, key: Hashable) -> None:
        if self.walking is not None:
            self._readers.setdefault((holder, key), set()).add(self.walking)

    def _changed(self, holder: Holder, key: Key) -> None:
        name = self._naming.name(holder)
        if name is not None:
            self._changes(name, key)
            self._log(CHANGE, self._cells.number(name, key), NOTHING)

    def _changes(self, holder: bytes, key: Hashable) -> None:
        self._stale |= self._readers.get((holder, key), set()) | self._readers.get((holder, None), set())

    def _tell(self, sort: str, name: Any) -> bytes:
        """What is so now that no walk changes, as a digest."""
        if sort == "leading":
            return _LEADING[None if self._project.leading is None else self._project.leads(name)]
        if (sort, name) not in self._told:
            self._told[sort, name] = self._teller(sort, name)
        return self._told[sort, name]

    def _teller(self, sort: str, name: Any) -> bytes:
        project = self._project
        files = project.files
        match sort:
            case "content":
                return digest_of(self._texts[name]) if name in self._texts else _GONE
            case "header":
                outline = files[name].outline if name in files else None
                return _GONE if outline is None else digest_of(outline.language, outline.imports, outline.bound)
            case "code":
                return self._code.code_at(name[0], name[1:]) or _GONE
            case "python" | "script":
                return digest_of(getattr(project.imports, sort)(*name))
            case _:
                words, path = name
                return digest_of(project.mentioned(words, path)) if path is None or path in files else _GONE
