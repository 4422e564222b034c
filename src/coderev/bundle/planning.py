"""What an installation will do, before it does anything: which generation, what is missing, from which parts, and room.

Clauses 6.8, 7.1, 7.14 and 9.1 of spec/bundle.md. Only the store and the sizes of parts are read.
"""

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from coderev.bundle.format.entries import RoleName
from coderev.bundle.format.manifest import Manifest
from coderev.bundle.format.paths import folders_of
from coderev.bundle.format.reading import Fault, Kind
from coderev.bundle.host.disk import writing
from coderev.bundle.host.generations import Building, Contents, GenerationDamaged, read_contents
from coderev.bundle.host.store import Filling, OriginDamaged, Shelf, Stock, Watch, survey, wants
from coderev.bundle.judge import Verified
from coderev.bundle.media import Media
from coderev.bundle.progress import human_size
from coderev.bundle.site import Site
from coderev.errors import InputError, Unavailable
from coderev.trust import generations as states

RECORD_INODES = 8  # folders and files beside the tree's: records, `tmp`, the generation itself
SPARE_BYTES = 1 << 20  # for records and folders


class RoleUnknown(InputError):
    """The bundle brings nothing for one of the host's roles."""

    message = "the bundle has nothing for the role {role}; it has {known}"
    hint = "name the roles of this host with `--role`, or set bundle.roles in coderev.yaml"


class NoRoom(Unavailable):
    """The file system has less room than the bundle needs."""

    message = "{path} has {free} and {free_inodes} inodes free, and {wanted} and {inodes} inodes are needed"
    hint = "make room there and run the same command again; nothing was written"


class MediumMissing(Unavailable):
    """A part that is needed is on a medium that was not named."""

    message = "part {part} is not there: it is on medium {medium} of {media}"
    hint = "name the folder of medium {medium} too, and run the same command again; nothing was written"


class OriginMissing(InputError):
    """A delta was made for another generation than those that are here."""

    message = "the bundle is a delta to seq {seq} with the tree {tree}, which is neither live nor kept here, whole"
    hint = "bring the whole bundle, or a delta made with `--since` from this site's `coderev bundle inventory`"


