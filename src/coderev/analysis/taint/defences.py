"""What a framework does before it calls an entry: middleware that cleans, and schemas that it enforces."""

from collections.abc import Iterator
from functools import lru_cache
from typing import TYPE_CHECKING

from coderev.analysis.taint.conditions import compiled
from coderev.analysis.taint.contexts import MASK
from coderev.analysis.taint.memory import elements, load
from coderev.analysis.taint.pack import DefenceRow, EntryRow, Pack
from coderev.analysis.taint.run import Run
from coderev.analysis.taint.value import FunctionSite, Library, Object, Value, at

if TYPE_CHECKING:
    from coderev.analysis.taint.project import File
    from coderev.analysis.taint.shared import Shared

ENFORCED = frozenset(("integer", "number", "boolean", "null"))  # types of JSON schema that carry no text
Field = tuple[str, str]  # an attribute of the request, and a key of that


class Defences:
    """The defences of a project. Those of a file hold for entries that are registered in it later, and in others."""

    def __init__(self, shared: "Shared") -> None:
        self._shared = shared

    def install(self, run: Run, row: DefenceRow) -> None:
        """A call made requests harmless in some contexts."""
        clears = 0
        for context in row.clears:
            clears |= MASK[context]
        if (installed := (run.file.path, clears)) not in (known := self._installed):
            self._shared.note("defences", "", (*known, installed))

    @property
    def _installed(self) -> tuple[tuple[str, int], ...]:
        return self._shared.noted("defences", "") or ()  # type: ignore[return-value]

    def _registered(self, site: FunctionSite) -> tuple[int | None, tuple[Field, ...]]:
        """What was installed in the file of an entry before it was registered, and the fields of its schema."""
        return self._shared.noted("registered", site.identity[:3]) or (None, ())  # type: ignore[return-value]

    def registered(self, path: str, entry: Value, fields: tuple[Field, ...]) -> None:
        """An entry is registered in a file here; a schema enforces some fields of its request."""
        before = 0
        for where, clears in self._installed:
            before |= clears if where == path else 0
        for site in entry.sites:
            if isinstance(site, FunctionSite):
                known, _ = self._registered(site)
                before &= before if known is None else known
                self._shared.note("registered", site.identity[:3], (before, fields))

    def cleared(self, site: FunctionSite) -> int:
        """The contexts that need not fear the requests of an entry."""
        clears = self._registered(site)[0] or 0
        for where, installed in self._installed:
            clears |= installed if where != site.home else 0
        return clears

    def enforce(self, run: Run, site: FunctionSite, row: EntryRow) -> None:
        """Let the fields that a schema makes numbers or truths be such."""
        typed = row.parameters[0].type if row.parameters else None
        for attribute, name in self._registered(site)[1] if typed else ():
            made = at(Object((*run.key, attribute, name, "enforced"), "instance", Library("Number")))
            run.now.put(Library(f"{typed}.{attribute}"), name, made)


def recognised(file: "File", pack: Pack) -> bool:
    """Whether a file brings in one of the modules that a pack requires."""
    return not pack.requires or _mentions_one(file.outline.imports, pack.requires)


@lru_cache(maxsize=256)
def _mentions_one(mentions: frozenset[str], modules: tuple[str, ...]) -> bool:
    if any(each in mentions or each.partition(".")[0] in mentions for each in modules):
        return True
    below = tuple(f"{each}/" for each in modules)
    return any(word.startswith(below) for word in mentions)


def is_of_count(site: FunctionSite, row: EntryRow) -> bool:
    """Whether a function has as many parameters as a row is about."""
    return not row.counts or len(site.parameters) in row.counts


def exported_entries(file: "File") -> Iterator[tuple[str, EntryRow]]:
    """What a framework calls by the name that a module exports it under."""
    for pack, row in file.catalogue.exported:
        is_there = compiled(row.files).search(file.path) if row.files else recognised(file, pack)
        yield from ((name, row) for name in row.methods if is_there)


def fields_of(run: Run, attribute: str, schema: Value) -> tuple[Field, ...]:
    """The properties of a JSON schema that carry no text: numbers, truths, and words of a list."""
    properties = load(run, schema, "properties")
    found = []
    for site in properties.sites:
        for key, value in run.now.cells(site).items() or run.project.shared.cells(site).items():
            is_listed = bool(elements(run, load(run, value, "enum"))) or load(run, value, "const").is_known
            if isinstance(key, str) and (load(run, value, "type").text in ENFORCED or is_listed):
                found.append((attribute, key))
    return tuple(found)
