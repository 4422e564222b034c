"""Faults at system calls: a child is stopped, `strace` attaches and injects one fault, and the site is looked at.

Only the child's one thread is traced: every write of a site comes from it. Its helper thread reads, and `gpgv` writes
nothing of the site.
"""

import ctypes
import os
import random
import re
import shutil
import signal
import subprocess
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from stand_ins.bundles import FILES, NOW, BundleDepot, Hospital, hospital

from coderev.bundle.journal import Journal
from coderev.bundle.rollback import Wish, rollback
from coderev.errors import CoderevError

CALLS = (  # what writes, renames, links, makes, removes or syncs
    *("write", "pwrite64", "writev", "sendfile", "copy_file_range", "ftruncate", "fallocate"),
    *("rename", "renameat", "renameat2", "link", "linkat", "symlink", "symlinkat", "unlink", "unlinkat", "rmdir"),
    *("mkdir", "mkdirat", "chmod", "fchmod", "fchmodat", "fsync", "fdatasync", "syncfs", "sync"),
)
KINDS = ("EIO", "ENOSPC", "KILL")
MAX_SECONDS = 60
_TRACER_ANYBODY = (0x59616D61, ctypes.c_ulong(-1))  # prctl: PR_SET_PTRACER, PR_SET_PTRACER_ANY

Kind = Literal["EIO", "ENOSPC", "KILL"]
What = Literal["install", "update", "rollback"]


@dataclass(frozen=True, slots=True)
class Point:
    """The n-th call of one name, and what happens there."""

    call: str
    number: int
    kind: str


@dataclass(frozen=True, slots=True)
class Told:
    """What one fault left: `torn` says why the state is neither old nor new, or why a rerun did not complete."""

    point: Point
    status: int
    torn: str | None


def thirty(seq: int) -> dict[str, bytes]:
    """Thirty files, of which a third is other in each release."""
    more = {f"share/{number:02}": b"%d of %d\n" % (number, seq if number % 3 == 0 else 0) for number in range(23)}
    return FILES | more | {"VERSION": b"%d\n" % seq}


class Trial:
    """One operation on one site, tried again and again from the same beginning."""

    def __init__(self, what: What, home: Path, depot: BundleDepot | None = None) -> None:
        self.what, self._home, self._depot = what, home, depot or BundleDepot()
        self._start, self._run = home / "start", home / "run"
        self._bundles = {seq: self._depot.make(home / f"{seq}", thirty(seq), seq=seq) for seq in (6, 7, 8)}
        site = hospital(self._start, self._depot)
        for seq in {"install": (), "update": (7,), "rollback": (7, 8)}[what]:
            site.install(self._bundles[seq])
        self._start.mkdir(exist_ok=True)
        self.old, self.new = {"install": (None, 7), "update": (7, 8), "rollback": (8, 7)}[what]

    def calls(self) -> str:
        """The log of all calls of CALLS where nothing fails, one a line."""
        self._begin()
        log = self._home / "calls"
        status = self._traced(["-o", str(log), "-e", f"trace={','.join(CALLS)}"])
        assert status == 0, status
        return log.read_text()

    def points(self) -> list[Point]:
        """Every call that could fail, in the order of names."""
        counts = Counter(re.findall(r"^(\w+)\(", self.calls(), re.MULTILINE))
        return [
            Point(call, number, kind)
            for call in sorted(counts)
            for number in range(1, counts[call] + 1)
            for kind in KINDS
        ]

    def fault(self, point: Point) -> Told:
        """Let one fault happen, look at the site, then run the operation again."""
        self._begin()
        what = "signal=KILL" if point.kind == "KILL" else f"error={point.kind}"
        inject = f"inject={point.call}:{what}:when={point.number}"
        status = self._traced(["-o", os.devnull, "-e", f"trace={point.call}", "-e", inject])
        return Told(point, status, self._torn(status))

    def _torn(self, status: int) -> str | None:
        if status not in {0, 3, -signal.SIGKILL}:
            return f"it ended with status {status}, and not with an error of ours"
        site = self._site()
        if (fault := _mixture(site, self.old, self.new)) is not None:
            return fault
        try:
            acted = self._act(site)
        except CoderevError as error:
            return f"a rerun fails: {error}"
        if (fault := _mixture(site, self.new)) is not None:
            return f"after a rerun {fault}"
        ended = Journal(site.site.state).history()[-1].ended
        well = ended is not None and ended.outcome in {"installed", "live already", "gone back"}
        return None if well or not acted else "the journal does not tell how the rerun ended"

    def _site(self) -> Hospital:
        return hospital(self._run, self._depot)

    def _begin(self) -> None:
        shutil.rmtree(self._run, ignore_errors=True)
        subprocess.run(["cp", "-a", str(self._start), str(self._run)], check=True)  # hard links stay such
        (self._run / "tmp").mkdir()

    def _act(self, site: Hospital) -> bool:
        """Do it; going back to what is live already is nothing to do."""
        if self.what != "rollback":
            site.install(self._bundles[self.new])
        elif (site.live or "").startswith(f"{self.new}-"):
            return False
        else:
            rollback(Wish(seq=self.new), site.order(), NOW, lambda _: None)
        return True

    def _traced(self, options: Sequence[str]) -> int:
        """Run the operation in a child under strace; its exit status: 0, 3 for an error of ours, 1, or a signal."""
        child = self._forked()
        os.waitid(os.P_PID, child, os.WSTOPPED | os.WNOWAIT)
        with subprocess.Popen(
            ["strace", "-p", str(child), *options], stderr=subprocess.PIPE, stdout=subprocess.DEVNULL
        ) as strace:
            try:
                for line in strace.stderr or ():
                    if b"attached" in line:
                        break
                os.kill(child, signal.SIGCONT)
                _, status = os.waitpid(child, 0)
            finally:
                strace.wait(MAX_SECONDS)
        return os.waitstatus_to_exitcode(status)

    def _forked(self) -> int:
        child = os.fork()
        if child:
            return child
        status = 1
        try:
            ctypes.CDLL(None).prctl(*_TRACER_ANYBODY, 0, 0, 0)
            signal.alarm(MAX_SECONDS)
            tempfile.tempdir = str(self._run / "tmp")
            os.kill(os.getpid(), signal.SIGSTOP)
            self._act(self._site())
            status = 0
        except CoderevError:
            status = 3
        finally:
            os._exit(status)


def _mixture(site: Hospital, *allowed: int | None) -> str | None:
    """Why what is live is not wholly one of these releases."""
    live = site.live
    seq = None if live is None else int(live.partition("-")[0])
    if seq not in allowed:
        return f"seq {seq} is live"
    if seq is not None and site.tree() != thirty(seq):
        return f"what is live is not seq {seq}, whole"
    return None


def chosen(points: Sequence[Point], count: int, seed: int) -> list[Point]:
    """Some points, the same in every run."""
    return random.Random(seed).sample(list(points), min(count, len(points)))


def can_trace() -> bool:
    """Whether strace is here and may attach to a child."""
    if shutil.which("strace") is None:
        return False
    done = subprocess.run(["strace", "-o", os.devnull, "true"], check=False, capture_output=True, timeout=MAX_SECONDS)
    return done.returncode == 0


def every(home: Path, choose: Callable[[list[Point]], Sequence[Point]]) -> Iterator[tuple[What, Told]]:
    """The faults of install, update and rollback that `choose` takes."""
    whats: tuple[What, ...] = ("install", "update", "rollback")
    for what in whats:
        trial = Trial(what, home / what)
        for point in choose(trial.points()):
            yield what, trial.fault(point)
