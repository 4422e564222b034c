"""A site on disk: where its generations, store and records lie, what it remembers, and who may change it now.

    FOLDER/current -> generations/7-0123456789ab     the one link that is exchanged (7.6)
    FOLDER/generations/SEQ-DIGEST/                   7.4
    FOLDER/store/MODE/AB/DIGEST, store/tmp/          7.3
    FOLDER/advisories/{current,generations/}         the same for scanner databases, which have their own seq (2.3)
    STATE/{lock,site.json,journal.jsonl}             what no generation may change; revocations and custody beside them

Clauses 5.10, 5.12, 6.6, 7.1, 7.6 to 7.8 of spec/bundle.md. All that is remembered stands in one file, so that it
changes at once: what the floor, the accepted root and the versions say always belongs together.
"""

import errno
import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Literal

import msgspec

from coderev.bundle.custody import open_custody
from coderev.bundle.format.entries import Count, Digest, Entry, Positive
from coderev.bundle.host.disk import FolderNotOurs, make_folders, replace_file, writing
from coderev.bundle.revocations import Revocations
from coderev.bundle.revocations import read as read_revocations
from coderev.errors import TrustError, Unavailable
from coderev.settings import BundleSettings
from coderev.trust import NotCanonical, canonical, metadata
from coderev.trust import generations as states

Kind = Literal["release", "advisories"]
MAX_STATE_BYTES = 4 * 1024 * 1024  # two roots of half a megabyte, and what surrounds them


class SiteBusy(Unavailable):
    """Somebody else is installing or going back at this moment."""

    message = "another coderev is changing {path} now"
    hint = "wait until it has ended, then run the command again"


class StateBroken(TrustError):
    """What the site remembers cannot be read: somebody changed it by hand."""

    message = "{path} cannot be believed: {reason}"
    hint = "restore it from a backup of the site's state; without it nobody knows which bundles are too old"


class _Schemas(Entry, frozen=True, kw_only=True):
    lowest: Count
    highest: Count


class _Generation(Entry, frozen=True, kw_only=True):
    seq: Positive
    digest: Digest
    schemas: _Schemas | None = None


class _OfKind(Entry, frozen=True, kw_only=True):
    kept: Annotated[tuple[_Generation, ...], msgspec.Meta(max_length=64)] = ()
    staged: _Generation | None = None
    newest: Count | None = None
    proving: bool = False


class _State(Entry, frozen=True, kw_only=True):
    format: Literal[1]
    root: str | None = None
    fingerprints: Annotated[tuple[str, ...], msgspec.Meta(max_length=64)] = ()
    time: datetime | None = None
    kinds: dict[Kind, _OfKind] = msgspec.field(default_factory=dict)


