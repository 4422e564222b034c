"""A merge request's two sides, fetched from its forge by git: from the forge's own address, with a token nobody sees.

In order:

1. the clone URL is the forge's own: its scheme, host, port and path begin as `forges[].url` does;
2. egress permits the address now, and git is told that address (`remotes`);
3. git fetches the two commits, and ever more of their history until their merge base is there, within caps of time
   and of size; it follows no redirect, runs no hook, and checks what it gets;
4. the token is gone; the caller gets a view of the mirror that stays as it is while the caller uses it.
"""

import asyncio
import errno
import fcntl
import hashlib
import os
import re
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, ExitStack, asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryFile

from coderev.egress import Egress
from coderev.errors import InputError, Unavailable
from coderev.files import monotonic, scratch_folder
from coderev.forge.errors import ForgeRefused, ForgeUnavailable, NotThere
from coderev.forge.remotes import ForeignClone, Site, clone_problem, over_http, over_ssh
from coderev.forge.values import Project, Request
from coderev.git import fetch as git
from coderev.process import Launch, Started, start
from coderev.settings import ForgeSettings, Settings

MAX_FETCH_BYTES = 2 * 1024**3  # that one fetch adds to a mirror
MAX_MIRROR_BYTES = 8 * 1024**3  # before a mirror is begun anew
FIRST_LOOK_SECONDS, LOOK_SECONDS = 0.005, 0.05  # between two looks at a git that runs: longer each time
LOCK_SECONDS = 0.1  # between two tries to be the one who fetches
FULL = (errno.ENOSPC, errno.EDQUOT)
MAX_COMPLAINT = 4_096  # bytes of what git complained about
MAX_REASON = 200  # characters of it in an error
CUT = "the history was cut at {depth} commits before a merge base was found"


class TooLargeToFetch(InputError):
    """A repository is larger than what is fetched."""

    message = "{path} at {forge} is larger than {bytes} bytes, and was not fetched"
    hint = "review it from a clone on this site's own disk with `coderev review`"


class NoRoomToFetch(Unavailable):
    """There is no room on a disk of this host for what a review of a merge request needs."""

    message = "{path} at {forge} waits for room on this host: {reason}"
    hint = "make room where mirrors (the cache folder) and scratch files are kept; the job is tried again by itself"


class HostileObjects(InputError):
    """git refused what a forge sent: its objects break git's own rules."""

    message = "{path} at {forge} holds objects that git refuses: {reason}"
    hint = "see what `git fsck` says in a clone of it"


@dataclass(frozen=True, slots=True, kw_only=True)
class Commits:
    """Two commits of a repository, for a review that no merge request asks for."""

    project: Project
    base: str
    head: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Fetched:
    """A bare repository with both sides; it is gone when its context ends. `notes` are facts for coverage."""

    path: Path
    notes: tuple[str, ...] = ()


@asynccontextmanager
async def fetch(
    settings: ForgeSettings, egress: Egress, wanted: Request | Commits, folder: Path, site: Settings
) -> AsyncIterator[Fetched]:
    """Fetch a merge request, or a range. Mirrors are kept in `folder`, one for each repository.

    Ending the task ends git. Raises ForeignClone, NotPermitted, UnusableSecret, UnusableSsh, ForgeUnavailable,
    ForgeRefused, NotThere, TooLargeToFetch and HostileObjects.
    """
    sides = _sides(settings, wanted)
    stem = folder / hashlib.sha256(f"{settings.name}\0{wanted.project.id}".encode()).hexdigest()[:24]
    mirror = git.Mirror(stem.with_suffix(".git"), sides.hash_name)
    await asyncio.to_thread(folder.mkdir, mode=0o700, parents=True, exist_ok=True)
    async with AsyncExitStack() as kept:
        scratch = await kept.enter_async_context(_scratch())
        used = kept.enter_context(_lock_file(stem.with_suffix(".use")))
        async with _alone(stem.with_suffix(".lock")):
            await asyncio.to_thread(_prepare, mirror, used)
            fcntl.flock(used, fcntl.LOCK_SH)  # nobody waits for this one: whoever takes it wholly holds `.lock` too
            with scratch_folder() as secrets:
                at = Site(egress=egress, connections=site.connections)
                url = wanted.project.clone_url
                if settings.ssh is not None:
                    remote = await over_ssh(settings, url, secrets, at, settings.ssh)
                else:
                    remote = await over_http(settings, url, secrets, at)
                fetching = _Fetching(
                    forge=settings.name,
                    path=wanted.project.path,
                    name=str(wanted.number) if isinstance(wanted, Request) else "range",
                    sides=sides,
                    remote=remote,
                    seconds=site.limits.process_seconds,
                )
                notes = await fetching.into(mirror)
            view = await asyncio.to_thread(mirror.view, sides, scratch / "view.git")
        yield Fetched(path=view, notes=notes)


