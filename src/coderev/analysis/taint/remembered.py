"""Remembers what was traced on a side: a review's base is the same on the next push, and for most other changes.

A side is known by all that decides what is found there: its files, the rule packs, the engine itself, and what is asked
of it. With this memory and without it the flows are the same, byte for byte: what would not come back as it was is not
kept, and rules come back from the packs.
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
from coderev.analysis.taint.engine import LANGUAGES, trace
from coderev.analysis.taint.flow import Flow, FlowStep, Traced
from coderev.analysis.taint.kept import Kept, open_kept
from coderev.analysis.taint.loading import packs as all_packs
from coderev.analysis.taint.pack import Pack, RuleRow
from coderev.finding import Confidence
from coderev.syntax import language_of

WORTH_BYTES = 64 * 1024  # of a side: to trace less takes no longer than to look it up
MARGIN = 1.0  # seconds by which the clock of a file system may lag
_PACKAGE = Path(__file__).parents[2]
_SOURCES = ("analysis/taint/**/*.py", "syntax/**/*.py", "*.py")  # all that decides what is found, but for the packs
_LIBRARIES = (
    "tree-sitter", "tree-sitter-python", "tree-sitter-javascript", "tree-sitter-typescript", "google-re2", "msgspec",
)  # fmt: skip


class Engine(Protocol):
    """What finds the flows of a side: `engine.trace`, or who counts how often it is asked."""

    def __call__(
        self, files: Mapping[str, bytes], /, *, only: frozenset[str] | None = None, packs: Path | None = None
    ) -> Traced:
        """All flows in some files."""
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

    def __init__(self, kept: Kept, version: bytes, engine: Engine = trace) -> None:
        self._kept, self._version, self._engine = kept, version, engine

    def trace(
        self, files: Mapping[str, bytes], *, only: frozenset[str] | None = None, packs: Path | None = None
    ) -> Traced:
        """What `engine` says of these files, remembered or found and then remembered."""
        rules = _Rules(files, all_packs(packs))
        key = self._key(files, rules.digest, only)
        told = self._kept.read(key)
        if told is not None and (known := _traced(told, rules)) is not None:
            return known
        traced = self._engine(files, only=only, packs=packs)
        told = _told(traced)
        if told is not None and _traced(told, rules) == traced:
            self._kept.write(key, told)
        return traced

    def _key(self, files: Mapping[str, bytes], packs: bytes, only: frozenset[str] | None) -> bytes:
        """A name for all that decides what is found."""
        side = [part for path in sorted(files) for part in (_path(path), hashlib.sha256(files[path]).digest())]
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
