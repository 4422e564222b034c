"""All rule packs of one language, indexed by name: what the engine asks while it reads code."""

from collections.abc import Iterable, Iterator
from functools import cached_property

import msgspec

from coderev.analysis.taint.pack import (
    AbsenceRow,
    ConfigurationRow,
    DefenceRow,
    EntryRow,
    GuardRow,
    Pack,
    PropagatorRow,
    RuleRow,
    SanitiserRow,
    SinkRow,
    SourceRow,
    TypeRow,
)


class Model(msgspec.Struct):
    """All that the packs say of one name: as a call, as something that is read, and as something that is stored to."""

    sources: list[SourceRow] = []
    reads: list[SourceRow] = []
    sinks: list[SinkRow] = []
    stores: list[SinkRow] = []
    transfers: list[PropagatorRow | SanitiserRow] = []
    guards: list[GuardRow] = []
    entries: list[EntryRow] = []
    decorators: list[EntryRow | ConfigurationRow] = []
    configuration: list[ConfigurationRow] = []
    stored: list[ConfigurationRow] = []
    absence: list[AbsenceRow] = []
    entered: list[EntryRow] = []  # functions that are stored there
    defences: list[DefenceRow] = []
    ends: bool = False  # a call never returns
    result: str | None = None  # type of what a call gives
    type: str | None = None  # type of what is read


class Catalogue:
    """The packs of one language. Lookups are exact, then by the types that a type inherits from.

    `imported` are the modules that a project imports, and those above them (`a.b` and `a`): packs that require others
    are left out, but for their rules. None: every pack applies.
    """

    def __init__(self, packs: Iterable[Pack], language: str, imported: frozenset[str] | None = None) -> None:
        known = tuple(pack for pack in packs if language in pack.languages)
        self.packs = _applied(known, imported)
        self.rules = rules_of(known, language)
        self._models: dict[str, Model] = {}
        self._inherits: dict[str, tuple[str, ...]] = {}
        self._all_parents: dict[str, tuple[str, ...]] = {}
        self._merged: dict[str, Model | None] = {}
        for pack in self.packs:
            self._add(pack)
        for model in self._models.values():  # the first that holds counts: rows with conditions before those without
            model.transfers.sort(key=lambda row: not (row.when or row.unless))

    def named(self, name: str) -> Model | None:
        """What is known of a canonical name, and of the same member of the types that its type inherits from.

        What is said of a type goes before what is said of those that it inherits from.
        """
        own = self._models.get(name)
        owner = name[:-2] if name.endswith("[]") else name.rpartition(".")[0]
        if not (ancestors := self._ancestors(owner)):
            return own
        if name not in self._merged:
            member = name[len(owner) :]
            found = [model for parent in ancestors if (model := self._models.get(parent + member)) is not None]
            self._merged[name] = _merged([own, *found] if own is not None else found)
        return self._merged[name]

    def method(self, name: str) -> Model | None:
        """What is known of a method or attribute whose receiver nobody knows."""
        return self._models.get(f"*.{name}")

    @cached_property
    def loose_reads(self) -> dict[str, list[SourceRow]]:
        """What reading an attribute gives whose object nobody knows, by its name."""
        return {name[2:]: model.reads for name, model in self._models.items() if name[:2] == "*." and model.reads}

    def inherits(self, type_name: str) -> frozenset[str]:
        """A type and all that it inherits from."""
        return frozenset((type_name, *self._ancestors(type_name)))

    @cached_property
    def entries_of_classes(self) -> dict[str, list[EntryRow]]:
        """Entries by the name of the class that theirs derives from."""
        found: dict[str, list[EntryRow]] = {}
        for pack in self.packs:
            for row in pack.entries:
                for base in row.base:
                    found.setdefault(base, []).append(row)
        return found

    @cached_property
    def kinds(self) -> frozenset[str]:
        """The kinds of sources that some sink fears."""
        answers = (returned.kinds for pack in self.packs for row in pack.entries for returned in row.returns)
        sinks = (sink.kinds for pack in self.packs for sink in pack.sinks)
        return frozenset(kind for kinds in (*answers, *sinks) for kind in kinds)

    @cached_property
    def named_sinks(self) -> tuple[SinkRow, ...]:
        """Sinks that are known by the name of what gets the value."""
        return tuple(row for pack in self.packs for row in pack.sinks if row.names)

    @cached_property
    def conventions(self) -> tuple[tuple[Pack, EntryRow], ...]:
        """Entries that are known by the name of their first parameter."""
        return tuple((pack, row) for pack in self.packs for row in pack.entries if row.convention)

    @cached_property
    def exported(self) -> tuple[tuple[Pack, EntryRow], ...]:
        """Entries that are known by the name that a module exports them under."""
        return tuple((pack, row) for pack in self.packs for row in pack.entries if "exports" in row.base)

    @cached_property
    def assigned(self) -> dict[str, list[ConfigurationRow]]:
        """What is wrong by itself in the code of a module, by the name of the variable that gets a value."""
        found: dict[str, list[ConfigurationRow]] = {}
        for pack in self.packs:
            for row in pack.configuration:
                for name in row.assign:
                    found.setdefault(name, []).append(row)
        return found

    def gives(self, type_name: str) -> bool:
        """Whether attributes or methods of a type are sources."""
        return not self.inherits(type_name).isdisjoint(self._giving)

    @cached_property
    def parts(self) -> frozenset[str]:
        """The last parts of names whose rows tell what an attribute hands on of its owner."""
        found = self._models.items()
        return frozenset(_word(name) for name, model in found if any(map(is_of_receiver, model.transfers)))

    @cached_property
    def _giving(self) -> frozenset[str]:
        found = (name for name, model in self._models.items() if model.sources or model.reads)
        return frozenset(name.rpartition(".")[0] for name in found) - {"", "*"}

    @cached_property
    def source_words(self) -> frozenset[str]:
        """The last parts of all names that give values: a function that mentions none of them has no source."""
        return frozenset(_word(name) for name, model in self._models.items() if model.sources or model.reads)

    @cached_property
    def sink_words(self) -> frozenset[str]:
        """The last parts of all names that are sinks."""
        return frozenset(_word(name) for name, model in self._models.items() if model.sinks or model.stores)

    @cached_property
    def other_words(self) -> frozenset[str]:
        """The last parts of all names that make entries, or are wrong by themselves."""
        return frozenset(
            _word(name)
            for name, model in self._models.items()
            if model.entries or model.decorators or model.configuration or model.stored or model.absence
        )

    def _ancestors(self, type_name: str) -> tuple[str, ...]:
        """What a type inherits from, near ones first; that a pack lets types inherit from each other does no harm."""
        if type_name not in self._inherits:
            return ()
        if (known := self._all_parents.get(type_name)) is None:
            found = dict.fromkeys((type_name, *self._inherits[type_name]))
            waiting = list(found)
            for parent in waiting:
                further = [name for name in self._inherits.get(parent, ()) if name not in found]
                found.update(dict.fromkeys(further))
                waiting += further
            known = self._all_parents[type_name] = tuple(found)[1:]
        return known

    def _model(self, name: str) -> Model:
        if name not in self._models:
            self._models[name] = Model()
        return self._models[name]

    def _add(self, pack: Pack) -> None:
        for typed in pack.types:
            self._add_type(typed)
        for name in pack.ends:
            self._model(name).ends = True
        for owner, field, attribute in _LISTS:
            for row in getattr(pack, owner):
                for name in getattr(row, field):
                    getattr(self._model(name), attribute).append(row)

    def _add_type(self, typed: TypeRow) -> None:
        for name in typed.call:
            self._model(name).result = typed.type
        for name in typed.read:
            self._model(name).type = typed.type
        known = self._inherits.get(typed.type, ())
        if more := tuple(parent for parent in typed.inherits if parent not in (*known, typed.type)):
            self._inherits[typed.type] = (*known, *more)


