"""All files of one side of a change: what is shared between walks, and what they found."""

from collections.abc import Callable, Mapping

from coderev.analysis.taint.catalogue import Catalogue
from coderev.analysis.taint.conditions import compiled
from coderev.analysis.taint.defences import Defences, exported_entries, fields_of, is_of_count, recognised
from coderev.analysis.taint.form import Assign, Call, Expression, Import, Module, Name, Node
from coderev.analysis.taint.given import Given
from coderev.analysis.taint.imports import Imports
from coderev.analysis.taint.members import read
from coderev.analysis.taint.memory import Parts, any_element, class_cells, lineage, put
from coderev.analysis.taint.pack import AbsenceRow, EntryRow, SinkRow
from coderev.analysis.taint.rebound import rebound
from coderev.analysis.taint.root import Sink
from coderev.analysis.taint.run import Run, evaluate, execute
from coderev.analysis.taint.shared import FIELDS, Shared, Walked
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
    Site,
    Taint,
    Value,
    at,
    is_real,
    join_all,
    named,
)

STEPS = 40_000  # statements that one walk from the top may take, callees included, before callees are not walked
Registered = tuple[FunctionSite, EntryRow, str]


class File:
    """One file: its form, the packs of its language, and the frame of its variables."""

    def __init__(self, module: Module, catalogue: Catalogue, frame: int) -> None:
        self.module, self.catalogue, self.frame = module, catalogue, frame
        self.path = module.path
        self.is_script = module.language != "python"
        self.bound = module.body.bound | (frozenset({"module", "exports"}) if self.is_script else frozenset())
        self.stars: list[str] = []  # library modules of which all names were brought in
        self.is_loaded = False
        self.is_known = False  # loaded to its end: what its functions do is not summed up before

    @property
    def exports(self) -> Object:
        """What a JavaScript module gives to who asks for it."""
        return Object((self.path, "exports"), "dict")

    @property
    def holder(self) -> Object:
        """JavaScript's `module`."""
        return Object((self.path, "module"), "dict")


