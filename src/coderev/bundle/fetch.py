"""Brings a published bundle to the connected side, or onto a medium: proved chunk by chunk, resumable at any byte.

The order, of which each step uses only what the steps before it have proved (spec/bundle.md 6.1 to 6.5, without the
judgements about one site, which the site makes itself):

1. Metadata into memory, under caps. The root is the one on paper; TUF and OpenPGP must both be good.
2. Metadata into the spool, so that `bundle verify --spool` can say what is still missing.
3. Each part: what is there already is read again and compared; the rest is fetched, and only whole chunks that were
   compared are written. A chunk that is wrong is fetched once more; wrong twice, it ends the matter.
"""

import asyncio
import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from io import FileIO
from pathlib import Path

from coderev.bundle import gpgv
from coderev.bundle.bootstrapping import BOOTSTRAP, MAX_FILES
from coderev.bundle.custody import CUSTODY_FILE, MAX_TRAVELLING_BYTES
from coderev.bundle.format.chunks import CHUNK_BYTES, blob_digest, fill
from coderev.bundle.format.entries import Blob
from coderev.bundle.format.layout import Span, lay_out
from coderev.bundle.format.manifest import MAX_MANIFEST_BYTES, Manifest, decode
from coderev.bundle.format.parts import part_name
from coderev.bundle.format.paths import path_fault
from coderev.bundle.host.disk import replace_file, sync_folder, write_all, writing
from coderev.bundle.making.checksums import MAX_CHECKSUMS_BYTES
from coderev.bundle.publication import Interrupted, NotServed, Publication
from coderev.errors import InputError, TrustError, Unavailable
from coderev.trust import metadata, openpgp, wire

ATTEMPTS = 6  # in a row that bring nothing; after each a longer wait
FIRST_WAIT = 1.0  # seconds; doubles
MAX_FIRST_BYTES = 256 * 1024 * 1024  # of one of them

Watch = Callable[[int], None]  # is told bytes that are there and right


class NotPublished(InputError):
    """An address serves no bundle."""

    message = "{url} serves no bundle: {name} is not there"
    hint = "name the address of the folder that holds tuf/ and MANIFEST.json, or medium-1/"


class MediumUnlisted(InputError):
    """A medium was asked for that the bundle does not have."""

    message = "there is no medium {medium}: the bundle has {count}"
    hint = "leave --medium out for all parts"


class SpoolOccupied(InputError):
    """The spool holds another bundle."""

    message = "{spool} holds another bundle than {url}"
    hint = "name another folder with --spool"


class FetchedWrong(TrustError):
    """A publisher gives other bytes than those that were signed."""

    message = "{url}: {what}: these are not the bytes that were signed{twice}"
    hint = "what was proved is kept; ask the publisher, and compare with another copy of the bundle"


class SpoolUnreadable(Unavailable):
    """What was fetched before cannot be read again."""

    message = "{path} cannot be read: {reason}"
    hint = "remove the file and run the same command again"


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """What to fetch: into which folder, by which root on paper, at which time; the parts of which medium, or all."""

    spool: Path
    root: str  # SHA-256
    at: datetime
    medium: int | None = None
    first_wait: float = FIRST_WAIT


@dataclass(frozen=True, slots=True, kw_only=True)
class Proved:
    """The metadata of a published bundle: its files by their paths on a medium, and what they prove."""

    files: dict[str, bytes]
    manifest: Manifest
    digest: str  # SHA-256 of MANIFEST.json
    tuf: tuple[str, ...]  # key ids that signed the targets
    openpgp: tuple[str, ...]  # fingerprints


async def fetch(publication: Publication, order: Order, proved: Callable[[Proved], None], watch: Watch) -> Proved:
    """Fetch a bundle into a spool; called again, it goes on. `proved` is told when the metadata was.

    Raises NotPublished, MediumUnlisted, NotServed, NotPermitted, FetchedWrong, SpoolOccupied, what
    `metadata.judge` and `gpgv.signers` raise, ManifestRefused, DiskFull, DiskFails.
    """
    await publication.open()
    url = publication.address("").rstrip("/")
    found = prove(await _metadata(publication), order, url)
    wanted = numbers_of(found.manifest, order.medium)
    proved(found)
    await asyncio.to_thread(_keep, found, order, url)
    await _bring_first_files(publication, order.spool, found.files.get("CHECKSUMS.sha256", b""))
    spans: list[list[Span]] = [[] for _ in found.manifest.parts]
    for span in lay_out(found.manifest.parts, found.manifest.blobs):
        spans[span.part].append(span)
    for number in wanted:
        await _Part(publication, found.manifest, number, spans[number], order).bring(watch)
    with writing(order.spool):
        sync_folder(order.spool / "parts" if spans else order.spool)
    return found


