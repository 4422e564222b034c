"""Admits a folder of model weights to a bundle, or says why not (spec/bundle.md 12).

The folder is as `huggingface-cli download --local-dir` makes it; what that command and git keep there for themselves is
left out. Nothing in it is ever run or unpickled, and the first fault refuses the model.
"""

import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, NoReturn

from coderev.bundle.format import entries
from coderev.bundle.format.paths import path_fault
from coderev.bundle.inputs import Found, listing, open_plain
from coderev.bundle.models.configuration import Configuration, Template, check_tokenizer, read_configuration
from coderev.bundle.models.files import (
    MAX_CONFIGURATION,
    MAX_TEXT,
    Kind,
    is_left_out,
    is_tokenizer,
    kind_of,
    name_faults,
    read_text,
    refuse_pickle,
    refuse_zip,
)
from coderev.bundle.models.gguf import Gguf, read_head
from coderev.bundle.models.quantisation import quantisation_fault
from coderev.bundle.models.safetensors import Tensors, read_tensors
from coderev.bundle.recipe import ModelEntry, is_allowed
from coderev.errors import TrustError
from coderev.settings import matches

MAX_SHOWN = 5  # names of more files in one error
MAX_TEMPLATES = 256  # of one model (spec/bundle.md 14)


class ModelRefused(TrustError):
    """A folder of model weights may not go into a bundle."""

    message = "the model {model} is refused: {file}: {reason}"
    hint = "correct what bundle.yaml says of it, leave out files with `exclude`, or download it as safetensors or GGUF"


class LicenceRefused(TrustError):
    """A model has no licence that the site allows."""

    message = "the model {model} is refused: its licence {licence!r} is not on the list"
    hint = "have the licence approved and added to `licences` in bundle.yaml, or leave the model out"


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelFile:
    """One file that was judged: its path in the folder, bytes, and a stamp by which a later change is seen."""

    path: str
    size: int
    kind: Kind
    stamp: tuple[int, int, int]  # inode, size, time of the last change in ns


@dataclass(frozen=True, slots=True, kw_only=True)
class Admitted:
    """A model that may go in. `parameters` is None where quantisation packs several into one number."""

    name: str
    folder: Path
    licence: str
    use_policy: str
    quantisation: str
    architecture: str | None
    parameters: int | None
    chat_templates: tuple[Template, ...]
    files: tuple[ModelFile, ...]  # by path
    left_out: tuple[str, ...]  # paths

    def listed(self, to: str, digest: str) -> entries.Model:
        """What the bundle's manifest says of it: `to` is its folder in the tree, `digest` that of its files (12.1)."""
        templates = [entries.ChatTemplate(digest=each.digest, path=f"{to}/{each.path}") for each in self.chat_templates]
        return entries.Model(
            name=self.name,
            folder=to,
            licence=self.licence,
            use_policy=self.use_policy,
            quantisation=self.quantisation,
            digest=digest,
            chat_templates=tuple(templates),
        )


def admit(folder: Path, entry: ModelEntry, licences: tuple[str, ...]) -> Admitted:
    """Judge the folder that a recipe names as a model.

    The creator reads each file by `open_admitted`, so what was judged is what goes in.
    Raises ModelRefused, LicenceRefused, NotAPlainFile, FolderTooLarge.
    """
    if not is_allowed(entry.licence, licences):  # 12.5
        raise LicenceRefused(model=entry.name, licence=entry.licence)
    found = list(listing(folder))
    left_out = {each.path for each in found if is_left_out(each.path) or matches(each.path, entry.exclude)}
    judged = _Judged(entry, folder)
    for path, kind in judged.by_name([each for each in found if each.path not in left_out]):
        judged.read(path, kind)
    judged.check_whole()
    return judged.admitted(tuple(sorted(left_out)))


def open_admitted(model: Admitted, file: ModelFile) -> BinaryIO:
    """Open a file that was judged. Raises ModelRefused where it is another one now, and NotAPlainFile."""
    opened = open_plain(model.folder, file.path)
    if _stamp(opened) != file.stamp:
        opened.close()
        raise ModelRefused(model=model.name, file=file.path, reason="it changed after it was judged")
    return opened


def templates_in(path: str, file: BinaryIO, size: int) -> tuple[Template, ...]:
    """The chat templates in a file of a model of `size` bytes, for who shows them (12.6). Raises ValueError."""
    texts: Mapping[str, str] = {}
    if path.endswith(".gguf"):
        texts = read_head(file, size).templates
    elif path.endswith(".jinja"):
        texts = {"": read_text(file, MAX_TEXT).decode()}
    elif path.endswith(".json") and not is_tokenizer(path):
        texts = read_configuration(read_text(file, MAX_CONFIGURATION)).templates
    return tuple(Template.of(path, name, text) for name, text in sorted(texts.items()))


