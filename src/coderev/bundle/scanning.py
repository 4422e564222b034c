"""The site's malware scanner, run over a mounted medium (spec/bundle.md 10.6).

No scanner is *not scanned*, a scanner that failed is *not scanned*, and one that passed over files is *partly scanned*:
only a scanner that read all and found nothing makes a medium *clean*. A scanner sees parts as they are stored.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal

from coderev.bundle.inputs import listing
from coderev.errors import InputError, TrustError
from coderev.process import Completed, ProcessTimedOut, ProgramMissing, run

Verdict = Literal["clean", "infected", "partly scanned", "not scanned"]

CLAMSCAN_MAX_BYTES = 2**31 - 1  # of one file: the most that ClamAV reads, and its exit status is 0 for a longer one
CLAMSCAN = (
    *("clamscan", "--recursive", "--infected", "--no-summary", "--stdout"),
    *(f"--max-filesize={CLAMSCAN_MAX_BYTES}", f"--max-scansize={CLAMSCAN_MAX_BYTES}", "--alert-exceeds-max=yes"),
)
VERSION_SECONDS = 60.0
SCAN_SECONDS = 12 * 3600.0  # a stick of 100 GB at 3 MB a second
MAX_OUTPUT = 1024 * 1024  # bytes of what a scanner says
MAX_NAMED = 5  # files in one line
_CLEAN, _INFECTED = 0, 1  # exit statuses of clamscan; another is a failure
_CLAMAV = re.compile(r"ClamAV (?P<program>[^/\s]+)/(?P<number>\d+)/(?P<date>.+)")
_OVER_LIMIT = re.compile(r": Heuristics\.Limits\.Exceeded\S* FOUND$")


class MediumInfected(TrustError):
    """The site's scanner found malware on the medium."""

    message = "{scanner} found {found}"
    hint = "do not use the medium; keep it for the security officer"


@dataclass(frozen=True, slots=True, kw_only=True)
class Scan:
    """What a scanner said of one folder. `signatures` is the day of its signatures, None where it names none."""

    verdict: Verdict
    scanner: str = ""  # the program
    version: str = ""
    signatures: datetime | None = None
    reason: str = ""  # what was found, what was passed over, why nothing was scanned

    def __str__(self) -> str:
        if self.verdict == "not scanned":
            return f"NOT SCANNED: {self.reason}"
        dated = f"signatures of {self.signatures:%Y-%m-%d}" if self.signatures else "its signatures have no date"
        reason = f": {self.reason}" if self.reason else ""
        return f"{self.verdict} by {self.version or self.scanner}, {dated}{reason}"

    @property
    def details(self) -> dict[str, str]:
        """What custody records of it."""
        found = {"verdict": self.verdict, "scanner": self.scanner, "version": self.version, "reason": self.reason}
        dated = {"signatures": f"{self.signatures:%Y-%m-%dT%H:%M:%SZ}"} if self.signatures else {}
        return {name: text for name, text in found.items() if text} | dated

    def check(self) -> None:
        """Refuse what is infected; what was not scanned is told, and refused by nobody. Raises MediumInfected."""
        if self.verdict == "infected":
            raise MediumInfected(scanner=self.scanner, found=self.reason or "malware")


def scan(folder: Path, *, command: Sequence[str] = (), seconds: float = SCAN_SECONDS) -> Scan:
    """Run the site's command, or clamscan where there is one, over all files of a mounted medium.

    `command` is a program and its arguments, before the folder. It keeps clamscan's exit statuses: 0 nothing found, 1
    found, another a failure. `seconds` is how long it may take.
    """
    argv = tuple(command) or CLAMSCAN
    try:
        version = _version(argv[0])
        done = run((*argv, str(folder.resolve())), seconds=seconds, max_output=MAX_OUTPUT)
    except ProgramMissing:
        return Scan(verdict="not scanned", reason=f"there is no {argv[0]} on this host")
    except ProcessTimedOut as error:
        return Scan(verdict="not scanned", scanner=argv[0], reason=str(error))
    judged = judge(argv[0], done, _too_long(folder) if argv is CLAMSCAN else ())
    name = _CLAMAV.match(version)
    return Scan(
        verdict=judged.verdict,
        scanner=argv[0],
        version=version,
        signatures=_date(name["date"]) if name else None,
        reason=judged.reason,
    )


def check(scans: Sequence[Scan]) -> None:
    """Refuse media of which one is infected. Raises MediumInfected."""
    for each in scans:
        each.check()


def judge(scanner: str, done: Completed, passed_over: Sequence[str]) -> Scan:
    """What a scanner's end means; `passed_over` are files that it cannot have read, whatever it says."""
    lines = done.stdout.decode(errors="replace").splitlines()
    over = [line for line in lines if _OVER_LIMIT.search(line)]
    found = [line for line in lines if line.endswith(" FOUND") and line not in over]
    if found or (done.status == _INFECTED and not over):
        return Scan(verdict="infected", scanner=scanner, reason=_few(found or ["malware, and did not say where"]))
    if done.status not in {_CLEAN, _INFECTED} or done.truncated:
        said = _few(done.stderr.decode(errors="replace").splitlines()[-1:]) or "it said nothing"
        return Scan(
            verdict="not scanned", scanner=scanner, reason=f"{scanner} failed with status {done.status}: {said}"
        )
    if unread := (*passed_over, *(_OVER_LIMIT.sub("", line) for line in over)):
        return Scan(verdict="partly scanned", scanner=scanner, reason=f"too long for it: {_few(unread)}")
    return Scan(verdict="clean", scanner=scanner)


def _version(program: str) -> str:
    done = run((program, "--version"), seconds=VERSION_SECONDS, max_output=MAX_OUTPUT)
    lines = done.stdout.decode(errors="replace").splitlines()
    return lines[0].strip() if done.status == 0 and lines else ""


def _date(text: str) -> datetime | None:
    """The date of ClamAV's signatures, as `Thu Nov 26 08:26:09 2026`."""
    try:
        return datetime.strptime(text.strip(), "%a %b %d %H:%M:%S %Y").replace(tzinfo=UTC)
    except ValueError:
        return None


def _too_long(folder: Path) -> tuple[str, ...]:
    try:
        return tuple(found.path for found in listing(folder) if found.size > CLAMSCAN_MAX_BYTES)
    except InputError as error:
        return (str(error),)


def _few(names: Sequence[str]) -> str:
    more = f" and {len(names) - MAX_NAMED} more" if len(names) > MAX_NAMED else ""
    return ", ".join(names[:MAX_NAMED]) + more