def forget_unused(folder: Path, before: datetime) -> int:
    """Remove the mirrors that nobody has used since `before`, and say how many."""
    removed = 0
    for mirror in folder.glob("*.git"):
        with suppress(OSError), _lock_file(mirror.with_suffix(".lock"), touch=False) as lock:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            with _lock_file(mirror.with_suffix(".use"), touch=False) as used:
                fcntl.flock(used, fcntl.LOCK_EX | fcntl.LOCK_NB)
                if datetime.fromtimestamp(os.fstat(used).st_mtime, UTC) < before:
                    git.Mirror(mirror).remove()
                    removed += 1
    return removed


def _sides(settings: ForgeSettings, wanted: Request | Commits) -> git.Sides:
    project = wanted.project
    url = project.clone_url
    default = f"refs/heads/{project.default_branch}"
    names = (f"refs/heads/{wanted.target}", wanted.head_ref) if isinstance(wanted, Request) else (default, default)
    sides = git.Sides(base=wanted.base, head=wanted.head, base_ref=names[0], head_ref=names[1])
    if (reason := clone_problem(settings, url) or sides.problem()) is not None:
        raise ForeignClone(forge=settings.name, path=project.path, url=_without_user(url), reason=reason)
    return sides


def _prepare(mirror: git.Mirror, used: int) -> None:
    """Begin a mirror that has become too large anew, where nobody looks at it."""
    mirror.prepare()
    if mirror.size > MAX_MIRROR_BYTES or mirror.packs > git.MAX_PACKS:
        with suppress(BlockingIOError):
            fcntl.flock(used, fcntl.LOCK_EX | fcntl.LOCK_NB)
            mirror.remove()
            mirror.prepare()


