"""Custody: who had the bundle, where, when, on which medium, and what was done with it (spec/bundle.md 10.1 to 10.4).

Up to signing the records travel in `CUSTODY.jsonl`, and `travel` adds to them. From then on they stand below the site's
state folder, signed line by line with a custody key that the site makes for itself and release trust never accepts
(5.12): `open_custody(…).add(…)`. Custody tells; it decides nothing about what may be installed.
"""

import fcntl
import os
import pwd
import secrets
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from hashlib import sha256
from io import FileIO
from pathlib import Path
from typing import Annotated, Any, Literal

import msgspec
from securesystemslib.exceptions import UnverifiedSignatureError
from securesystemslib.signer import CryptoSigner, Key, Signature, Signer

from coderev.bundle.format.entries import Digest, Entry
from coderev.bundle.host.disk import sync_folder, write_all
from coderev.bundle.inputs import NotAPlainFile, read_plain
from coderev.bundle.labels import Medium
from coderev.errors import InputError, TrustError
from coderev.files import CannotWrite, write_atomic
from coderev.settings import environment
from coderev.trust import canonical, chain, keys

CUSTODY_FILE = "CUSTODY.jsonl"  # on a medium
MAX_TRAVELLING_BYTES = 1024 * 1024  # of it
MAX_CUSTODY_BYTES = 256 * 1024 * 1024  # of a site's own records: some 400,000 steps
MAX_DETAIL = 1024  # characters
MAX_REPORT_BYTES = 64 * 1024 * 1024  # of a verification report: 200,000 faults
KEY_FILE = "key.pem"  # passphrase and private key
PASSPHRASE_BYTES = 32  # of chance

Step = Literal["created", "signed", "copied", "scanned", "verified", "installed"]
_Short = Annotated[str, msgspec.Meta(max_length=MAX_DETAIL)]
_REPORT = b"coderev verification report 1\n"  # before what is signed, so that no line of custody passes for a report


class CustodyTooLong(InputError):
    """The custody of a bundle or a site has more records than are read."""

    message = "{path} has {size} bytes, and at most {limit} are read"
    hint = "move the file away and keep it: the next record begins a new one"


class CustodyKeyMissing(InputError):
    """The site's custody key cannot be opened, so nothing can be added that others would believe."""

    message = "the custody key in {folder} cannot be used: {reason}"
    hint = "bring key.pem back from a copy, or make a new key with `coderev keys rotate --custody`"


class ReportRefused(TrustError):
    """A verification report is not as this site's custody key signed it."""

    message = "{path} is no verification report of this site: {reason}"
    hint = "ask whoever brought it for the file that `coderev bundle verify --report` wrote; or verify the bundle again"


