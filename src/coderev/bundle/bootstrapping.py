"""What a bare host starts from: a script, a lock of digests and the wheels themselves; and what of it goes on paper.

Clause 13 of spec/bundle.md. Nothing of `bootstrap/` is proved by the bundle's signatures, since nothing on a bare host
could check them: the paper proves it.
"""

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from hashlib import file_digest, sha256
from importlib.resources import files
from pathlib import Path

from coderev.bundle.inputs import NotAPlainFile, open_plain, read_plain
from coderev.bundle.making.media_folders import copy_plain
from coderev.bundle.media import Media
from coderev.errors import InputError
from coderev.files import CannotWrite, write_atomic
from coderev.trust import metadata

BOOTSTRAP = "bootstrap"  # the folder, on a medium
SCRIPT, LOCK, WHEELS = "install.sh", "wheels.lock", "wheels"  # in it
OURS, PIP = "coderev-platform", "pip"  # distributions that must be there
MAX_LOCK_BYTES = 4_000_000  # as the script reads it
MAX_WHEEL_BYTES = 2_000_000_000  # as the script reads it
MAX_WHEELS = 2000
MAX_FILES = MAX_WHEELS + 8  # of the folder: script and lock beside the wheels, and their folder
_WHEEL = re.compile(  # the binary distribution format of Python packages, "file name convention"
    r"(?P<name>[A-Za-z0-9](?:[A-Za-z0-9._]*[A-Za-z0-9])?)-(?P<version>[A-Za-z0-9.!+_]+)"
    r"(?:-[0-9][^-]*)?-[^-]+-[^-]+-[^-]+\.whl"
)
_GROUP = 8  # hex digits that a person compares at once


class WheelsRefused(InputError):
    """The folder of wheels does not make a first installation possible."""

    message = "{folder} cannot be the wheels of a first installation: {reason}"
    hint = "put in the wheels of coderev and all that it needs, one version each, and one wheel of pip"


class ScriptChanged(InputError):
    """The script on a medium is not the one that this coderev brings."""

    message = "{path} is not the script of this version"
    hint = "write it again with `coderev bundle bootstrap`"


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    """What paper carries for a first installation (13.2). Digests are SHA-256 in hex."""

    script: str
    lock: str
    root: str
    root_version: int
    fingerprints: tuple[str, ...]  # whole, of OpenPGP
    seq: int

    @property
    def lines(self) -> tuple[str, ...]:
        """The sheet as it is printed, its digits in groups that a person can compare."""
        return (
            "on paper, for the first installation:",
            f"SHA-256 of {BOOTSTRAP}/{SCRIPT}",
            f"  {_grouped(self.script, _GROUP)}",
            f"SHA-256 of {BOOTSTRAP}/{LOCK}",
            f"  {_grouped(self.lock, _GROUP)}",
            f"SHA-256 of the TUF root (tuf/{self.root_version}.root.json)",
            f"  {_grouped(self.root, _GROUP)}",
            *(line for each in self.fingerprints for line in ("OpenPGP fingerprint", f"  {_grouped(each, 4)}")),
            "least seq",
            f"  {self.seq}",
        )


def put(folder: Path, wheels: Path) -> tuple[str, str]:
    """Write the folder `bootstrap` of media from a folder of wheels; the digests of script and lock.

    Raises WheelsRefused, NotAPlainFile, CannotWrite.
    """
    found = {path.name: _digest(wheels, path.name) for path in _wheels(wheels)}
    lock, script = _lock(wheels, found), _script()
    try:
        (folder / WHEELS).mkdir(parents=True, exist_ok=True)
        for path in (folder / WHEELS).iterdir():
            if path.name not in found:
                path.unlink()
        for name in found:
            copy_plain(wheels / name, folder / WHEELS / name)
    except OSError as error:
        raise CannotWrite(path=folder / WHEELS, reason=error.strerror or error) from error
    write_atomic(folder / LOCK, lock)
    write_atomic(folder / SCRIPT, script, mode=0o755)
    return sha256(script).hexdigest(), sha256(lock).hexdigest()


def sheet(medium: Path, at: datetime) -> Sheet:
    """What goes on paper for a bundle whose metadata is wholly signed; `at` is the time.

    Raises what reading a medium raises, what `metadata.judge` raises, and ScriptChanged.
    """
    offered = Media(folders=(medium,)).read().offered
    root = offered.roots[-1]
    trusted = metadata.judge(offered, metadata.Accepted(root=root), at)
    folder = medium / BOOTSTRAP
    script = read_plain(folder, SCRIPT, MAX_LOCK_BYTES)
    if script != _script():
        raise ScriptChanged(path=folder / SCRIPT)
    return Sheet(
        script=sha256(script).hexdigest(),
        lock=sha256(read_plain(folder, LOCK, MAX_LOCK_BYTES)).hexdigest(),
        root=sha256(root).hexdigest(),
        root_version=trusted.root_version,
        fingerprints=tuple(sorted(trusted.fingerprints)),
        seq=trusted.seq,
    )


def _script() -> bytes:
    return (files("coderev.bundle") / BOOTSTRAP / SCRIPT).read_bytes()


def _wheels(folder: Path) -> list[Path]:
    try:
        found = sorted(path for path in folder.iterdir() if path.suffix == ".whl")
    except OSError as error:
        raise WheelsRefused(folder=folder, reason=error.strerror) from error
    if not 1 <= len(found) <= MAX_WHEELS:
        raise WheelsRefused(folder=folder, reason=f"it holds {len(found)} wheels, and 1 to {MAX_WHEELS} are taken")
    return found


def _digest(folder: Path, name: str) -> str:
    with open_plain(folder, name) as file:
        if (size := file.seek(0, 2)) > MAX_WHEEL_BYTES:
            raise NotAPlainFile(path=folder / name, reason=f"it has {size} bytes, more than a wheel may have")
        file.seek(0)
        return file_digest(file, "sha256").hexdigest()


def _lock(folder: Path, found: Mapping[str, str]) -> bytes:
    """A requirements file of pip: a version and the digests of its wheels for each distribution, pip's in a remark."""
    digests: dict[tuple[str, str], list[str]] = defaultdict(list)
    for name, digest in found.items():
        if (wheel := _WHEEL.fullmatch(name)) is None:
            raise WheelsRefused(folder=folder, reason=f"{name} is not named as a wheel is")
        digests[re.sub(r"[-_.]+", "-", wheel["name"]).lower(), wheel["version"]].append(digest)
    names = [name for name, _ in digests]
    if twice := next((name for name in names if names.count(name) > 1), None):
        raise WheelsRefused(folder=folder, reason=f"{twice} is there in two versions")
    for needed in (OURS, PIP):
        if needed not in names:
            raise WheelsRefused(folder=folder, reason=f"{needed} is missing")
    return "".join(f"{line}\n" for line in _lock_lines(digests)).encode()


def _lock_lines(digests: Mapping[tuple[str, str], list[str]]) -> Iterator[str]:
    for (name, version), found in sorted(digests.items()):
        if name == PIP:  # it runs from its wheel, and is not installed
            yield from (f"# pip --hash=sha256:{digest}" for digest in sorted(found))
        else:
            yield " ".join((f"{name}=={version}", *(f"--hash=sha256:{digest}" for digest in sorted(found))))


def _grouped(digits: str, size: int) -> str:
    return " ".join(digits[start : start + size] for start in range(0, len(digits), size))
