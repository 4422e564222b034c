"""Generations on disk: folders of hard links into the store, built beside the others and named when they are whole.

Clauses 7.4, 7.5, 7.11, 7.13 and 8.4 of spec/bundle.md. Where models have a store of their own, their files are linked
in a folder of the same name there, and the generation has a symbolic link to each model's folder: the only links that
it may have.
"""

import os
import stat
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from io import FileIO
from pathlib import Path
from typing import Annotated

import msgspec

from coderev.bundle.format.chunks import CHUNK_BYTES, digest
from coderev.bundle.format.entries import File, RoleName
from coderev.bundle.format.manifest import MAX_MANIFEST_BYTES, Manifest, decode, tree_digest
from coderev.bundle.format.paths import folders_of
from coderev.bundle.host.disk import (
    link_or_copy,
    make_folders,
    make_folders_once,
    remove_tree,
    sync_file_system,
    take_place,
    writing,
)
from coderev.bundle.host.store import Shelf, Watch
from coderev.bundle.site import Kind, Site
from coderev.errors import TrustError
from coderev.trust import NotCanonical, canonical
from coderev.trust import generations as states

RECORDS = ".coderev"  # in a generation; no path of a tree may begin with it (3.8)
MANIFEST_FILE, ROLES_FILE = "MANIFEST.json", "roles.json"
MAX_ROLES_BYTES = 1024
_BUILDING = ".new-"  # before the name of a generation that is not whole yet

Identities = Collection[tuple[int, int]]


class GenerationDamaged(TrustError):
    """A generation is not what was installed: a file is missing, changed, added or has another mode."""

    message = "generation {name} is damaged: {path}: {reason}"
    hint = "install its bundle again, or go back to another generation; `coderev update history` lists them"


@dataclass(frozen=True, kw_only=True)
class Contents:
    """What a generation holds: the manifest, for which roles, and so which files. What is worked out, is so once."""

    manifest: Manifest
    content: bytes  # of MANIFEST.json, as it was verified
    roles: tuple[RoleName, ...]

    @cached_property
    def files(self) -> tuple[File, ...]:
        """The files of these roles, in the tree's order."""
        return self.manifest.files_of(self.roles)

    @cached_property
    def generation(self) -> states.Generation:
        """The generation's name and digest (7.4), and on which schema versions it runs."""
        runs = self.manifest.database
        schemas = None if runs is None else states.Schemas(lowest=runs.lowest, highest=runs.highest)
        return states.Generation(seq=self.manifest.seq, digest=tree_digest(self.files), schemas=schemas)

    @cached_property
    def model_folders(self) -> tuple[str, ...]:
        """The folders of models of which there are files here, the topmost only."""
        found = sorted({model.folder for model in self.manifest.models})
        top = [one for one in found if not any(one.startswith(f"{other}/") for other in found)]
        return tuple(one for one in top if any(is_below(file.path, one) for file in self.files))


def is_below(path: str, folder: str) -> bool:
    """Whether a path of the tree is the folder or in it."""
    return path == folder or path.startswith(f"{folder}/")