class Project:
    """Files, their shared variables and objects, summaries, and findings. One for each `trace`."""

    def __init__(self, modules: Mapping[str, Module], catalogues: Callable[[str], Catalogue]) -> None:
        self._frames = 0
        self.files = {
            path: File(module, catalogues(module.language), self.new_frame()) for path, module in modules.items()
        }
        self.kinds = frozenset(kind for file in self.files.values() for kind in file.catalogue.kinds)
        self.imports = Imports(frozenset(modules))
        self.shared = Shared()
        self.summaries: dict[tuple[object, ...], Summary] = {}
        self.under_way: set[tuple[object, ...]] = set()
        self.put_off: dict[tuple[object, ...], FunctionSite] = {}  # too far down a chain of calls
        self.made_without: set[tuple[object, ...]] = set()  # summaries that want what was put off
        self.recursive: set[tuple[object, ...]] = set()
        self.invoked: set[tuple[object, ...]] = set()
        self.top: dict[tuple[object, ...], FunctionSite] = {}
        self.all_classes: list[ClassSite] = []
        self.leading: frozenset[tuple[object, ...]] | None = None  # functions that may lead to a source or a sink
        self.entries: dict[tuple[object, ...], Registered] = {}
        self.found: dict[tuple[object, ...], tuple[Sink, Label | None, Mark | None]] = {}
        self.mendable: dict[tuple[str, int], list[SinkRow]] = {}  # by their place, calls that a store makes harmless
        self.harmless: set[tuple[str, str, int]] = set()  # rule, path and first byte of those that were
        self.caps: dict[str, str] = {}
        self.met = 0  # sources, in the walk of the function that is summed up
        self._constructors: dict[tuple[object, ...], FunctionSite] = {}
        self._owner_of: dict[int, ClassSite] = {}  # by the identity of the form of a method
        self._owners: dict[Parameter, ClassSite] = {}
        self._by_method: dict[str, list[FunctionSite]] = {}
        self._fields: dict[tuple[object, str], Value | None] = {}
        self.parts = Parts()
        self.defences = Defences()
        self._steps = 0
        self.depth = 0  # expressions and blocks that are walked at the moment, one inside the other

    # --- budgets

    def new_frame(self) -> int:
        """The number of the next frame."""
        self._frames += 1
        return self._frames

    def begin(self) -> None:
        """A walk from the top starts with a budget of its own."""
        self._steps = 0
        self.parts.clear()

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
        self.caps.setdefault(path, reason)

    # --- files

    def file(self, path: str) -> File:
        """A file by its path."""
        return self.files[path]

    def load(self, path: str) -> File:
        """Run what loading a file runs, once. In a circle of imports the rest of it is not known yet."""
        file = self.files[path]
        if file.is_loaded:
            return file
        file.is_loaded = True
        state = State()
        state.enter(file.frame)
        run = Run(
            project=self,
            file=file,
            function=file.module.body,
            frames=((file.frame, file.bound),),
            state=state,
            key=(path,),
        )
        if file.is_script:
            state.put(file.holder, "exports", at(file.exports))
            state.assign(file.frame, "module", at(file.holder))
            state.assign(file.frame, "exports", at(file.exports))
        outer, self._steps = self._steps, 0
        execute(run, file.module.body.body)
        self._steps = outer
        final = run.state or (run.returns[-1][1] if run.returns else state)
        file.is_known = True
        self.shared.frames |= final.frames  # with those that functions of the module captured
        self.shared.frames[file.frame] = self._settled(file, self.shared.frames.get(file.frame, {}))
        for site, held in final.heap.items():
            self.shared.heap.setdefault(site, held)
        if file.is_script:
            run.state = final
            for name, row in exported_entries(file):
                self._enter(run, self._exported_script(file, name), row, "")
        return file

    def _settled(self, file: File, variables: dict[str, Value]) -> dict[str, Value]:
        """The variables of a module that was loaded: constants only where no function assigns another value."""
        known = frozenset(name for name, value in variables.items() if value.constants is not None)
        lost = rebound(file.module.body, known, is_script=file.is_script) if known else frozenset()
        return {**variables, **{name: variables[name].but(constants=None) for name in lost}} if lost else variables

    def exported(self, path: str, name: str) -> Value:
        """What a file of the project has under a name."""
        file = self.load(path)
        if file.is_script:
            return self._exported_script(file, name)
        found = self.shared.variable(file.frame, name)
        if found is not None:
            return found
        inner = self.imports.python(f"{name}", path, 1) if path.endswith("__init__.py") else None
        return at(ModuleSite(inner)) if inner is not None else UNKNOWN

    def _exported_script(self, file: File, name: str) -> Value:
        whole = self.shared.cell(file.holder, "exports") or UNKNOWN
        if name in ("default", ""):
            for site in whole.sites:
                found = self.shared.cell(site, "default")
                if found is not None and name:
                    return found
            return whole
        found_all = [self.shared.cell(site, name) for site in whole.sites]
        return join_all(each for each in found_all if each is not None)

    def bring_in(self, run: Run, node: Import) -> None:
        """An import: a file of the project, else something of the library."""
        from coderev.analysis.taint.statements import assign_name

        path = self._import_path(run, node)
        if path is not None and path != run.file.path:
            self.load(path)
        if node.name == "*":
            self._bring_all(run, node, path)
            return
        if path is None:
            value = self._of_library(run, node)
        elif node.name is None and node.binds_root:
            value = self._rooted(run, node, path)
        elif node.name is None:
            value = self._exported_script(self.files[path], "") if run.file.is_script else at(ModuleSite(path))
        else:
            value = self.exported(path, node.name)
        assign_name(run, node.alias, value)

    def _rooted(self, run: Run, node: Import, path: str) -> Value:
        """`import a.b.c` binds `a`: the file of that package, or where it has none something that holds `b`."""
        parts = node.module.split(".")
        value = at(ModuleSite(path))
        for count in range(len(parts) - 1, 0, -1):
            outer = self.imports.python(".".join(parts[:count]), run.file.path, 0)
            if outer is not None:
                value = at(ModuleSite(outer))
                continue
            site = Object((run.file.path, "package", *parts[:count]), "module")
            run.now.put(site, parts[count], value)
            value = at(site)
        return value

    def _import_path(self, run: Run, node: Import) -> str | None:
        if run.file.is_script:
            return self.imports.script(node.module, run.file.path)
        module = node.module
        if node.name not in (None, "*"):
            inner = self.imports.python(
                f"{module}.{node.name}" if module else str(node.name), run.file.path, node.level
            )
            outer = self.imports.python(module, run.file.path, node.level) if module else None
            if inner is not None and (outer is None or outer.endswith("__init__.py")):
                has = outer is not None and node.name in self.files[outer].module.body.bound
                return outer if has else None
            return outer
        return self.imports.python(module, run.file.path, node.level)

    def _bring_all(self, run: Run, node: Import, path: str | None) -> None:
        from coderev.analysis.taint.statements import assign_name

        if path is None:
            run.file.stars.append(node.module)
            return
        if run.file.is_script:  # `export * from`
            for site in self._exported_script(self.files[path], "").sites:
                for key, value in self.shared.cells(site).items():
                    if key != "default":
                        put(run, run.file.exports, key, value)
            return
        for name, value in self.shared.frames.get(self.files[path].frame, {}).items():
            if not name.startswith("_"):
                assign_name(run, name, value)

    def _of_library(self, run: Run, node: Import) -> Value:
        module = node.module.removeprefix("node:")
        if not run.file.is_script and node.name is not None:
            inner = self.imports.python(f"{module}.{node.name}" if module else node.name, run.file.path, node.level)
            if inner is not None:
                self.load(inner)
                return at(ModuleSite(inner))
        if node.name is None or node.name == "default":
            return named(module.partition(".")[0] if node.binds_root else module)
        return read(run, Library(module), node.name, node)

    def from_sources(self, path: str) -> frozenset[str]:
        """The names by which functions get at what a module has from a source."""
        file = self.files[path]
        return self.shared.from_sources(file.frame, file.catalogue)

    # --- functions and classes

    def defined(self, run: Run, site: FunctionSite) -> None:
        """A function was defined here."""
        if len(run.frames) == 1:
            self.top[site.identity[:3]] = site
        else:
            run.closures.append(site)

    def classes(self, run: Run, site: ClassSite) -> None:
        """A class was defined here."""
        self.all_classes.append(site)
        for value in run.now.cells(site).values():
            for each in value.sites:
                if isinstance(each, FunctionSite) and each.owner == site:
                    if len(each.frames) == 1:
                        self.top[each.identity[:3]] = each
                    if each.function.name in ("__init__", "constructor"):
                        self._constructors[site.identity] = each
                    self._owner_of[id(each.function)] = site
                    self._by_method.setdefault(each.function.name, []).append(each)
        self._entries_of(run, site)

    def _entries_of(self, run: Run, site: ClassSite) -> None:
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
                            self._enter(run, _owned(value, site), row, "")

    def matters(self, site: FunctionSite) -> bool:
        """Whether a function may lead to a source or a sink; all may, before that was looked at."""
        return self.leading is None or site.identity[:3] in self.leading

    def methods_named(self, name: str) -> list[FunctionSite]:
        """The methods of all classes that are called so."""
        return self._by_method.get(name, [])

    def own(self, parameter: Parameter, site: FunctionSite) -> None:
        """Say whose receiver a parameter is."""
        if site.owner is not None and site.function.binding in ("instance", "class"):
            self._owners[parameter] = site.owner

    def own_class(self, parameter: Parameter) -> ClassSite | None:
        """The class whose receiver a parameter is."""
        return self._owners.get(parameter)

    def field(self, owner: ClassSite, name: str) -> Value | None:
        """What the constructor of a class stores in an attribute, apart from what it is given."""
        from coderev.analysis.taint.functions import inline
        from coderev.analysis.taint.run import Unreachable

        key = (owner.identity, name)
        self.shared.used((*owner.identity, FIELDS))
        if key in self._fields:
            return self._met(self._fields[key])
        self._fields[key] = None
        constructor = self._constructors.get(owner.identity)
        if constructor is None:
            return None
        file = self.files[constructor.home]
        state = State()
        made = Object(("self", *owner.identity), "instance", owner)
        run = Run(
            project=self, file=file, function=file.module.body, frames=((file.frame, file.bound),), state=state,
            key=(constructor.home, "fields"),
        )  # fmt: skip
        steps, self._steps = self._steps, 0
        walking, self.shared.walking = self.shared.walking, (*owner.identity, FIELDS)
        try:
            inline(run, constructor.bound(at(made)), Given(), constructor.function)
        except Unreachable:
            return None
        finally:
            self._steps, self.shared.walking = steps, walking
        for stored, value in run.now.cells(made).items():
            if isinstance(stored, str):
                self._fields[owner.identity, stored] = value
                for site in value.sites:
                    if isinstance(site, Object):
                        self.shared.heap.setdefault(site, run.now.cells(site))
        return self._met(self._fields[key])

    def _met(self, value: Value | None) -> Value | None:
        self.met += value is not None and is_real(value.taint)
        return value

    def is_again(self, walked: Walked) -> bool:
        """Find again what is known of a function or of the fields of a class, and tell whether it is something else."""
        from coderev.analysis.taint.summaries import digest, summary_of

        *identity, what = walked
        if what == FIELDS:
            stale = [key for key in self._fields if key[0] == tuple(identity)]
            for key in stale:
                del self._fields[key]
            return bool(stale)
        before, site = self.summaries.pop(walked, None), self.top.get(walked)
        return before is not None and site is not None and digest(summary_of(self, site)) != digest(before)

    def fields_of(self, site: ClassSite) -> list[str]:
        """The annotated attributes of a class, in order: what a data class is made of."""
        return [
            each.target.name
            for each in site.definition.body
            if isinstance(each, Assign) and isinstance(each.target, Name) and each.annotation is not None
        ]

    def above(self, run: Run) -> tuple[Value, Value]:
        """What `super()` is: the receiver, and the classes that its method's class derives from."""
        for frame, _ in run.frames:
            variables = run.now.frames.get(frame, {})
            receiver = variables.get("this") or next(iter(variables.values()), None)
            owner = self._owner_of.get(id(run.function))
            if receiver is None or owner is None:
                continue
            return receiver, Value(sites=tuple(site for base in owner.bases for site in base.sites))
        return UNKNOWN, UNKNOWN

    def annotated(self, run: Run, annotation: Expression) -> tuple[Site, ...]:
        """What instances of an annotation's type are."""
        if not isinstance(annotation, Name) and annotation.__class__.__name__ not in ("Attribute", "Constant"):
            return ()
        value = evaluate(run, annotation)
        found: list[Site] = []
        for site in value.sites:
            if isinstance(site, Library) and site.name.rpartition(".")[2][:1].isupper():
                found.append(site)
            elif isinstance(site, ClassSite):
                found.append(Object(("typed", *site.identity), "instance", site, many=True))
        return tuple(found)

    def decorated(  # noqa: C901 - a decorator may be many things
        self, run: Run, decorator: Expression, value: Value
    ) -> Value:
        """A decorated definition: an entry of a framework, what a decorator of the project makes of it, or itself."""
        from coderev.analysis.taint.calls import apply, arguments
        from coderev.analysis.taint.library import Situation, attempt

        is_call = isinstance(decorator, Call)
        function = evaluate(run, decorator.function if isinstance(decorator, Call) else decorator)
        given = arguments(run, decorator.arguments) if isinstance(decorator, Call) else Given()
        for site in function.sites or (Library(_last_name(decorator)),):
            if isinstance(site, Library):
                model = run.file.catalogue.named(site.name) or run.file.catalogue.method(site.name.rpartition(".")[2])
                situation = Situation(run, site.name, None, given, decorator)
                for row in model.decorators if model else ():
                    if isinstance(row, EntryRow):
                        if row.when and situation.applies(row.when) is not True:
                            continue
                        route = next((v.text for v in situation.values(row.route.at)), None) if row.route else None
                        self._enter(run, value, row, route or "")
                    elif situation.applies(row.when, row.unless) is True:
                        self.misconfigured(run, row.rule, decorator)
        if not any(isinstance(site, FunctionSite | ClassSite) for site in function.sites):
            return value
        if is_call:
            function = attempt(run, lambda: apply(run, function, given, decorator))
        made = attempt(run, lambda: apply(run, function, Given((value,)), decorator))
        return made if any(isinstance(site, FunctionSite) for site in made.sites) else value

    def leftover(self, run: Run) -> None:
        """Functions that a walk defined and nobody called: somebody will, with who knows what."""
        from coderev.analysis.taint.functions import inline
        from coderev.analysis.taint.library import attempt
        from coderev.analysis.taint.state import joined_all

        waiting = [site for site in run.closures if site.walk not in self.invoked]
        if not waiting or not run.returns:
            return
        run.state = joined_all(state for _, state in run.returns)
        if run.state is None:
            return
        run.state = run.state.fork()
        for site in waiting:
            self.invoked.add(site.walk)
            entry = self.convention(run.file, site)
            if entry is not None:
                self._enter(run, at(site), entry, "")
            else:
                given = Given(tuple(UNKNOWN for _ in site.function.parameters))
                attempt(run, lambda site=site, given=given: inline(run, site, given, site.function))  # type: ignore[misc]

    # --- entries

    def convention(self, file: File, site: FunctionSite) -> EntryRow | None:
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
                self.defences.registered(run.file.path, value, fields)
                self._enter(run, value, row, route)
                self._enter(run, any_element(run, value), row, route)

    def enter(self, run: Run, value: Value, row: EntryRow) -> None:
        """Functions were stored where a framework calls them from."""
        self._enter(run, value, row, "")

    def _enter(self, run: Run, value: Value, row: EntryRow, route: str) -> None:
        from coderev.analysis.taint.entries import walk_entry
        from coderev.analysis.taint.library import attempt

        for site in value.sites:
            if not isinstance(site, FunctionSite) or not is_of_count(site, row):
                continue
            self.invoked.add(site.walk)
            if len(site.frames) == 1:
                owner = site.owner.identity if site.owner is not None else ()
                self.entries[*site.identity[:3], owner, id(row)] = (site, row, route)
            else:
                attempt(run, lambda site=site: walk_entry(run, site, row, route))  # type: ignore[misc]

    # --- what is found

    def report(self, sink: Sink, label: Label, mark: Mark) -> None:
        """A source reaches a sink. Of several ways the surest, then the first, is kept."""
        key = (sink.rule, sink.path, sink.start, label.place, label.kind)
        before = self.found.get(key)
        if before is None or (mark.sure and before[2] is not None and not before[2].sure):
            self.found[key] = (sink, label, mark)

    def mend(self, path: str, start: int, rule: str) -> None:
        """What a call gave was made harmless by what was stored into it."""
        self.harmless.add((rule, path, start))

    def misconfigured(self, run: Run, rule: str, node: Node, name: str = "") -> None:
        """A call or store, told by its name, is wrong by itself."""
        path, start, end = run.place(node)
        self.found.setdefault((rule, path, start), (Sink(rule, path, start, end, name), None, None))

    def missing(self, run: Run, row: AbsenceRow, node: Node, name: str = "") -> None:
        """A call is wrong because something is never mentioned."""
        if row.within == "function":
            mentions = run.function.mentions
        elif row.within == "module":
            mentions = run.file.module.body.mentions
        else:
            mentions = frozenset().union(*(file.module.body.mentions for file in self.files.values()))
        is_there = not row.present or mentions & set(row.present)
        if is_there and not mentions & set(row.missing):
            self.misconfigured(run, row.rule, node, name)

    def error(self, run: Run, node: Node) -> Taint:
        """The taint of what an exception tells."""
        from coderev.analysis.taint.members import labelled

        return labelled(run, "error", "comes from an exception", node) if run.file.catalogue.rules else CLEAN


def _owned(value: Value, owner: ClassSite) -> Value:
    """Methods as those of the class that inherits them: an entry runs with an instance of that."""
    return Value(
        sites=tuple(
            FunctionSite(site.function, site.home, site.frames, owner) if isinstance(site, FunctionSite) else site
            for site in value.sites
        )
    )


def _last_name(expression: Expression) -> str:
    inner = expression.function if isinstance(expression, Call) else expression
    name = getattr(inner, "name", "")
    return f"*.{name}" if name else "*"
