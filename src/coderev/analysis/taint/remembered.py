"""Remembers what was traced on a side: a review's base is the same on the next push, and for most other changes.

A side is known by all that decides what is found there: its files, the rule packs, the engine itself, and what is asked
of it. What is known of its walks is kept beside: a side that is like it, which shares one of the few files whose
digests are the least, is traced by that (`incremental`). With this memory and without it the flows are the same, byte
for byte: what would not come back as it was is not kept, and rules come back from the packs.
"""

import hashlib
import sys
from collections.abc import Iterable, Mapping
from datetime import datetime
from functools import lru_cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Protocol

import msgspec

from coderev.analysis.taint.catalogue import rules_of
from coderev.analysis.taint.engine import LANGUAGES, trace, without_search
from coderev.analysis.taint.flow import Flow, FlowStep, Traced
from coderev.analysis.taint.incremental import Known, trace_anew
from coderev.analysis.taint.kept import Kept, open_kept
from coderev.analysis.taint.loading import packs as all_packs
from coderev.analysis.taint.pack import Pack, RuleRow
from coderev.analysis.taint.records import Past, recalled
from coderev.finding import Confidence
from coderev.syntax import language_of

WORTH_BYTES = 64 * 1024  # of a side: to trace less takes no longer than to look it up
MOST_BYTES = 8_000_000  # of a side whose walks are recorded: that took 490 MB, of which the record is a third
LEAST = 4  # files by one of which a side is known to be like another
MOST_ALIKE = 4  # sides that are kept in mind by one of these
DIGEST_BYTES = 32  # of the files of a side, and of names
MARGIN = 1.0  # seconds by which the clock of a file system may lag
_PACKAGE = Path(__file__).parents[2]
_SOURCES = ("analysis/taint/**/*.py", "syntax/**/*.py", "*.py")  # all that decides what is found, but for the packs
_LIBRARIES = (
    "tree-sitter", "tree-sitter-python", "tree-sitter-javascript", "tree-sitter-typescript", "google-re2", "msgspec",
)  # fmt: skip


class Engine(Protocol):
    """What finds the flows of a side by what is known of another: `incremental.trace_anew`, or who counts it."""

    def __call__(
        self,
        files: Mapping[str, bytes],
        past: Past | None,
        /,
        *,
        only: frozenset[str] | None = None,
        packs: Path | None = None,
    ) -> tuple[Traced, Known]:
        """All flows in some files, and what is known then."""
        ...


class _Flow(msgspec.Struct, array_like=True, frozen=True):
    """A flow with the id of its rule."""

    rule: str
    path: str
    start: int
    end: int
    confidence: Confidence
    message: str
    steps: tuple[tuple[str, int, int, str], ...]
    source: str


class _Side(msgspec.Struct, array_like=True, frozen=True):
    flows: tuple[_Flow, ...]
    unread: dict[str, str]
    partly: dict[str, str]


def trace_once(since: datetime, files: Mapping[str, bytes], *, packs: Path | None = None) -> Traced:
    """As `engine.trace`, from this user's memory where the same was traced before.

    `since` is when this process began to read its sources. Raises what `loading.packs` does.
    """
    kept = open_kept() if sum(map(len, files.values())) >= WORTH_BYTES else None
    engine_version = version_of(_PACKAGE, since) if kept is not None else None
    if kept is None or engine_version is None:
        return trace(files, packs=packs)
    return Memory(kept, engine_version).trace(files, packs=packs)