def _stamp(file: BinaryIO) -> tuple[int, int, int]:
    found = os.fstat(file.fileno())
    return found.st_ino, found.st_size, found.st_mtime_ns


class _Judged:
    """What is known of one folder while its files are read."""

    def __init__(self, entry: ModelEntry, folder: Path) -> None:
        self._entry, self._folder = entry, folder
        self._files: list[ModelFile] = []
        self._tensors: dict[str, Tensors] = {}
        self._ggufs: dict[str, Gguf] = {}
        self._said: dict[str, Configuration] = {}  # by path
        self._templates: list[Template] = []

    def by_name(self, found: list[Found]) -> Iterator[tuple[str, Kind]]:
        """Paths, and what kind of file each name says; all names are judged before the first file is opened."""
        if faults := dict(name_faults(found)):  # 12.2
            path, *more = faults
            others = f"; and {len(more)} more: {', '.join(more[:MAX_SHOWN])}" if more else ""
            self._refuse(path, faults[path] + others)
        for each in found:
            if fault := path_fault(f"{self._entry.to}/{each.path}"):
                self._refuse(each.path, f"{fault.reason} (spec/bundle.md {fault.clause})")
        for each in found:
            if kind := kind_of(each.path):
                yield each.path, kind

    def read(self, path: str, kind: Kind) -> None:
        """Judge one file by its content (12.2, 12.3)."""
        with open_plain(self._folder, path) as file:
            stamp = _stamp(file)
            try:
                self._judge(path, kind, file, stamp[1])
                file.seek(0)
                self._templates += templates_in(path, file, stamp[1])
            except ValueError as error:
                self._refuse(path, str(error))
        self._files.append(ModelFile(path=path, size=stamp[1], kind=kind, stamp=stamp))

    def check_whole(self) -> None:
        """Weights are there, all that an index or a split file speaks of, and quantised as declared."""
        if not self._tensors and not self._ggufs:
            self._refuse("the folder", "there is neither a safetensors nor a GGUF file in it")
        if len(self._templates) > MAX_TEMPLATES:
            self._refuse("the folder", f"it has more than {MAX_TEMPLATES} chat templates")
        for path, said in self._said.items():
            self._check_index(path, said.weights)
        for path, gguf in self._ggufs.items():
            parts = {other.split[0] for other in self._ggufs.values() if other.split[1] == gguf.split[1]}
            if gguf.split[1] > 1 and len(parts) < gguf.split[1]:
                self._refuse(path, f"only {len(parts)} of {gguf.split[1]} files are there: the download is not whole")
        config = self._said.get("config.json")
        if fault := quantisation_fault(self._entry.quantisation, config, self._tensors, self._ggufs):
            self._refuse(*fault)  # 12.4

    def admitted(self, left_out: tuple[str, ...]) -> Admitted:
        """The verdict."""
        config, entry = self._said.get("config.json"), self._entry
        stated = [config.architecture] if config else [each.architecture for each in self._ggufs.values()]
        numbers = [each.numbers for each in self._tensors.values()] + [each.numbers for each in self._ggufs.values()]
        return Admitted(
            name=entry.name,
            folder=self._folder,
            licence=entry.licence,
            use_policy=entry.use_policy,
            quantisation=entry.quantisation,
            architecture=stated[0],
            parameters=None if config and config.method else sum(numbers),
            chat_templates=tuple(self._templates),
            files=tuple(self._files),
            left_out=left_out,
        )

    def _judge(self, path: str, kind: Kind, file: BinaryIO, size: int) -> None:
        match kind:
            case "safetensors":
                self._tensors[path] = read_tensors(file, size)
                refuse_zip(file, size)
            case "gguf":
                self._ggufs[path] = read_head(file, size)
                refuse_zip(file, size)
            case "json" if is_tokenizer(path):
                check_tokenizer(read_text(file, MAX_TEXT))
            case "json":
                self._said[path] = read_configuration(read_text(file, MAX_CONFIGURATION))
            case "text":
                refuse_pickle(read_text(file, MAX_TEXT))

    def _check_index(self, path: str, weights: Mapping[str, str]) -> None:
        folder = path.rpartition("/")[0]
        for name, shard in weights.items():
            held = self._tensors.get(f"{folder}/{shard}" if folder else shard)
            if held is None or name not in held.names:
                self._refuse(path, f"the tensor {name!r} is not in {shard!r}: the download is not whole")

    def _refuse(self, path: str, reason: str) -> NoReturn:
        raise ModelRefused(model=self._entry.name, file=path, reason=reason)