# Which rows of a pack, by the names in which field of theirs, stand in which list of a model.
_LISTS = (
    ("sources", "call", "sources"),
    ("sources", "read", "reads"),
    ("sinks", "call", "sinks"),
    ("sinks", "store", "stores"),
    ("sanitisers", "call", "transfers"),
    ("propagators", "call", "transfers"),
    ("guards", "call", "guards"),
    ("entries", "call", "entries"),
    ("entries", "decorator", "decorators"),
    ("entries", "store", "entered"),
    ("configuration", "call", "configuration"),
    ("configuration", "store", "stored"),
    ("configuration", "decorator", "decorators"),
    ("absence", "call", "absence"),
    ("defences", "call", "defences"),
)


def is_of_receiver(row: PropagatorRow | SanitiserRow) -> bool:
    """Whether a row is about its receiver only: it holds of an attribute that is read, too."""
    return (row.at if isinstance(row, SanitiserRow) else row.origins) == ("receiver",)


def _applied(packs: tuple[Pack, ...], imported: frozenset[str] | None) -> tuple[Pack, ...]:
    """The packs that apply: what their entries hand over is of types that are then known, too."""
    if imported is None:
        return packs
    found: tuple[Pack, ...] = ()
    wanted = imported
    while True:
        applied = tuple(pack for pack in packs if not pack.requires or not wanted.isdisjoint(pack.requires))
        if len(applied) == len(found):
            return applied
        found = applied
        wanted |= {name.partition(".")[0] for pack in found for name in _handed(pack)}


def _handed(pack: Pack) -> Iterator[str]:
    """The types of what a pack's entries get by convention."""
    for row in pack.entries:
        if row.convention or "exports" in row.base:
            given = (*row.parameters, *row.by_name.values(), *(() if row.others is None else (row.others,)))
            yield from (each.type for each in given if each.type is not None)


def rules_of(packs: Iterable[Pack], language: str) -> dict[str, RuleRow]:
    """The rules of all packs that know a language, by their ids."""
    return {rule.id: _told_in(language, rule) for pack in packs if language in pack.languages for rule in pack.rules}


def _told_in(language: str, rule: RuleRow) -> RuleRow:
    """A rule with the advice and the safe code of a language."""
    if language == "python":
        return rule
    return msgspec.structs.replace(rule, safe=rule.safe_javascript, advice=rule.advice_javascript or rule.advice)


def _merged(models: list[Model]) -> Model | None:
    if len(models) < 2:  # noqa: PLR2004 - nothing to merge
        return models[0] if models else None
    made = Model()
    for field in Model.__struct_fields__:
        parts = [getattr(model, field) for model in models]
        if isinstance(parts[0], list):
            setattr(made, field, [row for part in parts for row in part])
        else:
            setattr(made, field, next((part for part in parts if part), parts[0]))
    return made


def _word(name: str) -> str:
    return name.rpartition(".")[2].removesuffix("[]").removesuffix("()")
