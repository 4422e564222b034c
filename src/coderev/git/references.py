"""Their references, as data: which commit each name stands for, and which branch follows which."""

import os
import re
from collections.abc import Mapping, Sequence
from pathlib import Path

from coderev.git.errors import BrokenRepository
from coderev.git.place import Place, small_file

MAX_PACKED_REFS = 256 * 1024 * 1024  # bytes
MAX_LINKS = 5  # symbolic references that lead to each other, as in git
OTHER_HEADS = ("ORIG_HEAD", "FETCH_HEAD", "MERGE_HEAD", "CHERRY_PICK_HEAD")

Settings = Mapping[str, Sequence[str]]  # of their configuration: each key's values, the last one counts

_NAME = re.compile(r"refs/(?!.*(?:/\.|\.\.|//|@\{|\.lock(?:/|$)|[/.]$))(?!\.)[^\0-\x20\x7f~^:?*\[\\]+")
_PACKED = re.compile(r"^([0-9a-f]{40}|[0-9a-f]{64}) (refs/[^\0-\x20]+)$", re.MULTILINE)
_OID = re.compile(r"(?:[0-9a-f]{64}|[0-9a-f]{40})(?![0-9a-f])")


def read_references(place: Place) -> tuple[dict[str, str], str | None]:
    """The object of each reference and of HEAD, and the reference that HEAD names. Raises BrokenRepository.

    What is no reference's name, or replaces objects, is passed over.
    """
    packed = os.fsdecode(small_file(place.common / "packed-refs", MAX_PACKED_REFS) or b"")
    said = {name: oid for oid, name in _PACKED.findall(packed)}
    for name in _loose(place.common):
        said[name] = os.fsdecode(small_file(place.common / name) or b"").strip()
    for name in ("HEAD", *OTHER_HEADS):
        said[name] = os.fsdecode(small_file(place.git_dir / name) or b"").strip()
    kept = {name: value for name, value in said.items() if _kept(name)}
    objects = {name: oid for name in kept if (oid := _resolved(kept, name))}
    branch = kept["HEAD"].removeprefix("ref:").strip()
    if "HEAD" not in objects and not _NAME.fullmatch(branch):
        raise BrokenRepository(path=place.git_dir, reason="its HEAD names nothing")
    return objects, branch if _NAME.fullmatch(branch) else None


def upstreams(settings: Settings) -> dict[str, str]:
    """The reference that each branch follows, by the branch's reference. Pure."""
    found = {}
    for key, merges in settings.items():
        name = key[len("branch.") : -len(".merge")]
        if not (key.startswith("branch.") and key.endswith(".merge") and _NAME.fullmatch(f"refs/heads/{name}")):
            continue
        remote = settings.get(f"branch.{name}.remote", [""])[-1]
        fetched = ["refs/*:refs/*"] if remote == "." else settings.get(f"remote.{remote}.fetch", ())
        followed = next((to for spec in fetched if (to := _tracking(spec, merges[-1]))), "")
        if _NAME.fullmatch(followed):
            found[f"refs/heads/{name}"] = followed
    return found


def _loose(common: Path) -> list[str]:
    found = []
    for folder, _, names in os.walk(common / "refs"):
        found += [os.path.relpath(Path(folder) / name, common) for name in names]
    return found


def _kept(name: str) -> bool:
    return name in ("HEAD", *OTHER_HEADS) or (not name.startswith("refs/replace/") and bool(_NAME.fullmatch(name)))


def _resolved(said: Mapping[str, str], name: str) -> str | None:
    for _ in range(MAX_LINKS):
        value = said.get(name, "")
        if oid := _OID.match(value):
            return oid[0]
        name = value.removeprefix("ref:").strip()
    return None


def _tracking(spec: str, name: str) -> str | None:
    """Where a fetch specification, such as `+refs/heads/*:refs/remotes/origin/*`, puts a reference."""
    source, _, target = spec.removeprefix("+").partition(":")
    before, star, after = source.partition("*")
    if not star:
        return target if name == source else None
    if name.startswith(before) and name.endswith(after) and len(name) >= len(before + after):
        return target.replace("*", name[len(before) : len(name) - len(after)], 1)
    return None