@dataclass(frozen=True, slots=True, kw_only=True)
class Building:
    """Where a generation of a site goes, and from which shelves its files are linked."""

    site: Site
    contents: Contents

    @property
    def kind(self) -> Kind:
        """The kind of bundle."""
        return self.contents.manifest.kind

    def shelf_of(self, file: File) -> Shelf:
        """The shelf of a file's content: files of models may have one of their own."""
        models = self.site.models
        return Shelf(root=str(models if models is not None and self._apart(file.path) else self.site.folder))

    @property
    def shelves(self) -> tuple[Shelf, ...]:
        """All shelves that files of this generation need."""
        models = self.site.models if self.contents.model_folders else None
        return tuple(Shelf(root=str(root)) for root in (self.site.folder, models) if root is not None)

    def _apart(self, path: str) -> bool:
        """Whether a file lies with the models, on the file system that is theirs."""
        return self.site.models is not None and any(is_below(path, one) for one in self.contents.model_folders)

    def stage(self) -> Path:
        """Build the generation, bring it to disk, then give it its name; a damaged one of that name is replaced.

        Raises DiskFull, DiskFails.
        """
        name = self.contents.generation.name
        final = self.site.generation(self.kind, name)
        with writing(final):
            for folder in self._tops(name):
                remove_tree(folder.with_name(_BUILDING + name))
            self._make(_BUILDING + name, final_name=name)
            for top in self._tops(name):  # the models first: a generation is named when all of it is there
                sync_file_system(top.parent)
            for top in self._tops(name):
                take_place(top.with_name(_BUILDING + name), top)
        return final

    def _tops(self, name: str) -> tuple[Path, ...]:
        own, models = self.site.generation(self.kind, name), self.site.models_of(name)
        return (own,) if models is None or not self.contents.model_folders else (models, own)

    def _make(self, name: str, *, final_name: str) -> None:
        for top in self._tops(name):
            make_folders(top.parent, top.parent.parent.parent)
            top.mkdir()
            top.chmod(0o755)
        *models, own = map(str, self._tops(name))
        made: set[str] = set()
        for file in self.contents.files:
            above = models[0] if models and self._apart(file.path) else own
            target = f"{above}/{file.path}"
            make_folders_once(target, above, made)
            link_or_copy(self.shelf_of(file).path(file.blob, file.mode), target)
        self._link_models(name, final_name)
        self._write_records(self.site.generation(self.kind, name) / RECORDS)

    def _link_models(self, name: str, final_name: str) -> None:
        models, own = self.site.models_of(final_name), self.site.generation(self.kind, name)
        for folder in self.contents.model_folders if models is not None else ():
            make_folders((own / folder).parent, own)
            (own / folder).symlink_to(_target(models, folder))

    def _write_records(self, folder: Path) -> None:
        folder.mkdir()
        folder.chmod(0o755)
        roles = canonical.encode(list(self.contents.roles))
        for name, content in ((MANIFEST_FILE, self.contents.content), (ROLES_FILE, roles)):
            (folder / name).write_bytes(content)
            (folder / name).chmod(0o644)

    def check(self, right: Identities = (), watch: Watch = lambda _: None) -> None:
        """The check `files` (7.13): every file is there with its content and mode, and nothing else is.

        `right`: identities of files whose content this run has read or written already, and found right.
        Raises GenerationDamaged, DiskFails.
        """
        name = self.contents.generation.name
        links = {folder: _target(self.site.models_of(name), folder) for folder in self.contents.model_folders}
        apart = self.site.models is not None and bool(links)
        expected = {file.path: file for file in self.contents.files if not (apart and self._apart(file.path))}
        own = _Checked(name=name, right=right, watch=watch)
        own.check(self.site.generation(self.kind, name), expected, links if apart else {}, records=True)
        if apart and (models := self.site.models_of(name)) is not None:
            theirs = {file.path: file for file in self.contents.files if self._apart(file.path)}
            own.check(models, theirs, {}, records=False)


def _target(models: Path | None, folder: str) -> str:
    return str((models or Path()) / folder)