def numbers_of(manifest: Manifest, medium: int | None) -> tuple[int, ...]:
    """The parts of a medium, or all. Raises MediumUnlisted."""
    found = tuple(number for number, part in enumerate(manifest.parts) if medium in (None, part.medium))
    if medium is not None and not found:
        raise MediumUnlisted(medium=medium, count=max((part.medium for part in manifest.parts), default=0))
    return found


async def _metadata(publication: Publication) -> dict[str, bytes]:
    files: dict[str, bytes] = {}
    while (root := await publication.small(_root_name(len(files) + 1), wire.MAX_ROOT_BYTES)) is not None:
        files[_root_name(len(files) + 1)] = root
        if len(files) > metadata.MAX_ROOTS:
            raise NotServed(url=publication.address("tuf/"), reason=f"it has more than {metadata.MAX_ROOTS} roots")
    if not files:
        raise NotPublished(url=publication.address("").rstrip("/"), name=_root_name(1))
    for name, limit in (
        ("tuf/timestamp.json", wire.MAX_TARGETS_BYTES),
        ("tuf/snapshot.json", wire.MAX_TARGETS_BYTES),
        ("tuf/targets.json", wire.MAX_TARGETS_BYTES),
        ("MANIFEST.json", MAX_MANIFEST_BYTES),
        ("KEYRING.gpg", openpgp.MAX_KEYRING_BYTES),
        ("SIGNATURE.asc", openpgp.MAX_SIGNATURE_BYTES),
    ):
        if (content := await publication.small(name, limit)) is None:
            raise NotPublished(url=publication.address("").rstrip("/"), name=name)
        files[name] = content
    for name, limit in ((CUSTODY_FILE, MAX_TRAVELLING_BYTES), ("CHECKSUMS.sha256", MAX_CHECKSUMS_BYTES)):
        if (content := await publication.small(name, limit)) is not None:  # they prove nothing (1.6, 10.4)
            files[name] = content
    return files


def _root_name(version: int) -> str:
    return f"tuf/{version}.root.json"


def prove(files: dict[str, bytes], order: Order, url: str) -> Proved:
    """Believe the metadata that came from an address, or say why not (6.1 to 6.5). Raises as `fetch` does."""
    roots = tuple(content for name, content in files.items() if name.endswith(".root.json"))
    offered = metadata.Offered(
        roots=roots,
        timestamp=files["tuf/timestamp.json"],
        snapshot=files["tuf/snapshot.json"],
        targets=files["tuf/targets.json"],
    )
    accepted = metadata.Accepted(root=metadata.root_on_paper(roots, order.root))  # 6.1
    trusted = metadata.judge(offered, accepted, order.at)  # 6.2
    for name, target in (("MANIFEST.json", trusted.manifest), ("KEYRING.gpg", trusted.keyring)):  # 6.3
        if (len(files[name]), sha256(files[name]).hexdigest()) != (target.length, target.digest):
            raise FetchedWrong(url=url, what=name, twice="")
    pins = openpgp.Pins(pinned=trusted.fingerprints)
    signers = gpgv.signers(files["MANIFEST.json"], files["SIGNATURE.asc"], files["KEYRING.gpg"], pins, order.at)  # 6.4
    manifest = decode(files["MANIFEST.json"])  # 6.5
    if manifest.seq != trusted.seq:  # 5.5
        raise FetchedWrong(url=url, what="the seq of MANIFEST.json", twice="")
    if order.at >= manifest.expires:  # 6.6
        raise metadata.BundleExpired(digest=trusted.manifest.digest, expired=f"manifest on {manifest.expires:%Y-%m-%d}")
    return Proved(
        files=files,
        manifest=manifest,
        digest=trusted.manifest.digest,
        tuf=trusted.signers["targets"],
        openpgp=tuple(signer.primary for signer in signers),
    )


def _keep(found: Proved, order: Order, url: str) -> None:
    """Put the metadata into the spool, which must be new or of the same bundle. Raises SpoolOccupied, DiskFails."""
    manifest = order.spool / "MANIFEST.json"
    with writing(order.spool):
        if manifest.exists() and manifest.read_bytes() != found.files["MANIFEST.json"]:
            raise SpoolOccupied(spool=order.spool, url=url)
        for folder in ("tuf", "parts"):
            (order.spool / folder).mkdir(parents=True, exist_ok=True)
        for name, content in found.files.items():
            replace_file(order.spool / name, content)


