"""Entries: what a framework calls, by a decorator, a call, a store, the name of a parameter, or the class above."""

from collections.abc import Callable
from typing import TYPE_CHECKING

from coderev.analysis.taint.conditions import compiled
from coderev.analysis.taint.defences import Defences, fields_of, is_of_count, recognised
from coderev.analysis.taint.memory import any_element, class_cells, lineage
from coderev.analysis.taint.pack import EntryRow
from coderev.analysis.taint.run import Run
from coderev.analysis.taint.value import ClassSite, FunctionSite, Library, Value

if TYPE_CHECKING:
    from coderev.analysis.taint.project import File
    from coderev.analysis.taint.shared import Shared, Unit


class Registry:
    """What frameworks call: functions of modules are walked after all is loaded, others where they are registered."""

    def __init__(self, shared: "Shared", defences: Defences) -> None:
        self._shared, self._defences = shared, defences

    def register(self, run: Run, row: EntryRow, values: Callable[[int | str], list[Value]]) -> None:
        """Functions were handed to a call that makes them entries."""
        route = ""
        if row.route is not None:
            route = next((value.text for value in values(row.route.at) if value.text), "") or ""
        fields = tuple(
            field for at, name in row.schemas.items() for value in values(at) for field in fields_of(run, name, value)
        )
        for where in row.at:
            for value in values(where):
                self._defences.registered(run.file.path, value, fields)
                self.enter(run, value, row, route)
                self.enter(run, any_element(run, value), row, route)

    def enter(self, run: Run, value: Value, row: EntryRow, route: str = "") -> None:
        """Functions are where a framework calls them from."""
        from coderev.analysis.taint.entries import walk_entry
        from coderev.analysis.taint.library import attempt

        for site in value.sites:
            if not isinstance(site, FunctionSite) or not is_of_count(site, row):
                continue
            run.project.invoke(site)
            if len(site.frames) == 1:
                owner = site.owner.identity if site.owner is not None else ()
                name = (*site.identity, owner, *self._row_name(run.file, row), route)
                self._shared.note_first("entry", name, (site, row, route))
            else:
                attempt(run, lambda site=site: walk_entry(run, site, row, route))  # type: ignore[misc]

    def _row_name(self, file: "File", row: EntryRow) -> tuple[str, int]:
        return next(
            (pack.name, number)
            for pack in file.catalogue.packs
            for number, each in enumerate(pack.entries)
            if each is row
        )

    def all(self) -> "list[Unit]":
        """What frameworks call, by their names, in an order that does not depend on who registered them when."""
        return sorted(self._shared.names("entry"), key=repr)  # type: ignore[arg-type]

    def of(self, name: "Unit") -> tuple[FunctionSite, EntryRow, str]:
        """What a framework calls, the row that says so, and its route."""
        return self._shared.noted("entry", name)  # type: ignore[return-value]

    def of_class(self, run: Run, site: ClassSite) -> None:
        """A class was defined whose methods a framework may call."""
        rows = run.file.catalogue.entries_of_classes
        if not rows:
            return
        for base in lineage(site):
            if not isinstance(base, Library):
                continue
            for name in run.file.catalogue.inherits(base.name):
                for row in rows.get(name, ()):
                    for method in row.methods:
                        for value in class_cells(run, site, method):
                            self.enter(run, _owned(value, site), row)


def convention(file: "File", site: FunctionSite) -> EntryRow | None:
    """The row of a function that a framework calls by convention: known by its first parameter's name."""
    parameters = site.function.parameters[1 if site.function.binding == "instance" and not file.is_script else 0 :]
    if not parameters:
        return None
    for pack, row in file.catalogue.conventions:
        if row.convention != parameters[0].name or not recognised(file, pack):
            continue
        if row.files is None or compiled(row.files).search(file.path):
            return row
    return None


def _owned(value: Value, owner: ClassSite) -> Value:
    """Methods as those of the class that inherits them: an entry runs with an instance of that."""
    return Value(
        sites=tuple(
            FunctionSite(site.function, site.home, site.frames, owner) if isinstance(site, FunctionSite) else site
            for site in value.sites
        )
    )
