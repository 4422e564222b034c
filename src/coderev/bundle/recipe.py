"""The recipe `bundle.yaml`: what a bundle is called, for whom it is, and what goes into it.

One frozen tree, read strictly: an unknown or duplicate key, a wrong type, a path that no bundle may carry, a role that
nothing has is one error with file, line and path. Files that the recipe names are not looked at here.
"""

import re
from collections import Counter
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Annotated, Literal

import msgspec

from coderev.bundle.format.chunks import CHUNK_BYTES
from coderev.bundle.format.entries import (
    MAX_PART_BYTES,
    Assumes,
    Check,
    Database,
    Few,
    Name,
    PathText,
    Positive,
    Reference,
    RoleName,
    SiteName,
    Text,
)
from coderev.bundle.format.parts import PART_BYTES
from coderev.bundle.format.paths import fold, path_fault
from coderev.bundle.images.images import BadImageSource, ImageSource, is_name
from coderev.bundle.inputs import open_plain
from coderev.settings import MAX_YAML_BYTES, read_yaml

OWN_PLACES = ("images", ".coderev")  # of the tree: nobody else writes there (3.8, 11.2)

_SIZE = re.compile(r"([0-9]{1,15}) ?(B|kB|MB|GB|TB|KiB|MiB|GiB|TiB)?")
_UNITS = {"B": 1} | {f"{letter}B": 1000**n for n, letter in enumerate("kMGT", 1)}
_UNITS |= {f"{letter}iB": 1024**n for n, letter in enumerate("KMGT", 1)}

_SIZES = {"part_size": (MAX_PART_BYTES, "4 GiB - 1 byte"), "media_size": (1 << 50, "1 PiB")}

Roles = tuple[RoleName, ...]
Patterns = tuple[str, ...]
Fault = tuple[str, str]  # a path as in `$.tree[0].to`, and what is wrong there