async def _bring_first_files(publication: Publication, spool: Path, checksums: bytes) -> None:
    """What is below `bootstrap/`, as CHECKSUMS.sha256 lists it. Paper proves it, so here it is only compared (13.2)."""
    listed = _first_files(checksums)
    if len(listed) > MAX_FILES:
        address = publication.address("CHECKSUMS.sha256")
        raise NotServed(url=address, reason=f"it lists more than {MAX_FILES} files below `{BOOTSTRAP}/`")
    for digest, name in listed:
        path = spool / name
        with writing(path):
            if path.exists() and sha256(path.read_bytes()).hexdigest() == digest:
                continue
        content = await publication.small(name, MAX_FIRST_BYTES)
        if content is None or sha256(content).hexdigest() != digest:
            raise NotServed(url=publication.address(name), reason="it is not what CHECKSUMS.sha256 lists")
        with writing(path):
            path.parent.mkdir(parents=True, exist_ok=True)
            replace_file(path, content)


def _first_files(checksums: bytes) -> list[tuple[str, str]]:
    lines = [line.partition("  ")[::2] for line in checksums.decode(errors="replace").splitlines()]
    return [(digest, name) for digest, name in lines if name.startswith(f"{BOOTSTRAP}/") and not path_fault(name)]


class _Part:
    """One part on its way into the spool. The file there holds whole chunks that were compared, and nothing else."""

    def __init__(
        self, publication: Publication, manifest: Manifest, number: int, spans: Sequence[Span], order: Order
    ) -> None:
        self._publication, self._number, self._spans, self._order = publication, number, spans, order
        self._part, self._blobs = manifest.parts[number], manifest.blobs
        self._path = order.spool / part_name(number)
        self._done = 0  # spans
        self._suspect = -1  # the span that was wrong once

    async def bring(self, watch: Watch) -> None:
        with writing(self._path):
            file = FileIO(os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o644), "r+")
        with file:
            await asyncio.to_thread(self._compare, file, watch)
            vain = 0
            while self._done < len(self._spans):
                before = self._done
                try:
                    await self._read_on(file, watch)
                except Interrupted as error:
                    vain = 0 if self._done > before else vain + 1
                    if vain >= ATTEMPTS:
                        raise NotServed(url=self._url, reason=error) from error
                    await asyncio.sleep(self._order.first_wait * 2**vain)
            with writing(self._path):
                os.fsync(file.fileno())

    @property
    def _url(self) -> str:
        return self._publication.address(part_name(self._number), self._part.medium)

    @property
    def _offset(self) -> int:
        return self._spans[self._done].offset if self._done < len(self._spans) else self._part.size

    def _compare(self, file: FileIO, watch: Watch) -> None:
        """Count the chunks that are there and right; what comes after them is cut off."""
        buffer = memoryview(bytearray(CHUNK_BYTES))
        for span in self._spans:
            view = buffer[: span.length]
            if not self._read(file, view) or not _is_right(self._blobs[span.blob], span, view):
                break
            self._done += 1
            watch(span.length)
        with writing(self._path):
            file.truncate(self._offset)
            file.seek(self._offset)

    def _read(self, file: FileIO, view: memoryview) -> bool:
        """Fill a view from the file; whether there was enough."""
        try:
            return fill(file, view) == len(view)
        except OSError as error:
            raise SpoolUnreadable(path=self._path, reason=error.strerror) from error

    async def _read_on(self, file: FileIO, watch: Watch) -> None:
        buffer, filled = memoryview(bytearray(CHUNK_BYTES)), 0
        name = part_name(self._number)
        async with self._publication.stream(name, self._part.medium, self._offset, self._part.size) as pieces:
            async for piece in pieces:
                rest = memoryview(piece)
                while rest and self._done < len(self._spans):
                    wanted = min(self._spans[self._done].length - filled, len(rest))
                    buffer[filled : filled + wanted] = rest[:wanted]
                    filled, rest = filled + wanted, rest[wanted:]
                    if filled == self._spans[self._done].length:
                        self._take(file, buffer[:filled])
                        watch(filled)
                        filled = 0
                if self._done == len(self._spans):
                    return  # what comes after the listed end is not read
        raise Interrupted("it ended before the part did")

    def _take(self, file: FileIO, view: memoryview) -> None:
        """Write one chunk, if it is right (7.2)."""
        span = self._spans[self._done]
        if not _is_right(self._blobs[span.blob], span, view):
            what = f"part {self._number}, bytes {span.offset} to {span.offset + span.length}"
            if self._suspect == self._done:
                raise FetchedWrong(url=self._url, what=what, twice=", and a second fetch gave no others")
            self._suspect = self._done
            raise Interrupted("it came wrong")
        with writing(self._path):
            write_all(file, view)
        self._done += 1


def _is_right(blob: Blob, span: Span, view: memoryview) -> bool:
    """4.2, 4.3."""
    found = sha256(view).digest()
    return found.hex() == blob.chunks[span.chunk] if blob.chunks else blob_digest((found,)) == blob.digest