_NOTHING = states.Generations()


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """What a site remembers about one kind of bundle. `proving`: the live one has yet to pass its health gate."""

    generations: states.Generations = _NOTHING
    accepted: metadata.Accepted | None = None  # None: a host that never had a bundle
    time: datetime = metadata.NEVER  # the latest at which anything was accepted
    fingerprints: frozenset[str] = frozenset()  # from paper; empty: whichever TUF pins
    proving: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """The folders of a site. `models`: where the contents of models lie, if not in the store beside the others."""

    folder: Path
    state: Path
    models: Path | None = None

    def home(self, kind: Kind) -> Path:
        """Where `current` and `generations` of a kind are."""
        return self.folder if kind == "release" else self.folder / kind

    def current(self, kind: Kind) -> Path:
        """The link that names the live generation."""
        return self.home(kind) / "current"

    def generation(self, kind: Kind, name: str) -> Path:
        """The folder of a generation."""
        return self.home(kind) / "generations" / name

    def models_of(self, name: str) -> Path | None:
        """The folder with the models of a generation, where models have a store of their own (7.4)."""
        return None if self.models is None else self.models / "generations" / name

    def live_name(self, kind: Kind) -> str | None:
        """The name of the generation that `current` leads to."""
        try:
            return self.current(kind).readlink().name
        except FileNotFoundError:
            return None
        except OSError as error:
            raise StateBroken(path=self.current(kind), reason="it is no link") from error

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Be the only one who changes the site (7.8); the system ends the lock when the process ends.

        Raises SiteBusy, FolderNotOurs.
        """
        handle = self._lock()
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            os.close(handle)
            raise SiteBusy(path=self.folder) from error
        try:
            yield
        finally:
            os.close(handle)

    def _lock(self) -> int:
        try:
            for folder in (self.state, self.folder):
                make_folders(folder, Path(folder.anchor))
            return os.open(self.state / "lock", os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o644)
        except OSError as error:
            reason = "it is read-only" if error.errno == errno.EROFS else error.strerror
            raise FolderNotOurs(path=self.folder, reason=reason) from error

    def standing(self, kind: Kind) -> Standing:
        """What is remembered of a kind, set right by where `current` leads (7.6). Raises StateBroken."""
        state = self._read()
        of_kind = state.kinds.get(kind, _OfKind())
        accepted, time = self._accepted(state), state.time or metadata.NEVER
        found, typed = _generations(of_kind), frozenset(state.fingerprints)
        live = self.live_name(kind)
        if live == (found.live.name if found.live else None):
            proving = of_kind.proving
            return Standing(generations=found, accepted=accepted, time=time, fingerprints=typed, proving=proving)
        led = _led_by(found, live, proving=of_kind.proving)
        if led is None:
            raise StateBroken(path=self.current(kind), reason=f"it leads to {live or 'nothing'}, and not by coderev")
        return Standing(generations=led, accepted=accepted, time=time, fingerprints=typed)

    def revoked(self) -> Revocations:
        """Fingerprints and key ids that count for nothing here (5.10)."""
        return read_revocations(self.state)

    def blank(self, root: bytes) -> metadata.Accepted:
        """What a host without anything accepts: the root from paper, and what is revoked and kept apart here."""
        own = open_custody(self.state).key_ids
        return metadata.Accepted(root=root, revoked=self.revoked().tuf, custody=own)

    def _accepted(self, state: _State) -> metadata.Accepted | None:
        """Without versions: the floor of each kind stands for them (5.5, 6.7)."""
        if state.root is None:
            return None
        return replace(self.blank(state.root.encode()), time=state.time or metadata.NEVER)

    def remember(self, kind: Kind, standing: Standing) -> None:
        """Keep what a site knows now, at once and on disk. Raises DiskFull, DiskFails, StateBroken."""
        before = self._read()
        accepted = standing.accepted
        kinds: dict[Kind, _OfKind] = {**before.kinds, kind: _of_kind(standing)}
        state = _State(
            format=1,
            root=before.root if accepted is None else accepted.root.decode(),
            fingerprints=tuple(sorted(standing.fingerprints)),
            time=standing.time if standing.time > metadata.NEVER else before.time,
            kinds=kinds,
        )
        path = self.state / "site.json"
        content = canonical.encode(state)
        if content != self._content():
            with writing(path):
                replace_file(path, content)

    def _content(self) -> bytes | None:
        path = self.state / "site.json"
        try:
            with path.open("rb") as file:
                return file.read(MAX_STATE_BYTES + 1)
        except FileNotFoundError:
            return None
        except OSError as error:
            raise StateBroken(path=path, reason=error.strerror) from error

    def _read(self) -> _State:
        content = self._content()
        if content is None:
            return _State(format=1)
        try:
            return canonical.decode_as(_State, content, limit=MAX_STATE_BYTES)
        except NotCanonical as error:
            raise StateBroken(path=self.state / "site.json", reason=error) from error


def _generations(of_kind: _OfKind) -> states.Generations:
    return states.Generations(
        kept=tuple(map(_generation, of_kind.kept)),
        staged=None if of_kind.staged is None else _generation(of_kind.staged),
        newest=of_kind.newest,
    )


def _generation(entry: _Generation) -> states.Generation:
    runs = entry.schemas
    schemas = None if runs is None else states.Schemas(lowest=runs.lowest, highest=runs.highest)
    return states.Generation(seq=entry.seq, digest=entry.digest, schemas=schemas)


def _of_kind(standing: Standing) -> _OfKind:
    found = standing.generations
    return _OfKind(
        kept=tuple(map(_entry, found.kept)),
        staged=None if found.staged is None else _entry(found.staged),
        newest=found.newest,
        proving=standing.proving,
    )


def _entry(generation: states.Generation) -> _Generation:
    runs = generation.schemas
    schemas = None if runs is None else _Schemas(lowest=runs.lowest, highest=runs.highest)
    return _Generation(seq=generation.seq, digest=generation.digest, schemas=schemas)


def _led_by(found: states.Generations, live: str | None, *, proving: bool) -> states.Generations | None:
    """The record where something stopped between it and the link: the link is right; None where that cannot be.

    The last of `kept` should have become live: by an installation, then it is staged still, or by going back.
    """
    others, ahead = [one for one in found.kept[:-1] if one.name != live], found.kept[-1:]
    now = [one for one in found.kept[:-1] if one.name == live]
    if not ahead or not (now or (proving and live is None and not others)):
        return None
    if proving:
        return states.Generations(kept=(*others, *now), staged=ahead[0], newest=found.newest)
    return states.Generations(kept=(*others, *ahead, *now), newest=found.newest)


def site_of(settings: BundleSettings) -> Site:
    """The site that the configuration names."""
    models = None if settings.models is None else Path(settings.models)
    return Site(folder=Path(settings.folder), state=Path(settings.state), models=models)


def utc(moment: datetime) -> datetime:
    """A time in UTC and whole seconds, as records hold it."""
    return moment.astimezone(UTC).replace(microsecond=0)
