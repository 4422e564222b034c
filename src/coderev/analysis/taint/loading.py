"""Reads rule packs: those that coderev brings, and a site's own. `spec/rule-pack.md`, section 1.

Reading YAML takes some 0.04 CPU-s for a thousand lines, so `compiled.json` holds the built-in packs as JSON, each under
the digest of the YAML that it was made from. Where a YAML says something else by now, the YAML is read.
"""

import hashlib
import json
from collections.abc import Callable, Iterable, Iterator
from functools import lru_cache
from importlib.resources import files
from pathlib import Path

import msgspec

from coderev.analysis.taint.pack import Pack
from coderev.analysis.taint.pack_faults import faults
from coderev.errors import InputError
from coderev.settings import read_yaml

BUILT_IN = "coderev.analysis.taint.packs"
COMPILED = "compiled.json"


class CannotReadPacks(InputError):
    """A site's folder of rule packs cannot be read."""

    message = "cannot read rule packs at {path}: {reason}"
    hint = "name a folder that holds rule packs, files of the ending `.yaml`; docs/howto/add-a-rule-pack.md shows one"


class _Text(msgspec.Struct, frozen=True):
    """A file of a pack: its name as errors show it, and its bytes."""

    name: str
    text: bytes

    @property
    def digest(self) -> str:
        return hashlib.sha256(self.text).hexdigest()

    def read(self, more: Callable[[Pack], Iterable[tuple[str, str]]] = faults) -> Pack:
        return read_yaml(self.text, self.name, Pack, more)


def packs(folder: Path | None = None) -> tuple[Pack, ...]:
    """The built-in packs, by name, and after them those of a site's folder, by file name.

    Raises BadConfiguration, naming file, line and path, and CannotReadPacks.
    """
    built_in = _built_in()
    if folder is None:
        return built_in
    return (*built_in, *_checked(_texts_of(folder), built_in))


def compiled() -> str:
    """What `compiled.json` must hold: the built-in packs by the digests of their YAML, a line each."""
    texts = _built_in_texts()
    lines = [
        f'"{text.digest}":{msgspec.json.encode(pack).decode()}'
        for text, pack in zip(texts, _checked(texts, ()), strict=True)
    ]
    return "{\n" + ",\n".join(lines) + "\n}\n"


def schema() -> str:
    """What `spec/rule-pack.schema.json` must hold: the JSON schema of a pack, made from its types."""
    made = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Rule pack",
        **msgspec.json.schema(Pack),
    }
    return json.dumps(made, indent=2) + "\n"


@lru_cache(maxsize=1)
def _built_in() -> tuple[Pack, ...]:
    stored = files(BUILT_IN) / COMPILED
    known = msgspec.json.decode(stored.read_bytes(), type=dict[str, msgspec.Raw]) if stored.is_file() else {}
    texts = _built_in_texts()
    if any(text.digest not in known for text in texts):
        return _checked(texts, ())
    return tuple(msgspec.json.decode(known[text.digest], type=Pack) for text in texts)


def _built_in_texts() -> tuple[_Text, ...]:
    found = sorted((file for file in files(BUILT_IN).iterdir() if file.name.endswith(".yaml")), key=lambda it: it.name)
    return tuple(_Text(f"packs/{file.name}", file.read_bytes()) for file in found)


def _texts_of(folder: Path) -> tuple[_Text, ...]:
    try:
        return tuple(_Text(str(file), file.read_bytes()) for file in sorted(folder.iterdir()) if file.suffix == ".yaml")
    except OSError as error:
        raise CannotReadPacks(path=folder, reason=error.strerror) from error


def _checked(texts: tuple[_Text, ...], before: tuple[Pack, ...]) -> tuple[Pack, ...]:
    """Packs that are right each by itself and together: ids may stand in any file, before or after their use."""
    read = tuple(text.read() for text in texts)
    known = frozenset(rule.id for pack in (*before, *read) for rule in pack.rules)
    seen = list(before)
    for text, pack in zip(texts, read, strict=True):
        if any(_faults_among(pack, seen, known)):
            text.read(lambda again: _faults_among(again, seen, known))  # raises: only reading knows the lines
        seen.append(pack)
    return read


def _faults_among(pack: Pack, before: Iterable[Pack], known: frozenset[str]) -> Iterator[tuple[str, str]]:
    names, ids = {other.name for other in before}, {rule.id for other in before for rule in other.rules}
    if pack.name in names:
        yield "$.name", f"there is a pack `{pack.name}` already"
    for number, rule in enumerate(pack.rules):
        if rule.id in ids:
            yield f"$.rules[{number}].id", f"there is a rule `{rule.id}` already"
    for path, rule_id in _uses(pack):
        if rule_id not in known:
            yield path, f"no pack has a rule `{rule_id}`"


def _uses(pack: Pack) -> Iterator[tuple[str, str]]:
    """Each mention of a rule, and where it stands."""
    for section in ("sinks", "configuration", "absence"):
        for number, row in enumerate(getattr(pack, section)):
            yield f"$.{section}[{number}].rule", row.rule
    for number, entry in enumerate(pack.entries):
        for place, returned in enumerate(entry.returns):
            yield f"$.entries[{number}].returns[{place}].rule", returned.rule
