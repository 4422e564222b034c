"""All files of one side of a change: what is shared between walks, and what they found."""

from collections.abc import Callable, Mapping
from typing import Any

from coderev.analysis.taint.catalogue import Catalogue
from coderev.analysis.taint.defences import Defences, exported_entries
from coderev.analysis.taint.finds import Finds, Together
from coderev.analysis.taint.form import Assign, Module, Name, Node
from coderev.analysis.taint.given import Given
from coderev.analysis.taint.imports import Imports
from coderev.analysis.taint.memory import Parts
from coderev.analysis.taint.outline import (
    COMMON,
    MAX_CANDIDATES,
    FileOutline,
    Outline,
    outline_of,
    outline_of_file,
)
from coderev.analysis.taint.pack import AbsenceRow, SinkRow
from coderev.analysis.taint.rebound import rebound
from coderev.analysis.taint.registry import Registry, convention
from coderev.analysis.taint.root import Sink
from coderev.analysis.taint.run import DEEPEST, Run, execute
from coderev.analysis.taint.shared import FIELDS, Shared, Unit, Walked
from coderev.analysis.taint.state import State
from coderev.analysis.taint.summaries import Summary
from coderev.analysis.taint.value import (
    CLEAN,
    UNKNOWN,
    ClassSite,
    FunctionSite,
    Label,
    Library,
    Mark,
    ModuleSite,
    Object,
    Parameter,
    Taint,
    Value,
    at,
    is_real,
    join_all,
)

STEPS = 40_000  # statements that one walk from the top may take, callees included, before callees are not walked
BEGUN, KNOWN = 1, 2  # how far a file was loaded


class File:
    """One file: its outline, the packs of its language, the frame of its variables, and its form where it is walked."""

    def __init__(self, path: str, outline: FileOutline, catalogue: Catalogue, frame: int) -> None:
        self.path, self.outline, self.catalogue, self.frame = path, outline, catalogue, frame
        self.is_script = outline.language != "python"
        self.bound = outline.bound | (frozenset({"module", "exports"}) if self.is_script else frozenset())

    @property
    def exports(self) -> Object:
        """What a JavaScript module gives to who asks for it."""
        return Object((self.path, "exports"), "dict")

    @property
    def holder(self) -> Object:
        """JavaScript's `module`."""
        return Object((self.path, "module"), "dict")


