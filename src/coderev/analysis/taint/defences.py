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

ENFORCED = frozenset(("integer", "number", "boolean", "null"))  # types of JSON schema that carry no text
Field = tuple[str, str]  # an attribute of the request, and a key of that


class Defences:
    """The defences of a project. Those of a file hold for entries that are registered in it later, and in others."""

    def __init__(self) -> None:
        self._installed: list[tuple[str, int]] = []
        self._before: dict[tuple[object, ...], int] = {}  # of entries: what was installed in their file before
        self._fields: dict[tuple[object, ...], tuple[Field, ...]] = {}

    def install(self, run: Run, row: DefenceRow) -> None:
        """A call made requests harmless in some contexts."""
        clears = 0
        for context in row.clears:
            clears |= MASK[context]
        self._installed.append((run.file.path, clears))

    def registered(self, path: str, entry: Value, fields: tuple[Field, ...]) -> None:
        """An entry is registered in a file here; a schema enforces some fields of its request."""
        before = 0
        for where, clears in self._installed:
            before |= clears if where == path else 0
        for site in entry.sites:
            if isinstance(site, FunctionSite):
                name = site.identity[:3]
                self._before[name] = self._before.get(name, before) & before
                self._fields[name] = fields

    def cleared(self, site: FunctionSite) -> int:
        """The contexts that need not fear the requests of an entry."""
        clears = self._before.get(site.identity[:3], 0)
        for where, installed in self._installed:
            clears |= installed if where != site.home else 0
        return clears

    def enforce(self, run: Run, site: FunctionSite, row: EntryRow) -> None:
        """Let the fields that a schema makes numbers or truths be such."""
        typed = row.parameters[0].type if row.parameters else None
        for attribute, name in self._fields.get(site.identity[:3], ()) if typed else ():
            made = at(Object((*run.key, attribute, name, "enforced"), "instance", Library("Number")))
            run.now.put(Library(f"{typed}.{attribute}"), name, made)


def recognised(file: "File", pack: Pack) -> bool:
    """Whether a file brings in one of the modules that a pack requires."""
    return not pack.requires or _mentions_one(file.module.imports, pack.requires)


@lru_cache(maxsize=256)
def _mentions_one(mentions: frozenset[str], modules: tuple[str, ...]) -> bool:
    if any(each in mentions or each.partition(".")[0] in mentions for each in modules):
        return True
    below = tuple(f"{each}/" for each in modules)
    return any(word.startswith(below) for word in mentions)


def is_of_count(site: FunctionSite, row: EntryRow) -> bool:
    """Whether a function has as many parameters as a row is about."""
    return not row.counts or len(site.function.parameters) in row.counts


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