class _Checked:
    """One walk over a generation."""

    def __init__(self, *, name: str, right: Identities, watch: Watch) -> None:
        self._name, self._right, self._watch = name, right, watch
        self._buffer = bytearray(CHUNK_BYTES)

    def check(self, top: Path, expected: Mapping[str, File], links: Mapping[str, str], *, records: bool) -> None:
        folders = set(folders_of(sorted([*expected, *links])))
        kept = {f"{RECORDS}/{name}" for name in (MANIFEST_FILE, ROLES_FILE)} if records else set[str]()
        seen: set[str] = set()
        for path, state in _walk(top, folders | ({RECORDS} if records else set())):
            seen.add(path)
            if path in expected:
                self._check_file(top, expected[path], state)
            elif path in links:
                self._check_link(top / path, path, links[path])
            elif path not in kept and not (stat.S_ISDIR(state.st_mode) and path in folders | {RECORDS}):
                raise self._damaged(path, "it was not installed")
        if absent := sorted((expected.keys() | links.keys() | kept) - seen):
            raise self._damaged(absent[0], "it is missing")

    def _check_file(self, top: Path, file: File, state: os.stat_result) -> None:
        if not stat.S_ISREG(state.st_mode):
            raise self._damaged(file.path, "it is no regular file")
        if stat.S_IMODE(state.st_mode) != int(file.mode, 8):
            raise self._damaged(file.path, f"its mode is {stat.S_IMODE(state.st_mode):04o}, not {file.mode}")
        if (state.st_dev, state.st_ino) in self._right:
            return
        try:
            handle = os.open(f"{top}/{file.path}", os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
            with FileIO(handle) as opened:
                found = digest(opened, self._buffer)
        except OSError as error:
            raise self._damaged(file.path, f"it cannot be read: {error.strerror}") from error
        self._watch(found.size)
        if found.digest != file.blob:
            raise self._damaged(file.path, "its content was changed")

    def _check_link(self, link: Path, path: str, target: str) -> None:
        if not link.is_symlink() or str(link.readlink()) != target:
            raise self._damaged(path, "it does not lead to the models of this generation")

    def _damaged(self, path: str, reason: str) -> GenerationDamaged:
        return GenerationDamaged(name=self._name, path=path, reason=reason)


def _walk(top: Path, folders: Collection[str]) -> Iterator[tuple[str, os.stat_result]]:
    """All that is below a folder, without following links and without entering folders that should not be there."""
    waiting = [""]
    while waiting:
        below = waiting.pop()
        try:
            with os.scandir(top / below) as entries:
                found = [(f"{below}{entry.name}", entry.stat(follow_symlinks=False)) for entry in entries]
        except FileNotFoundError:
            return  # all that is expected is missing, and is told so
        for path, state in found:
            yield path, state
            if stat.S_ISDIR(state.st_mode) and path in folders:
                waiting.append(f"{path}/")


def read_contents(site: Site, kind: Kind, generation: states.Generation) -> Contents:
    """What a generation says that it holds, against the digest that the site remembers. Raises GenerationDamaged."""
    folder = site.generation(kind, generation.name) / RECORDS
    try:
        content = _capped(folder / MANIFEST_FILE, MAX_MANIFEST_BYTES)
        manifest = decode(content)
        roles = canonical.decode_as(_Roles, _capped(folder / ROLES_FILE, MAX_ROLES_BYTES), limit=MAX_ROLES_BYTES)
        contents = Contents(manifest=manifest, content=content, roles=roles)
        found = contents.generation
    except (OSError, NotCanonical, TrustError, KeyError) as error:
        raise GenerationDamaged(name=generation.name, path=RECORDS, reason=error) from error
    if found != generation or manifest.kind != kind:
        raise GenerationDamaged(name=generation.name, path=f"{RECORDS}/{MANIFEST_FILE}", reason="it is another one's")
    return contents


_Roles = Annotated[tuple[RoleName, ...], msgspec.Meta(max_length=3)]


def _capped(path: Path, limit: int) -> bytes:
    handle = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    with os.fdopen(handle, "rb") as file:
        return file.read(limit + 1)


def prune(site: Site, kept: Mapping[Kind, Sequence[states.Generation]], kinds: Sequence[Kind]) -> None:
    """Remove generations that are not kept, and contents that none of them has (7.11). Raises DiskFull, DiskFails."""
    with writing(site.folder):
        for kind in kinds:
            names = {one.name for one in kept.get(kind, ())}
            _remove_others(site.home(kind) / "generations", names)
        everybody = {one.name for every in kept.values() for one in every}
        if site.models is not None:
            _remove_others(site.models / "generations", everybody)
        for root in {site.folder, site.models} - {None}:
            _sweep(Path(str(root)) / "store")


def _remove_others(folder: Path, names: Collection[str]) -> None:
    for each in folder.iterdir() if folder.is_dir() else ():
        if each.name not in names:
            remove_tree(each)


def _sweep(store: Path) -> None:
    """A content with one name only is in no generation. A copy on another file system keeps none: it is swept too."""
    for path in store.glob("0???/??/*"):
        if path.lstat().st_nlink == 1:
            path.unlink()