class TreeEntry(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A file or folder that goes into the tree. Without roles, every role of the recipe needs it."""

    source: Text = msgspec.field(name="from")  # counts from the recipe's folder
    to: PathText  # a path of the tree
    roles: Roles = ()  # which kinds of hosts need it; without it, all of the recipe's
    mode: Literal["0644", "0755", 0o644, 0o755] | None = None  # of each file; without it, by who may execute it
    exclude: Patterns = ()  # what is left out, below `from`

    @property
    def file_mode(self) -> Literal["0644", "0755"] | None:
        """The mode as the manifest writes it; YAML takes an unquoted 0755 for a number in octal."""
        return None if self.mode is None else "0755" if self.mode in ("0755", 0o755) else "0644"


class ImageEntry(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A container image: from where, and under which name it is loaded, if not under its own."""

    source: Text = msgspec.field(name="from")  # oci:, oci-archive:, docker-archive: or docker-daemon:
    name: str = ""  # NAME:TAG under which it is loaded; without it, its own
    architecture: Literal["amd64", "arm64"] | None = None  # without it, the recipe's
    roles: Roles = ()  # which kinds of hosts need it; without it, all of the recipe's


class ModelEntry(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A folder of model weights, and what its maker claims of it (spec/bundle.md 12.1)."""

    source: Text = msgspec.field(name="from")  # counts from the recipe's folder
    to: PathText  # a folder of the tree
    name: Reference  # what the manifest and the bill of materials call it
    licence: Text  # one of the recipe's `licences`
    use_policy: Text  # what it may be used for, in your words
    quantisation: Name  # none, fp16, bf16, fp32, fp8, awq, gptq …, or a GGUF file type such as q4_k_m
    roles: Roles = ()  # which kinds of hosts need it; without it, all of the recipe's
    exclude: Patterns = ()  # what is left out, below `from`


class Recipe(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A whole `bundle.yaml`. The words are those of the manifest (spec/bundle.md 2)."""

    kind: Literal["release", "advisories"] = "release"  # advisories: databases of scanners
    product: Name  # a site takes bundles of its `bundle.product` only
    channel: Name  # such as stable
    site: SiteName = "*"  # for whom; `*`: for every site
    architecture: Literal["amd64", "arm64", "*"] = "amd64"  # of the hosts
    seq: Positive  # decides what is older and newer
    version: Text  # for people; decides nothing
    expires: Annotated[datetime, msgspec.Meta(tz=True)]  # no site takes it from then on
    maximum_age_days: Positive | None = None  # of advisories, which must have it
    assumes: Assumes = Assumes()  # what must be so on the host
    database: Database | None = None  # schema versions that the release runs on
    health: tuple[Check, ...] = ("files",)  # which checks decide whether it stays live; `files` always
    roles: Annotated[Roles, msgspec.Meta(min_length=1)] = ("station",)  # kinds of hosts that this bundle is for
    licences: tuple[Text, ...] = ()  # that a model may have
    tree: tuple[TreeEntry, ...] = ()  # files and folders
    images: Annotated[tuple[str | ImageEntry, ...], Few] = ()  # container images; a mere source will do
    models: Annotated[tuple[ModelEntry, ...], Few] = ()  # folders of weights
    sbom: PathText = "sbom.cdx.json"  # where in the tree the bill of materials goes
    part_size: int | str = PART_BYTES  # of a file of `parts/`, such as 2 GiB
    media_size: int | str | None = None  # without it, everything is on one medium

    @property
    def image_entries(self) -> tuple[ImageEntry, ...]:
        """The images, also those that are written as a mere source."""
        return tuple(ImageEntry(source=each) if isinstance(each, str) else each for each in self.images)

    @property
    def part_bytes(self) -> int:
        """The size of a part in bytes."""
        return size_of(self.part_size)

    @property
    def media_bytes(self) -> int | None:
        """The size of a medium in bytes, where there is more than one."""
        return None if self.media_size is None else size_of(self.media_size)

    def roles_of(self, entry: TreeEntry | ImageEntry | ModelEntry) -> Roles:
        """Which kinds of hosts need an entry."""
        return entry.roles or self.roles


def read_recipe(path: Path) -> Recipe:
    """Read a recipe. Raises NotAPlainFile, and BadConfiguration naming file, line and path."""
    with open_plain(path) as file:
        text = file.read(MAX_YAML_BYTES + 1)
    return read_yaml(text, str(path), Recipe, _faults)


def size_of(text: int | str) -> int:
    """Bytes: a number, or one with a unit, as in `3900 MiB` or `25 GB`. Raises ValueError."""
    if isinstance(text, int):
        return text
    if (found := _SIZE.fullmatch(text)) is None:
        message = f"{text!r} is no size; write bytes, or for example 3900 MiB or 25 GB"
        raise ValueError(message)
    unit: int = _UNITS[found[2] or "B"]
    return int(found[1]) * unit


def _faults(recipe: Recipe) -> Iterator[Fault]:
    yield from _identity_faults(recipe)
    yield from _place_faults(recipe)
    yield from _role_faults(recipe)
    yield from _image_faults(recipe)
    yield from _model_faults(recipe)
    yield from _size_faults(recipe)


def _identity_faults(recipe: Recipe) -> Iterator[Fault]:
    if (recipe.kind == "advisories") != (recipe.maximum_age_days is not None):
        yield "$.maximum_age_days", "advisories have it, a release has none"
    if recipe.expires.microsecond:
        yield "$.expires", "whole seconds only"
    if "files" not in recipe.health or _twice(recipe.health):
        yield "$.health", "`files` must be there, and each check once"
    if not (recipe.tree or recipe.images or recipe.models):
        yield "$", "nothing goes in: name at least one of tree, images and models"


def _place_faults(recipe: Recipe) -> Iterator[Fault]:
    places = [(f"$.tree[{n}].to", entry.to) for n, entry in enumerate(recipe.tree)]
    places += [(f"$.models[{n}].to", entry.to) for n, entry in enumerate(recipe.models)]
    for path, to in [("$.sbom", recipe.sbom), *places]:
        if fault := path_fault(to):
            yield path, f"{to!r} is refused: {fault.reason} (spec/bundle.md {fault.clause})"
        elif fold(to.partition("/")[0]) in OWN_PLACES:
            yield path, f"{to.partition('/')[0]!r} is written by coderev itself"
    for n, entry in enumerate(recipe.models):  # what is not judged with a model must not come to lie in its folder
        others = [each.to for each in recipe.tree] + [each.to for each in recipe.models if each is not entry]
        if other := next((other for other in others if _overlap(fold(other), fold(entry.to))), None):
            yield f"$.models[{n}].to", f"nothing else may lie there, and {other!r} does"


def _overlap(one: str, other: str) -> bool:
    return f"{one}/".startswith(f"{other}/") or f"{other}/".startswith(f"{one}/")


def _role_faults(recipe: Recipe) -> Iterator[Fault]:
    if _twice(recipe.roles):
        yield "$.roles", "each role once"
    entries = [(f"$.tree[{n}]", entry.roles) for n, entry in enumerate(recipe.tree)]
    entries += [(f"$.images[{n}]", entry.roles) for n, entry in enumerate(recipe.image_entries)]
    entries += [(f"$.models[{n}]", entry.roles) for n, entry in enumerate(recipe.models)]
    for path, roles in entries:
        if missing := set(roles) - set(recipe.roles):
            yield f"{path}.roles", f"{min(missing)} is not among the recipe's roles"


def _image_faults(recipe: Recipe) -> Iterator[Fault]:
    for n, entry in enumerate(recipe.image_entries):
        try:
            ImageSource.parse(entry.source)
        except BadImageSource as error:
            yield f"$.images[{n}]", str(error)
        if entry.name and not (is_name(entry.name) and ":" in entry.name.rpartition("/")[2]):
            yield f"$.images[{n}].name", f"{entry.name!r} is no NAME:TAG"
        if recipe.architecture == "*" and entry.architecture is None:
            yield f"$.images[{n}]", "say for which `architecture`, for the bundle is for all"
    if name := _twice([entry.name for entry in recipe.image_entries if entry.name]):
        yield "$.images", f"{name!r} stands for two images"


def _model_faults(recipe: Recipe) -> Iterator[Fault]:
    for n, entry in enumerate(recipe.models):
        if not is_allowed(entry.licence, recipe.licences):  # 12.5
            yield f"$.models[{n}].licence", f"{entry.licence!r} is not among the recipe's `licences`"
    if name := _twice([entry.name for entry in recipe.models]):
        yield "$.models", f"{name!r} stands for two models"


def is_allowed(licence: str, licences: tuple[str, ...]) -> bool:
    """Whether a licence is on a list; SPDX identifiers are the same in any case (SPDX 2.3, annex D)."""
    return licence.lower() in [each.lower() for each in licences]


def _size_faults(recipe: Recipe) -> Iterator[Fault]:
    for name, text in (("part_size", recipe.part_size), ("media_size", recipe.media_size)):
        if text is not None and (fault := size_fault(name, text)):
            yield f"$.{name}", fault


def size_fault(name: str, text: int | str) -> str | None:
    """What is wrong with a `part_size` or `media_size`; None where nothing is."""
    most, said = _SIZES[name]
    try:
        return None if CHUNK_BYTES <= size_of(text) <= most else f"{text} is not from 16 MiB to {said}"
    except ValueError as error:
        return str(error)


def _twice(names: tuple[str, ...] | list[str]) -> str:
    """A name that stands twice, or an empty one."""
    return next((name for name, count in Counter(names).items() if count > 1), "")