class Record(Entry, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """One step: what was done with which bundle, by whom, on which host, when (10.3)."""

    step: Step
    manifest: Digest  # SHA-256 of MANIFEST.json
    at: datetime  # UTC, whole seconds
    by: _Short  # the account
    host: _Short
    medium: Medium | None = None
    travelled: Digest | None = None  # of the last line of CUSTODY.jsonl as it came: joins the two chains
    details: Mapping[str, _Short] = {}  # such as keys, scanner, verdict, outcome


class _Report(Entry, frozen=True, kw_only=True):
    report: dict[str, object]
    keyid: Digest
    sig: Annotated[str, msgspec.Meta(pattern=r"^(?:[0-9a-f]{2}){1,256}\Z")]


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """A line of custody that was found whole: its record, the key id that signed it, its own digest."""

    record: Record
    signer: str | None
    digest: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Travelled:
    """The custody that came on a medium: its records, or why they are not to be believed."""

    told: tuple[Told, ...]
    fault: str | None  # None: the chain is whole

    @property
    def head(self) -> str | None:
        """The digest of the last line, which the site's own records carry on."""
        return self.told[-1].digest if self.told else None


def record(
    step: Step,
    manifest: str,
    at: datetime,
    *,
    medium: Medium | None = None,
    travelled: str | None = None,
    details: Mapping[str, str] | None = None,
) -> Record:
    """What is recorded of a step that this account does on this host; `manifest` is the SHA-256 of MANIFEST.json."""
    kept = {name: _spelt(text) for name, text in sorted((details or {}).items())}
    return Record(
        step=step,
        manifest=manifest,
        at=at.replace(microsecond=0),
        by=operator(),
        host=_spelt(os.uname().nodename),
        medium=medium,
        travelled=travelled,
        details=kept,
    )


def operator() -> str:
    """The account that runs this, and who became it with sudo."""
    try:
        own = pwd.getpwuid(os.getuid()).pw_name
    except KeyError:  # a container runs under a number
        own = str(os.getuid())
    who = environment("SUDO_USER")
    return _spelt(f"{who} as {own}" if who else own)


def _spelt(text: str) -> str:
    """As canonical JSON wants it (2.1): in NFC, and without what is no character."""
    return unicodedata.normalize("NFC", text.encode(errors="replace").decode())[:MAX_DETAIL]


def travel(content: bytes, added: Record, signer: Signer | None = None) -> bytes:
    """The next content of CUSTODY.jsonl, with one record more (10.4). Raises ChainBroken, CustodyTooLong."""
    links = chain.read_chain(content)
    content += chain.next_line(_plain(added), links[-1].digest if links else None, signer)
    if len(content) > MAX_TRAVELLING_BYTES:
        raise CustodyTooLong(path=CUSTODY_FILE, size=len(content), limit=MAX_TRAVELLING_BYTES)
    return content


def read_travelling(content: bytes) -> Travelled:
    """The custody that came on a medium. It decides nothing, so a fault is told and not raised (10.4)."""
    if len(content) > MAX_TRAVELLING_BYTES:
        return Travelled(told=(), fault=f"it has more than {MAX_TRAVELLING_BYTES} bytes")
    try:
        return Travelled(told=_told(chain.read_chain(content)), fault=None)
    except chain.ChainBroken as error:
        return Travelled(told=(), fault=str(error))


def travelled_on(medium: Path) -> Travelled:
    """The custody on one medium, read once; what cannot be read is told as its fault (10.4)."""
    try:
        return read_travelling(read_plain(medium, CUSTODY_FILE, MAX_TRAVELLING_BYTES))
    except (NotAPlainFile, OSError) as error:
        return Travelled(told=(), fault=f"{error}")


class Custody:
    """The custody of one site: a file of signed lines, and the key that signs them."""

    def __init__(self, state: Path) -> None:
        """Nothing is read or made before it is needed."""
        self._path, self._folder = state / "custody.jsonl", state / "custody"

    @property
    def key_ids(self) -> frozenset[str]:
        """The key ids of the site's custody, now and earlier: no role of release trust may name one (5.12)."""
        return frozenset(self._keys())

    def add(self, added: Record, *more: Record) -> Told:
        """Sign records and bring them to disk after all that is there, which must be whole; the last one's line.

        The custody key is made on first use. Raises ChainBroken, CustodyKeyMissing, CustodyTooLong, CannotWrite.
        """
        signer = self._signer
        try:
            with self._locked() as file:
                whole = self._whole(file)
                links = chain.read_chain(whole, keys=self._keys())
                lines = _lines((added, *more), links[-1].digest if links else None, signer)
                try:
                    write_all(file, memoryview(b"".join(lines)))
                    os.fsync(file.fileno())
                except OSError:
                    file.truncate(len(whole))
                    raise
            sync_folder(self._path.parent)
        except OSError as error:
            raise CannotWrite(path=self._path, reason=error.strerror or error) from error
        return Told(record=(added, *more)[-1], signer=signer.public_key.keyid, digest=_digest(lines[-1]))

    def read(self, *, head: str | None = None) -> tuple[Told, ...]:
        """All records; `head` is the digest of one that is known to be there (10.2). Raises ChainBroken.

        A line without its line break was never written (10.1).
        """
        content = read_plain(self._path.parent, self._path.name, MAX_CUSTODY_BYTES) if self._path.exists() else b""
        whole = content[: content.rfind(b"\n") + 1]
        return _told(chain.read_chain(whole, keys=self._keys(), head=head))

    def sign_report(self, report: Mapping[str, object]) -> bytes:
        """A verification report with the signature of the site's custody key, as canonical JSON.

        Raises NotCanonical, CustodyKeyMissing, CannotWrite.
        """
        signature = self._signer.sign(_REPORT + canonical.encode(report))
        signed = _Report(report=dict(report), keyid=signature.keyid, sig=signature.signature)
        return canonical.encode(signed) + b"\n"

    def read_report(self, path: Path) -> Mapping[str, object]:
        """What a verification report says, if a custody key of this site signed it. Raises ReportRefused."""
        try:
            content = read_plain(path.parent, path.name, MAX_REPORT_BYTES)
            signed = canonical.decode_as(_Report, content.removesuffix(b"\n"), limit=MAX_REPORT_BYTES)
        except (NotAPlainFile, canonical.NotCanonical) as error:
            raise ReportRefused(path=path, reason=error) from error
        if (key := self._keys().get(signed.keyid)) is None:
            raise ReportRefused(path=path, reason=f"it is signed by {signed.keyid}, which is no key of custody here")
        try:
            key.verify_signature(Signature(signed.keyid, signed.sig), _REPORT + canonical.encode(signed.report))
        except UnverifiedSignatureError as error:
            raise ReportRefused(path=path, reason="the signature is wrong") from error
        return signed.report

    def make_key(self) -> str:
        """Make the site's next custody key and its passphrase, for this account only; the new key id.

        Keys of earlier lines stay known by their public halves. Raises CannotWrite.
        """
        signer = self._make()
        self.__dict__["_signer"] = signer
        return signer.public_key.keyid

    def _make(self) -> CryptoSigner:
        signer, passphrase = keys.make_key(keys.Algorithm.ED25519), secrets.token_hex(PASSPHRASE_BYTES).encode()
        try:
            (self._folder / "public").mkdir(mode=0o755, parents=True, exist_ok=True)
        except OSError as error:
            raise CannotWrite(path=self._folder, reason=error.strerror or error) from error
        pair = passphrase + b"\n" + keys.write_private(signer, passphrase)
        write_atomic(self._folder / KEY_FILE, pair, mode=0o600)
        self._publish(signer.public_key)
        return signer

    def _publish(self, key: Key) -> None:
        """Keep the public half; after the private one, so that whatever stops this in between is made good later."""
        path = self._folder / "public" / f"{key.keyid}.pem"
        if path.exists():
            return
        write_atomic(path, keys.write_public(key), mode=0o644)
        try:
            for folder in (path.parent, self._folder, self._path.parent):
                sync_folder(folder)
        except OSError as error:
            raise CannotWrite(path=path, reason=error.strerror or error) from error

    @cached_property
    def _signer(self) -> CryptoSigner:
        """The custody key; its passphrase stands before it, for a station signs without a person (see keys.md)."""
        if not (self._folder / KEY_FILE).exists():
            if self._keys():
                raise CustodyKeyMissing(folder=self._folder, reason=f"{KEY_FILE} is gone")
            return self._make()  # opening it again would cost a tenth of a second
        try:
            passphrase, _, pem = read_plain(self._folder, KEY_FILE, keys.MAX_PRIVATE_BYTES).partition(b"\n")
            signer = keys.read_private(pem, passphrase)
        except InputError as error:
            raise CustodyKeyMissing(folder=self._folder, reason=error) from error
        self._publish(signer.public_key)
        return signer

    def _keys(self) -> dict[str, Key]:
        found: dict[str, Key] = {}
        for path in sorted((self._folder / "public").glob("*.pem")):
            key = keys.read_public(read_plain(path.parent, path.name, keys.MAX_PRIVATE_BYTES))
            found[key.keyid] = key
        return found

    @contextmanager
    def _locked(self) -> Iterator[FileIO]:
        self._path.parent.mkdir(mode=0o755, parents=True, exist_ok=True)
        descriptor = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC | os.O_NOFOLLOW, 0o644)
        with FileIO(descriptor, "r+") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            yield file

    def _whole(self, file: FileIO) -> bytes:
        """What is there, without a last line that a power cut left unfinished."""
        if (size := os.fstat(file.fileno()).st_size) > MAX_CUSTODY_BYTES:
            raise CustodyTooLong(path=self._path, size=size, limit=MAX_CUSTODY_BYTES)
        content = file.readall()
        whole = content[: content.rfind(b"\n") + 1]
        if len(whole) < len(content):
            file.truncate(len(whole))
        return whole


def open_custody(state: Path) -> Custody:
    """The custody below a site's state folder (`bundle.state` in the settings)."""
    return Custody(state)


def _lines(added: Sequence[Record], previous: str | None, signer: Signer) -> list[bytes]:
    lines: list[bytes] = []
    for each in added:
        lines.append(chain.next_line(_plain(each), previous, signer))
        previous = _digest(lines[-1])
    return lines


def _digest(line: bytes) -> str:
    """Of a line, without its break: what the next one carries."""
    return sha256(line.removesuffix(b"\n")).hexdigest()


def _plain(added: Record) -> dict[str, Any]:
    plain: dict[str, Any] = msgspec.to_builtins(added)
    msgspec.convert(plain, Record)  # nothing is added that would not be read
    return plain


def _told(links: Sequence[chain.Link]) -> tuple[Told, ...]:
    return tuple(
        Told(record=_record(number, link), signer=link.signer, digest=link.digest)
        for number, link in enumerate(links, start=1)
    )


def _record(number: int, link: chain.Link) -> Record:
    try:
        return msgspec.convert(dict(link.record), Record)
    except msgspec.ValidationError as error:
        raise chain.ChainBroken(line=number, reason=f"it is no record of custody: {error}") from error
