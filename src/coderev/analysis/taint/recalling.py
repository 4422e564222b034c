"""Functions and classes that are known by their places only: their code is read where somebody walks it."""

from collections.abc import Callable, Iterator, Mapping
from functools import cached_property, partial
from typing import TYPE_CHECKING, Any

import msgspec

from coderev.analysis.taint.form import (
    Binding,
    Class,
    Constant,
    Define,
    Expression,
    Function,
    Module,
    Node,
    Parameter,
    Unknown,
)
from coderev.analysis.taint.records import digest_of
from coderev.analysis.taint.value import ClassSite, Frames, FunctionSite, Value

if TYPE_CHECKING:
    from coderev.analysis.taint.project import Project

Head = tuple[str, Binding, int, bool, bool, Any]  # of a function: what `FunctionSite` says of it, in that order
Named = tuple[int, str]  # the first byte of a definition, and its qualified name


class RecalledFunction(FunctionSite):
    """A function whose code is found when it is asked for. `form` is the digest of its head."""

    __slots__ = ("_find", "_head", "form")

    def __init__(  # noqa: PLR0913, PLR0917 - the parts of a site
        self,
        find: Callable[[], Function],
        head: Head,
        form: bytes,
        home: str,
        named: Named,
        frames: Frames,
        owner: ClassSite | None,
        receiver: Value | None,
    ) -> None:
        self._find, self._head, self.form = find, head, form
        self.home, self.frames, self.owner, self.receiver = home, frames, owner, receiver
        self.identity = (home, *named, receiver is not None)

    @property
    def function(self) -> Function:  # type: ignore[override]
        """Its code."""
        return self._find()

    def bound(self, receiver: Value) -> FunctionSite:
        """The same function with its receiver."""
        home, start, qualified, _ = self.identity
        parts = (home, (start, qualified), self.frames, self.owner, receiver)
        return RecalledFunction(self._find, self._head, self.form, *parts)

    @property
    def name(self) -> str:
        """What it is called."""
        return self._head[0]

    @property
    def binding(self) -> Binding:
        """What its first parameter is."""
        return self._head[1]

    @property
    def rank(self) -> int:
        """Which of the SIZES its code exceeds: the number of these."""
        return self._head[2]

    @property
    def is_getter(self) -> bool:
        """Whether reading it calls it."""
        return self._head[3]

    @property
    def takes_all(self) -> bool:
        """Whether it uses all its arguments under JavaScript's name for them."""
        return self._head[4]

    @property
    def parameters(self) -> tuple[Parameter, ...]:
        """Its parameters; what they default to is asked for by `default`."""
        return tuple(
            Parameter(start, end, name, kind, _default(default)) for start, end, name, kind, default in self._head[5]
        )

    def default(self, parameter: Parameter) -> Expression:
        """What one of its parameters is where nothing is given for it, which has such."""
        known = parameter.default
        return known if isinstance(known, Constant) else super().default(parameter)


def _default(told: Any) -> Expression | None:
    """A literal; of anything else something that stands in its place."""
    if isinstance(told, bool):
        return Unknown(0, 0, ()) if told else None
    return Constant(*told)


class RecalledClass(ClassSite):
    """A class whose definition is found when it is asked for. `form` is the digest of that, without its methods."""

    __slots__ = ("_find", "form")

    def __init__(
        self, find: Callable[[], Class], form: bytes, home: str, named: Named, bases: tuple[Value, ...]
    ) -> None:
        self._find, self.form = find, form
        self.home, self.bases = home, bases
        self.identity = (home, *named)

    @property
    def definition(self) -> Class:  # type: ignore[override]
        """Its definition."""
        return self._find()


class Definitions:
    """All definitions of one file, by their places."""

    def __init__(self, module: Module) -> None:
        self._module = module
        self._bound: dict[tuple[Named, str], Function] = {}

    @cached_property
    def _all(self) -> tuple[dict[Named, Function], dict[Named, Class]]:
        functions: dict[Named, Function] = {}
        classes: dict[Named, Class] = {}
        for each in _definitions(self._module.body.body):
            if isinstance(each, Function):
                functions[each.start, each.qualified] = each
            else:
                classes[each.start, each.qualified] = each
        return functions, classes

    def function(self, named: Named, binding: Binding) -> Function:
        """A function of the file; a method may be bound as the form does not say (`expressions`). Raises KeyError."""
        found = self._all[0][named]
        if found.binding == binding:
            return found
        if (named, binding) not in self._bound:
            self._bound[named, binding] = msgspec.structs.replace(found, binding=binding)
        return self._bound[named, binding]

    def at(self, named: Named) -> Function | None:
        """The function at a place."""
        return self._all[0].get(named)

    def class_of(self, named: Named) -> Class:
        """A class of the file. Raises KeyError."""
        return self._all[1][named]


