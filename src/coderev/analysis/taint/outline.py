"""What all walks may ask of a file and of a function without its code: a file that did not change need not be read."""

from typing import TYPE_CHECKING

import msgspec

from coderev.analysis.taint.form import Module
from coderev.analysis.taint.value import FunctionSite

if TYPE_CHECKING:
    from coderev.analysis.taint.shared import Walked


MAX_CANDIDATES = 5  # functions of one name that a method may be
COMMON = frozenset((  # methods that everything has: their name says nothing
    "get", "set", "run", "add", "append", "update", "call", "apply", "close", "open", "read", "write", "items",
    "keys", "values", "pop", "push", "map", "filter", "send", "join", "split", "format", "replace", "strip", "find",
    "execute", "query", "next", "start", "stop", "init", "load", "save", "delete", "remove", "create", "copy",
    "index", "count", "insert", "sort", "then", "catch", "on", "emit", "end", "toString", "test", "match", "exec",
    "bind", "parse", "render", "handle", "process",
))  # fmt: skip


class FileOutline(msgspec.Struct, frozen=True, array_like=True):
    """A file by its language, what it may import, the names that it binds, and the words that it mentions.

    `broken` says what of it did not parse.
    """

    language: str
    imports: frozenset[str]
    bound: frozenset[str]
    mentions: frozenset[str]
    broken: str | None = None


class Outline(msgspec.Struct, frozen=True, array_like=True):
    """A function of a module or of a class: where it stands, what it is called, and what words stand in it.

    `owner` is the name of its class. `called` is whether a framework calls it, by the name of its first parameter.
    """

    home: str
    start: int
    qualified: str
    name: str
    owner: str | None
    mentions: frozenset[str]
    bound: frozenset[str]
    called: bool = False

    @property
    def identity(self) -> "Walked":
        """The name of its summary."""
        return self.home, self.start, self.qualified


def outline_of(site: FunctionSite, *, called: bool) -> Outline:
    """The outline of a function."""
    function, owner = site.function, site.owner
    return Outline(
        site.home,
        function.start,
        function.qualified,
        function.name,
        owner.definition.name if owner is not None else None,
        function.mentions,
        function.bound,
        called,
    )


def outline_of_file(module: Module) -> FileOutline:
    """The outline of a file."""
    body = module.body
    return FileOutline(module.language, module.imports, body.bound, body.mentions, _broken(module))


def _broken(module: Module) -> str | None:
    """What of a file did not parse: the rest is analysed."""
    if not module.unread:
        return None
    first, last = module.unread[0]
    lines = f"lines {first} to {last}" if first != last else f"line {first}"
    more = f" and {len(module.unread) - 1} more places" if len(module.unread) > 1 else ""
    return f"did not parse in {lines}{more}: the rest was analysed"