class Project:
    """Files, what walks share, and what they find. One for each `trace`.

    What outlives a walk is in `shared`, also what has a name of its own here; the rest is of the walk under way.
    """

    def __init__(
        self,
        files: Mapping[str, FileOutline],
        read: Callable[[str], Module],
        catalogues: Callable[[str], Catalogue],
        shared: Shared | None = None,
    ) -> None:
        self._frames = 0
        self._read = read
        self.files = {
            path: File(path, outline, catalogues(outline.language), self.new_frame()) for path, outline in files.items()
        }
        self.kinds = frozenset(kind for file in self.files.values() for kind in file.catalogue.kinds)
        self.imports = Imports(frozenset(files))
        self.shared = shared if shared is not None else Shared()
        self.under_way: dict[Walked, None] = {}  # functions that are summed up, each inside of the one before
        self.put_off: dict[Walked, FunctionSite] = {}  # too far down a chain of calls
        self.made_without: set[Walked] = set()  # summaries that want what was put off
        self.tops: dict[Walked, FunctionSite] = {}  # that the walk under way defined
        self.invoked: set[tuple[object, ...]] = set()  # functions in functions, by the walk that defined them
        self.leading: frozenset[Walked] | None = None  # functions that may lead to a source or a sink
        self.together = Together()
        self.finds = Finds()
        self.met = 0  # sources, in the walk of the function that is summed up
        self.parts = Parts()
        self.defences = Defences(self.shared)
        self.entries = Registry(self.shared, self.defences)
        self._steps = 0
        self.depth = 0  # expressions and blocks that are walked at the moment, one inside the other
        self.alert = DEEPEST  # the depth beyond which `is_deep` is asked
        self.shared.attach(self)

    @classmethod
    def of(cls, modules: Mapping[str, Module], catalogues: Callable[[str], Catalogue]) -> "Project":
        """A project of which every file was read."""
        return cls({path: outline_of_file(each) for path, each in modules.items()}, modules.__getitem__, catalogues)

    # --- budgets

    def new_frame(self) -> int:
        """The number of the next frame."""
        self._frames += 1
        return self._frames

    def walk(self, unit: Unit, walked: Walked | None, work: Callable[[], None]) -> None:
        """A walk that has a budget of its own, and whose result depends on nothing but what is shared.

        `unit` is its name; `walked` is who depends on what it reads, None where nobody is to be walked again for it.
        """
        if self.shared.recall(unit, walked):
            return
        outer = self._steps, self.met, self.parts, self.finds, self.tops
        walking = self.shared.walking
        self._steps, self.met, self.parts, self.finds, self.tops = 0, 0, Parts(), Finds(), {}
        self.shared.walking = walked
        self.shared.begin(unit)
        is_whole = False
        try:
            work()
            is_whole = True
        finally:
            part = self.finds.part()
            self._steps, self.met, self.parts, self.finds, self.tops = outer
            self.shared.walking = walking
            self.shared.end(part, is_whole=is_whole)
            if part is not None:
                self.together.add(part)

    def spend(self, path: str, steps: int = 1) -> None:
        """Count what a walk does. It is counted, not timed: the same input has the same result."""
        self._steps += steps
        if self._steps - steps < STEPS <= self._steps:
            self.cap(path, f"more than {STEPS} steps: what is called further on was not followed")

    @property
    def is_spent(self) -> bool:
        """Whether callees are not walked any more."""
        return self._steps >= STEPS

    def cap(self, path: str, reason: str) -> None:
        """Tell that something was cut short in a file; what is cut hands on all that it gets."""
        self.finds.caps.setdefault(path, reason)

    def is_deep(self, limit: int = DEEPEST) -> bool:
        """Whether code nests too deep to be walked; asked beyond `alert`."""
        self.alert = self.shared.reach(self.depth, DEEPEST)
        return self.depth > limit

    # --- files

    def file(self, path: str) -> File:
        """A file by its path."""
        return self.files[path]

    def module(self, path: str) -> Module:
        """The form of a file."""
        return self._read(path)

    def load(self, path: str) -> File:
        """Run what loading a file runs, once. In a circle of imports the rest of it is not known yet."""
        if not self.shared.is_noted("loaded", path):
            self.walk(("load", path), None, lambda: self._load(self.files[path]))
        self.shared.asked(None, "loaded", path)
        return self.files[path]

    def is_known(self, path: str) -> bool:
        """Whether a file was loaded to its end: what its functions do is not summed up before."""
        return self.shared.noted("loaded", path) == KNOWN

    def _load(self, file: File) -> None:
        self.shared.note("loaded", file.path, BEGUN)
        self.shared.told("content", file.path)
        module = self.module(file.path)
        state = State()
        state.enter(file.frame)
        run = Run(
            project=self, file=file, function=module.body, frames=((file.frame, file.bound),), state=state,
            key=(file.path,),
        )  # fmt: skip
        if file.is_script:
            state.put(file.holder, "exports", at(file.exports))
            state.assign(file.frame, "module", at(file.holder))
            state.assign(file.frame, "exports", at(file.exports))
        execute(run, module.body.body)
        outlines = [
            outline_of(each, called=convention(file, each) is not None) for _, each in sorted(self.tops.items())
        ]
        self.shared.note("outlines", file.path, outlines)
        final = run.state or (run.returns[-1][1] if run.returns else state)
        self.shared.note("loaded", file.path, KNOWN)
        self.shared.keep(file.frame, self._settled(module, file.is_script, final.frames.get(file.frame, {})))
        for site, held in final.heap.items():
            if isinstance(site, Library):  # a source that was read here is no other file's; what is stored is shared
                held = {key: value for key, value in held.items() if not value.taint}  # noqa: PLW2901 - the rest of it
            if held or not isinstance(site, Library):
                self.shared.keep(site, held)
        self.shared.keep_frames(final.frames)  # those that functions of the module captured
        if file.is_script:
            run.state = final
            for name, row in exported_entries(file):
                self.entries.enter(run, self.exported_script(file, name), row)

    def _settled(self, module: Module, is_script: bool, variables: dict[str, Value]) -> dict[str, Value]:  # noqa: FBT001
        """The variables of a module that was loaded: constants only where no function assigns another value."""
        known = frozenset(name for name, value in variables.items() if value.constants is not None)
        lost = rebound(module.body, known, is_script=is_script) if known else frozenset()
        return {**variables, **{name: variables[name].but(constants=None) for name in lost}} if lost else variables

    def exported(self, path: str, name: str) -> Value:
        """What a file of the project has under a name."""
        file = self.load(path)
        if file.is_script:
            return self.exported_script(file, name)
        found = self.shared.variable(file.frame, name)
        if found is not None:
            return found
        inner = self.python(f"{name}", path, 1) if path.endswith("__init__.py") else None
        return at(ModuleSite(inner)) if inner is not None else UNKNOWN

    def exported_script(self, file: File, name: str) -> Value:
        """What a file in JavaScript exports under a name, or (no name) all that it exports."""
        whole = self.shared.cell(file.holder, "exports") or UNKNOWN
        if name in ("default", ""):
            for site in whole.sites:
                found = self.shared.cell(site, "default")
                if found is not None and name:
                    return found
            return whole
        found_all = [self.shared.cell(site, name) for site in whole.sites]
        return join_all(each for each in found_all if each is not None)

    def python(self, module: str, importer: str, level: int) -> str | None:
        """The file that a module of Python is, if it is one of the project."""
        self.shared.told("python", (module, importer, level))
        return self.imports.python(module, importer, level)

    def script(self, module: str, importer: str) -> str | None:
        """The file that a module of JavaScript is, if it is one of the project."""
        self.shared.told("script", (module, importer))
        return self.imports.script(module, importer)

    def binds(self, path: str, name: str | None) -> bool:
        """Whether a file has a variable of a name."""
        self.shared.told("header", path)
        return name in self.files[path].outline.bound

    def stars(self, path: str) -> tuple[str, ...]:
        """The library's modules of which a file brought in all names."""
        return self.shared.noted("stars", path) or ()  # type: ignore[return-value]

    def from_sources(self, path: str) -> frozenset[str]:
        """The names by which functions get at what a module has from a source."""
        file = self.files[path]

        def work() -> None:
            self.shared.note("sources", path, tuple(sorted(self.shared.from_sources(file.frame, file.catalogue))))

        self.walk(("sources", path), None, work)
        found: tuple[str, ...] = self.shared.noted("sources", path)  # type: ignore[assignment]
        return frozenset(found)

    # --- functions and classes

    def top(self, name: Walked) -> FunctionSite | None:
        """A function of a module or of a class of one, by its identity."""
        return self.shared.noted("function", name)  # type: ignore[return-value]

    def outlines(self) -> list[Outline]:
        """The functions of all files and of their classes, in the order of their places."""
        found = (self.shared.noted("outlines", path) for path in self.files)
        return [each for outlines in found if outlines is not None for each in outlines]  # type: ignore[attr-defined]

    def defined(self, run: Run, site: FunctionSite) -> None:
        """A function was defined here."""
        if len(run.frames) == 1:
            self.shared.note_first("function", site.identity[:3], site)
            self.tops[site.identity[:3]] = site
        else:
            run.closures.append(site)

    def classes(self, run: Run, site: ClassSite) -> None:
        """A class was defined here."""
        for value in run.now.cells(site).values():
            for each in value.sites:
                if isinstance(each, FunctionSite) and each.owner == site:
                    self._method(each, site)
        self.entries.of_class(run, site)

    def _method(self, each: FunctionSite, owner: ClassSite) -> None:
        name = each.function.name
        if len(each.frames) == 1:
            self.shared.note("function", each.identity[:3], each)
            self.tops[each.identity[:3]] = each
        else:
            self.shared.note("owner", each.identity[:3], owner)
        if name in ("__init__", "constructor"):
            self.shared.note("constructor", owner.identity, each)
        if name not in COMMON and not name.startswith("__"):
            self._candidate(name, each)

    def _candidate(self, name: str, method: FunctionSite) -> None:
        """A method may be meant wherever one of its name is called; of too many it does not matter which they are."""
        known: tuple[FunctionSite, ...] | bool = self.shared.noted("methods", name) or ()  # type: ignore[assignment]
        if isinstance(known, tuple):
            others = [other for other in known if other.identity[:3] != method.identity[:3]]
            self.shared.note("methods", name, (*others, method) if len(others) < MAX_CANDIDATES else True)

    def matters(self, site: FunctionSite) -> bool:
        """Whether a function may lead to a source or a sink; all may, before that was looked at."""
        self.shared.told("leading", site.identity[:3])
        return self.leads(site.identity[:3])

    def leads(self, name: Walked) -> bool:
        """The same of a name."""
        return self.leading is None or name in self.leading

    def methods_named(self, name: str) -> tuple[FunctionSite, ...]:
        """The methods of all classes that are called so, if that says something: if there are few."""
        found = self.shared.noted("methods", name)
        return found if isinstance(found, tuple) else ()

    def own(self, parameter: Parameter, site: FunctionSite) -> None:
        """Say whose receiver a parameter is."""
        if site.owner is not None and site.binding in ("instance", "class"):
            self.shared.note_first("receiver", (parameter.function, parameter.index), site.owner)

    def own_class(self, parameter: Parameter) -> ClassSite | None:
        """The class whose receiver a parameter is."""
        if parameter.keys:
            return None
        return self.shared.noted("receiver", (parameter.function, parameter.index))  # type: ignore[return-value]

    def field(self, owner: ClassSite, name: str) -> Value | None:
        """What the constructor of a class stores in an attribute, apart from what it is given."""
        key, walked = (*owner.identity, name), (*owner.identity, FIELDS)
        if not self.shared.is_noted("field", key):
            self.walk(("field", *key), walked, lambda: self._find_fields(key))
        self.shared.asked(walked, "field", key)
        found: tuple[Value, ...] = self.shared.noted("field", key)  # type: ignore[assignment]
        return self._met(found[0]) if found else None

    def _find_fields(self, key: tuple[object, ...]) -> None:
        from coderev.analysis.taint.functions import inline
        from coderev.analysis.taint.run import Unreachable

        self.shared.note("field", key, ())
        constructor: FunctionSite | None = self.shared.noted("constructor", key[:-1])  # type: ignore[assignment]
        if constructor is None or (owner := constructor.owner) is None:
            return
        file = self.files[constructor.home]
        made = Object(("self", *owner.identity), "instance", owner)
        run = Run(
            project=self, file=file, function=self.module(file.path).body, frames=((file.frame, file.bound),),
            state=State(), key=(constructor.home, "fields"),
        )  # fmt: skip
        try:
            inline(run, constructor.bound(at(made)), Given(), constructor.function)
        except Unreachable:
            return
        for stored, value in run.now.cells(made).items():
            if isinstance(stored, str):
                self.shared.note("field", (*owner.identity, stored), (value,))
                for site in value.sites:
                    if isinstance(site, Object):
                        self.shared.keep(site, run.now.cells(site))

    def _met(self, value: Value | None) -> Value | None:
        self.met += value is not None and is_real(value.taint)
        return value

    def is_again(self, walked: Walked) -> bool:
        """Find again what is known of a function or of the fields of a class, and tell whether it is something else."""
        from coderev.analysis.taint.summaries import digest, sum_up

        *identity, what = walked
        if what == FIELDS:
            stale = [key for key in self.shared.names("field") if key[:-1] == tuple(identity)]  # type: ignore[index]
            for key in stale:
                self.shared.note("field", key, None)
            return bool(stale)
        before: Summary | None = self.shared.noted("summary", walked)  # type: ignore[assignment]
        self.shared.note("summary", walked, None)
        if before is None or not self.shared.is_noted("function", walked):
            return False
        return digest(sum_up(self, walked)) != digest(before)

    def fields_of(self, site: ClassSite) -> list[str]:
        """The annotated attributes of a class, in order: what a data class is made of."""
        return [
            each.target.name
            for each in site.definition.body
            if isinstance(each, Assign) and isinstance(each.target, Name) and each.annotation is not None
        ]

    def _owner_of(self, name: Walked) -> ClassSite | None:
        """The class whose method a function is."""
        known = self.top(name)
        return self.shared.noted("owner", name) if known is None else known.owner  # type: ignore[return-value]

    def above(self, run: Run) -> tuple[Value, Value]:
        """What `super()` is: the receiver, and the classes that its method's class derives from."""
        for frame, _ in run.frames:
            variables = run.now.frames.get(frame, {})
            receiver = variables.get("this") or next(iter(variables.values()), None)
            owner = self._owner_of((run.file.path, run.function.start, run.function.qualified))
            if receiver is None or owner is None:
                continue
            return receiver, Value(sites=tuple(site for base in owner.bases for site in base.sites))
        return UNKNOWN, UNKNOWN

    # --- entries

    def outcome(self, name: Walked) -> tuple[bool, frozenset[str]]:
        """Whether a source was met in a function or in what it calls, and the names under which it stored such."""
        from coderev.analysis.taint.summaries import remake

        if not self.shared.is_noted("summary", name):
            remake(self, name)
        found: tuple[Any, ...] = self.shared.noted("outcome", name)  # type: ignore[assignment]
        return found[0], frozenset(found[1:])

    def invoke(self, site: FunctionSite) -> None:
        """A function is called by somebody of whom the engine knows."""
        if len(site.frames) == 1:
            self.shared.mark("invoked", site.identity[:3])
        else:
            self.invoked.add(site.walk)

    # --- what is found

    def report(self, sink: Sink, label: Label, mark: Mark) -> None:
        """A source reaches a sink."""
        self.finds.report(sink, label, mark)

    def mendable(self, path: str, start: int, row: SinkRow | None = None) -> tuple[SinkRow, ...]:
        """What of a call a store makes harmless, by the place of the call; with one more row."""
        known: tuple[SinkRow, ...] = self.shared.noted("mendable", (path, start)) or ()  # type: ignore[assignment]
        if row is not None and not any(each is row for each in known):
            known = (*known, row)
            self.shared.note("mendable", (path, start), known)
        return known

    def mend(self, path: str, start: int, rule: str) -> None:
        """What a call gave was made harmless by what was stored into it."""
        self.finds.harmless.add((rule, path, start))

    def misconfigured(self, run: Run, rule: str, node: Node, name: str = "") -> None:
        """A call or store, told by its name, is wrong by itself."""
        path, start, end = run.place(node)
        self.finds.misconfigured(Sink(rule, path, start, end, name))

    def missing(self, run: Run, row: AbsenceRow, node: Node, name: str = "") -> None:
        """A call is wrong because something is never mentioned."""
        if row.within == "function":
            mentions = run.function.mentions
        else:
            words = tuple(sorted({*row.present, *row.missing}))
            mentions = self._mentioned(words, run.file.path if row.within == "module" else None)
        is_there = not row.present or mentions & set(row.present)
        if is_there and not mentions & set(row.missing):
            self.misconfigured(run, row.rule, node, name)

    def _mentioned(self, words: tuple[str, ...], path: str | None) -> frozenset[str]:
        self.shared.told("mentioned", (words, path))
        return self.mentioned(words, path)

    def mentioned(self, words: tuple[str, ...], path: str | None) -> frozenset[str]:
        """Those of some words that stand in a file, or in any (None)."""
        files = self.files.values() if path is None else (self.files[path],)
        return frozenset(word for word in words if any(word in file.outline.mentions for file in files))

    def error(self, run: Run, node: Node) -> Taint:
        """The taint of what an exception tells."""
        from coderev.analysis.taint.members import labelled

        return labelled(run, "error", "comes from an exception", node) if run.file.catalogue.rules else CLEAN