class Memory:
    """What a version of the engine found on each side that it traced. `engine` is what has this version."""

    def __init__(self, kept: Kept, version: bytes, engine: Engine = trace_anew) -> None:
        self._kept, self._version, self._engine = kept, version, engine

    @without_search()
    def trace(
        self, files: Mapping[str, bytes], *, only: frozenset[str] | None = None, packs: Path | None = None
    ) -> Traced:
        """What `engine` says of these files, remembered or found and then remembered."""
        rules = _Rules(files, all_packs(packs))
        parts = {path: _digest((_path(path), hashlib.sha256(files[path]).digest())) for path in sorted(files)}
        key = self._key(parts.values(), rules.digest, only)
        told = self._kept.read(key)
        if told is not None and (known := _traced(told, rules)) is not None:
            return known
        traced = self._found(files, parts, rules.digest, only=only, packs=packs)
        told = _told(traced)
        if told is not None and _traced(told, rules) == traced:
            self._kept.write(key, told)
        return traced

    def _found(
        self,
        files: Mapping[str, bytes],
        parts: Mapping[str, bytes],
        rules: bytes,
        *,
        only: frozenset[str] | None,
        packs: Path | None,
    ) -> Traced:
        """What the engine says, by what is known of a side that is like this one."""
        size = sum(map(len, files.values()))
        if size > MOST_BYTES:
            return trace(files, only=only, packs=packs)
        if size < WORTH_BYTES:
            return self._engine(files, None, only=only, packs=packs)[0]
        least = sorted(part for path, part in parts.items() if language_of(path, files[path]) in LANGUAGES)[:LEAST]
        near = [_digest((self._version, rules, b"near", part)) for part in least]
        traced, known = self._by(self._past(near, parts.values()), files, only=only, packs=packs)
        if known.is_worth and (told := known.told()) is not None:
            self._keep(near, sorted(parts.values()), told)
        return traced

    def _keep(self, near: Iterable[bytes], side: list[bytes], told: bytes) -> None:
        """Keep what is known of a side, and by some of its files its name, with those of the last few others."""
        name = _digest((self._version, b"walks", *side))
        self._kept.write(name, told)
        self._kept.write(_digest((name, b"side")), b"".join(side))
        for key in near:
            others = [other for other in self._names(key) if other != name]
            self._kept.write(key, b"".join([name, *others][:MOST_ALIKE]))

    def _names(self, key: bytes) -> list[bytes]:
        told = self._kept.read(key) or b""
        return [told[at : at + DIGEST_BYTES] for at in range(0, len(told), DIGEST_BYTES)]

    def _by(
        self, past: Past | None, files: Mapping[str, bytes], *, only: frozenset[str] | None, packs: Path | None
    ) -> tuple[Traced, Known]:
        if past is not None:
            try:
                return self._engine(files, past, only=only, packs=packs)
            except Exception:  # noqa: BLE001, S110 - what is known is of no use, whatever is wrong with it
                pass
        return self._engine(files, None, only=only, packs=packs)

    def _past(self, near: Iterable[bytes], side: Iterable[bytes]) -> Past | None:
        """What is known of the side that shares most files with this one."""
        own = frozenset(side)
        names = dict.fromkeys(name for key in near for name in self._names(key))
        shared = {name: self._count(name, own) for name in names}
        for name in sorted(shared, key=shared.__getitem__, reverse=True):
            told = self._kept.read(name)
            if told is not None and (past := recalled(told)) is not None:
                return past
        return None

    def _count(self, name: bytes, own: frozenset[bytes]) -> int:
        """How many files a side that is known has in common with another."""
        told = self._kept.read(_digest((name, b"side"))) or b""
        return sum(told[at : at + DIGEST_BYTES] in own for at in range(0, len(told), DIGEST_BYTES))

    def _key(self, side: Iterable[bytes], packs: bytes, only: frozenset[str] | None) -> bytes:
        """A name for all that decides what is found."""
        wanted = [b"all"] if only is None else [b"only", *map(_path, sorted(only))]
        return _digest((self._version, packs, _digest(side), _digest(wanted)))


class _Rules:
    """The rules of some packs, by the file that a flow ends in: each language is told its own advice."""

    def __init__(self, files: Mapping[str, bytes], packs: tuple[Pack, ...]) -> None:
        self._files, self._packs = files, packs
        self._rules: dict[str, dict[str, RuleRow]] = {}

    @property
    def digest(self) -> bytes:
        """What differs where the packs do."""
        return hashlib.sha256(msgspec.msgpack.encode(self._packs)).digest()

    def rule(self, path: str, name: str) -> RuleRow:
        """The rule of an id. Raises KeyError."""
        language = LANGUAGES[language_of(path, self._files[path]) or ""]
        if language not in self._rules:
            self._rules[language] = rules_of(self._packs, language)
        return self._rules[language][name]


def version_of(package: Path, since: datetime) -> bytes | None:
    """What changes whenever the engine's answers may, apart from its packs; None where nobody can say what runs.

    These are its sources, in a checkout too, and what it parses and matches with. A source that is younger than
    `since` may not be what runs.
    """
    sources = sorted({path for pattern in _SOURCES for path in package.glob(pattern)})
    try:
        if not sources or max(path.stat().st_mtime for path in sources) > since.timestamp() - MARGIN:
            return None
        texts = [part for path in sources for part in (_path(str(path.relative_to(package))), path.read_bytes())]
        return _digest((*_libraries(), *texts))
    except (OSError, PackageNotFoundError):
        return None


@lru_cache(maxsize=1)
def _libraries() -> tuple[bytes, ...]:
    return (sys.version.encode(), *(f"{name} {version(name)}".encode() for name in _LIBRARIES))


def _path(path: str) -> bytes:
    return path.encode(errors="surrogatepass")


def _digest(parts: Iterable[bytes]) -> bytes:
    """Of parts, each with its length: no two lists run together."""
    whole = hashlib.sha256()
    for part in parts:
        whole.update(len(part).to_bytes(8, "big") + part)
    return whole.digest()


def _told(traced: Traced) -> bytes | None:
    """What was traced, as bytes; None where that cannot be written down, such as a path that is no text."""
    flows = (
        _Flow(
            rule=flow.rule.id, path=flow.path, start=flow.start, end=flow.end, confidence=flow.confidence,
            message=flow.message, source=flow.source,
            steps=tuple((step.path, step.start, step.end, step.note) for step in flow.steps),
        )
        for flow in traced.flows
    )  # fmt: skip
    try:
        return msgspec.msgpack.encode(_Side(tuple(flows), traced.unread, traced.partly))
    except ValueError:
        return None


def _traced(told: bytes, rules: _Rules) -> Traced | None:
    """What `_told` was given; None where that is not known any more."""
    try:
        side = msgspec.msgpack.decode(told, type=_Side)
        flows = tuple(_flow(each, rules.rule(each.path, each.rule)) for each in side.flows)
    except (msgspec.DecodeError, KeyError):
        return None
    return Traced(flows=flows, unread=side.unread, partly=side.partly)


def _flow(told: _Flow, rule: RuleRow) -> Flow:
    return Flow(
        rule=rule,
        path=told.path,
        start=told.start,
        end=told.end,
        confidence=told.confidence,
        message=told.message,
        steps=tuple(FlowStep(path=path, start=start, end=end, note=note) for path, start, end, note in told.steps),
        source=told.source,
    )