@dataclass(frozen=True, slots=True, kw_only=True)
class Room:
    """What one file system has, and what it is asked for."""

    path: Path
    bytes: int
    inodes: int
    free: int
    free_inodes: int | None  # None: this file system makes inodes as it needs them

    def check(self) -> None:
        """Refuse what cannot fit (6.8). Raises NoRoom."""
        if self.free < self.bytes or (self.free_inodes is not None and self.free_inodes < self.inodes):
            raise NoRoom(
                path=self.path,
                free=human_size(self.free),
                free_inodes="enough" if self.free_inodes is None else self.free_inodes,
                wanted=human_size(self.bytes),
                inodes=self.inodes,
            )


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What will be done, for the operator to see."""

    verified: Verified
    building: Building
    before: states.Generation | None  # live now
    stock: Stock
    parts: tuple[int, ...]  # that will be read, by number
    rooms: tuple[Room, ...]

    @property
    def generation(self) -> states.Generation:
        """What will be live."""
        return self.building.contents.generation

    @property
    def stored_bytes(self) -> int:
        """How many bytes of parts will be read."""
        blobs = self.verified.manifest.blobs
        return sum(blob.size for blob in blobs if blob.unpacked.digest in self.stock.missing)


def contents_of(verified: Verified, roles: Sequence[RoleName]) -> Contents:
    """What hosts of these roles get (7.14). Raises RoleUnknown."""
    manifest = verified.manifest
    for role in roles:
        if role not in manifest.roles:
            raise RoleUnknown(role=role, known=", ".join(sorted(manifest.roles)))
    return Contents(manifest=manifest, content=verified.content, roles=tuple(sorted(set(roles))))


def plan(verified: Verified, building: Building, media: Media, watch: Watch) -> Plan:
    """Look at the store and at the parts.

    Raises OriginMissing, OriginDamaged, MediumMissing, PartWrong, PartUnreadable, DiskFails.
    """
    manifest = verified.manifest
    _check_base(manifest, verified.standing.generations.kept, building.site)
    wanted = wants(building.contents.files, manifest.sizes, building.shelf_of)
    stock = survey(wanted, watch)
    _check_held(stock, manifest)
    filling = Filling(manifest=manifest, media=media, base_of=lambda _: None)
    _, parts = filling.needed(stock.missing)
    _check_parts(parts, manifest, media)
    return Plan(
        verified=verified,
        building=building,
        before=verified.standing.generations.live,
        stock=stock,
        parts=tuple(sorted(parts)),
        rooms=tuple(_rooms(building, stock)),
    )


def nothing_to_write(verified: Verified, building: Building) -> Plan:
    """The plan where the very generation is here already, whole, and was compared: it only becomes live."""
    before = verified.standing.generations.live
    stock = Stock(right=frozenset(), missing={})
    return Plan(verified=verified, building=building, before=before, stock=stock, parts=(), rooms=())


def _check_base(manifest: Manifest, kept: Sequence[states.Generation], site: Site) -> None:
    """9.1."""
    origin = manifest.origin
    if origin is None:
        return
    for generation in kept:
        if generation.seq == origin.seq and _tree_of(site, manifest, generation) == origin.tree:
            return
    raise OriginMissing(seq=origin.seq, tree=origin.tree)


def _tree_of(site: Site, manifest: Manifest, generation: states.Generation) -> str | None:
    try:
        return read_contents(site, manifest.kind, generation).manifest.tree_digest
    except GenerationDamaged:
        return None  # it cannot be the base, which the error then says


def _check_held(stock: Stock, manifest: Manifest) -> None:
    held = {content.digest for content in manifest.held} & stock.missing.keys()
    if held:
        raise OriginDamaged(path=next(file.path for file in manifest.tree if file.blob in held))


def _check_parts(parts: set[int], manifest: Manifest, media: Media) -> None:
    """Every part is there and as long as listed, before anything is written; or will be asked for."""
    for number in sorted(parts):
        with media.there.part(number) as handle:
            if handle is None and media.bring is not None:
                continue
            if handle is None:
                medium, last = manifest.parts[number].medium, manifest.parts[-1].medium
                raise MediumMissing(part=number, medium=medium, media=last)
            fault = length_fault(handle, number, manifest)
        if fault is not None:
            raise fault.error()


def length_fault(handle: int, number: int, manifest: Manifest) -> Fault | None:
    """What is wrong with the length of a part that is open."""
    found, listed = os.fstat(handle).st_size, manifest.parts[number].size
    if found == listed:
        return None
    kind: Kind = "short" if found < listed else "long"
    return Fault(kind=kind, part=number, offset=min(found, listed), length=abs(found - listed))


def _rooms(building: Building, stock: Stock) -> list[Room]:
    asked: Mapping[Shelf, list[int]] = {shelf: [] for shelf in building.shelves}
    for want in stock.missing.values():
        for shelf, _ in want.places:
            asked[shelf].append(want.size)
    folders = len(folders_of([file.path for file in building.contents.files]))
    return [_room(Path(shelf.root), sizes, folders) for shelf, sizes in asked.items()]


def _room(root: Path, sizes: Sequence[int], folders: int) -> Room:
    there = next(each for each in (root, *root.parents) if each.exists())
    with writing(root):
        state = os.statvfs(there)
    block = state.f_frsize
    wanted = sum(-(-size // block) * block for size in sizes)
    return Room(
        path=root,
        bytes=wanted + SPARE_BYTES,
        inodes=len(sizes) + 2 * folders + RECORD_INODES,
        free=state.f_bavail * block,
        free_inodes=state.f_favail if state.f_files else None,
    )