@dataclass(frozen=True, slots=True, kw_only=True)
class _Fetching:
    """One fetch (3)."""

    forge: str
    path: str  # of the repository there
    name: str  # that its references have in the mirror
    sides: git.Sides
    remote: git.Remote
    seconds: float

    async def into(self, mirror: git.Mirror) -> tuple[str, ...]:
        """Bring both sides into a mirror, with as much history as they need."""
        by_name = False
        for depth in git.DEPTHS:
            if await asyncio.to_thread(mirror.complete, self.sides):
                return ()
            complaint = await self._run(mirror, depth, by_name=by_name)
            if complaint and not by_name and _NOT_BY_ID.search(complaint):
                by_name = True
                complaint = await self._run(mirror, depth, by_name=True)
            if complaint:
                raise self._error(complaint)
        if await asyncio.to_thread(mirror.complete, self.sides):
            return ()
        if not await asyncio.to_thread(mirror.has, self.sides):
            raise ForgeUnavailable(forge=self.forge, reason="its references have moved on since they were read")
        return (CUT.format(depth=git.DEPTHS[-1]),)

    async def _run(self, mirror: git.Mirror, depth: int, *, by_name: bool) -> str:
        """Run git once; what it complained about, or nothing."""
        argv, environment = git.fetch_command(
            mirror, self.remote, self.sides, depth=depth, by_name=by_name, name=self.name
        )
        with TemporaryFile() as said:
            launch = Launch(argv=argv, folder=mirror.folder, env=environment, log=said.fileno())
            status = await self._watched(start(launch), mirror)
            said.seek(0)
            text = said.read(MAX_COMPLAINT).decode(errors="backslashreplace")
        return "" if status == 0 else text.strip() or f"git ended with status {status}"

    async def _watched(self, running: Started, mirror: git.Mirror) -> int:
        """Wait for git; end it when its time is over, when it grows too large, or when nobody wants it any more."""
        until, room, pause = monotonic() + self.seconds, mirror.size + MAX_FETCH_BYTES, FIRST_LOOK_SECONDS
        try:
            while (status := running.status) is None:
                await asyncio.sleep(pause)
                pause = min(pause * 1.5, LOOK_SECONDS)
                if mirror.size > room:
                    raise TooLargeToFetch(forge=self.forge, path=self.path, bytes=MAX_FETCH_BYTES)
                if monotonic() > until:
                    raise ForgeUnavailable(forge=self.forge, reason=f"git did not finish within {self.seconds} s")
        finally:
            if running.status is None:
                running.kill()
        return status

    def _error(self, complaint: str) -> Exception:
        """What git's complaint means, and who must act."""
        own = [line for line in complaint.splitlines() if line.startswith(("fatal: ", "error: "))]
        said = "\n".join(own) or complaint  # what begins with `remote:` is the other side's to choose
        reason = said.partition("\n")[0].removeprefix("fatal: ").removeprefix("error: ")[:MAX_REASON]
        if _NO_ROOM.search(said):  # whatever else git says of it: it takes its own half-written files for broken ones
            return NoRoomToFetch(forge=self.forge, path=self.path, reason=reason)
        if found := _REFUSED.search(said) or _SSH_REFUSED.search(complaint):
            reason = reason if found.string is said else found[0]
            return ForgeRefused(forge=self.forge, what=f"to clone {self.path}", reason=reason)
        if _MISSING.search(said):
            return NotThere(forge=self.forge, what=f"repository or commit to fetch: {reason}")
        if _HOSTILE.search(said):
            return HostileObjects(forge=self.forge, path=self.path, reason=reason)
        return ForgeUnavailable(forge=self.forge, reason=reason)


_NOT_BY_ID = re.compile(r"not our ref|unadvertised object|no such remote ref")
_NO_ROOM = re.compile("|".join(os.strerror(number) for number in FULL))
_REFUSED = re.compile(r"Authentication failed|could not read (?:Username|Password)|error: (?:401|403|30\d)")
_SSH_REFUSED = re.compile(r"^(?:\S{1,200}: Permission denied \(.{0,100}|Host key verification failed)", re.MULTILINE)
_MISSING = re.compile(r"not found|error: 404|not our ref|couldn't find remote ref|unadvertised object")
_HOSTILE = re.compile(r"fsck|index-pack failed|unpack-objects|bad (?:object|pack)|corrupt", re.IGNORECASE)


def _without_user(url: str) -> str:
    return re.sub(r"(?<=//)[^/?]*@", "…@", url)


@asynccontextmanager
async def _scratch() -> AsyncIterator[Path]:
    """A scratch folder that is removed beside the loop: its folders can take long to go."""
    with_it = ExitStack()
    try:
        yield with_it.enter_context(scratch_folder())
    finally:
        await asyncio.shield(asyncio.to_thread(with_it.close))


@contextmanager
def _lock_file(path: Path, *, touch: bool = True) -> Iterator[int]:
    handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
    try:
        if touch:
            os.utime(handle)
        yield handle
    finally:
        os.close(handle)


@asynccontextmanager
async def _alone(path: Path) -> AsyncIterator[None]:
    """Be the only one who changes a mirror; the system ends the lock when the process ends."""
    with _lock_file(path) as handle:
        while True:
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                await asyncio.sleep(LOCK_SECONDS)
        yield