def _definitions(code: object) -> Iterator[Function | Class]:
    waiting = [code]
    while waiting:
        here = waiting.pop()
        if isinstance(here, tuple):
            waiting += here
        elif isinstance(here, Node):
            if isinstance(here, Function | Class):
                yield here
            waiting += (getattr(here, field) for field in here.__struct_fields__[2:])


class Code:
    """The code of a project, and the rows of its packs, by names that another run finds them by.

    `texts` are the files.
    """

    def __init__(self, project: "Project", texts: Mapping[str, bytes]) -> None:
        self._project, self._texts = project, texts
        self.frames = {file.frame: path for path, file in project.files.items()}
        self._catalogues = {file.outline.language: file.catalogue for file in project.files.values()}
        self._definitions: dict[str, Definitions] = {}
        self._forms: dict[int, tuple[object, bytes]] = {}
        self._codes: dict[int, tuple[object, bytes]] = {}

    @cached_property
    def _rows(self) -> dict[int, list[object]]:
        return {
            id(row): [language, pack.name, sort, number]
            for language, catalogue in self._catalogues.items()
            for pack in catalogue.packs
            for sort in ("entries", "sinks")
            for number, row in enumerate(getattr(pack, sort))
        }

    def frame(self, number: int) -> str | None:
        """The path of the file whose variables a frame holds; None for that of a function."""
        return self.frames.get(number)

    def form(self, site: FunctionSite | ClassSite) -> bytes:
        """A digest of the head of a function, or of the code of a class without its functions."""
        if isinstance(site, RecalledFunction | RecalledClass):
            return site.form
        code = site.function if isinstance(site, FunctionSite) else site.definition
        found = self._forms.get(id(code))
        if found is None:
            text = self._texts[site.home]
            digest = _digest_of_head(code, text) if isinstance(code, Function) else _digest_of_class(code, text)
            found = self._forms[id(code)] = code, digest
        return found[1]

    def code(self, home: str, function: Function) -> bytes:
        """A digest of all of a function: its form and its text, which tells nodes apart that have the same parts."""
        found = self._codes.get(id(function))
        if found is None:
            text = self._texts[home][function.start : function.end]
            plain = msgspec.structs.replace(function, binding="plain")  # what it is bound as is said by its head
            found = self._codes[id(function)] = function, digest_of(text, plain)
        return found[1]

    def code_at(self, home: str, named: Named) -> bytes | None:
        """The same of the function at some place; None where there is none."""
        if home not in self._project.files:
            return None
        found = self._of(home).at(named)
        return None if found is None else self.code(home, found)

    def row(self, row: object) -> list[object]:
        """The name of a row of a pack."""
        return self._rows[id(row)]

    def frame_of(self, path: str) -> tuple[int, frozenset[str]]:
        """The frame of a file's variables, and the names that are bound there."""
        file = self._project.files[path]
        return file.frame, file.bound

    def new_frame(self) -> int:
        """The number of another frame."""
        return self._project.new_frame()

    def function(self, home: str, named: Named, head: Head, form: bytes) -> Callable[..., FunctionSite]:
        """What makes a function by its place, of its frames, its owner and its receiver."""
        return partial(RecalledFunction, lambda: self._of(home).function(named, head[1]), head, form, home, named)

    def class_of(self, home: str, named: Named, form: bytes, bases: tuple[Value, ...]) -> ClassSite:
        """A class by its place."""
        return RecalledClass(lambda: self._of(home).class_of(named), form, home, named, bases)

    def row_of(self, language: str, pack: str, sort: str, number: int) -> object:
        """A row of a pack by its name."""
        return next(getattr(each, sort)[number] for each in self._catalogues[language].packs if each.name == pack)

    def _of(self, path: str) -> Definitions:
        if path not in self._definitions:
            self._definitions[path] = Definitions(self._project.module(path))
        return self._definitions[path]


def _digest_of_head(code: Function, text: bytes) -> bytes:
    """Of all that a call may depend on, if the function is not walked for it."""
    told = [text[each.start : each.end] for each in code.parameters]
    takes_all = "arguments" in code.mentions
    return digest_of(told, code.name, code.parameters, code.accessor, takes_all)


def _digest_of_class(code: Class, text: bytes) -> bytes:
    body = tuple(each for each in code.body if not isinstance(each, Define))
    parts = (*code.bases, *code.keywords, *code.decorators, *body)
    told = [text[each.start : each.end] for each in parts]
    return digest_of(told, msgspec.structs.replace(code, body=body))
