"""What all walks see: the variables of modules and what they refer to, as loading left them, and who has read what.

What a walk stores there may concern one that was made before: whoever had read it is told as stale, and whoever used
that, so that it is walked again. Whatever else outlives a walk, such as summaries, is kept here too, by its sort and
name: so `ledger` can write down all that a walk depends on, by overriding what stands under "the store" alone.
"""

from collections.abc import Hashable, Mapping
from typing import TYPE_CHECKING, Any

from coderev.analysis.taint.catalogue import Catalogue
from coderev.analysis.taint.finds import Part
from coderev.analysis.taint.value import UNKNOWN, ClassSite, FunctionSite, Key, Site, Taint, Value, is_real, join

if TYPE_CHECKING:
    from coderev.analysis.taint.project import Project

Walked = tuple[object, ...]  # a function that is summed up: its identity; of what else is walked, with a word behind it
Unit = tuple[object, ...]  # what one walk is called: its sort, and whose it is
Holder = Site | int  # whose cells: a site, or the frame of a module by its number
ENTRY = ("entry",)  # what a framework calls; a tuple, which no name of a function is
FIELDS = ("fields",)  # what the constructor of a class stores
MAX_SEEN = 64  # objects that are looked into for what they hold
_ALL = None  # in the place of a key: every cell
_NOTHING: dict[Key, Value] = {}


class Shared:
    """Cells and variables that outlive a walk, and the walks that depend on them."""

    def __init__(self) -> None:
        self.walking: Walked | None = None
        self._held: dict[Holder, dict[Key, Value]] = {}
        self._noted: dict[tuple[str, Hashable], object] = {}
        self._readers: dict[tuple[Hashable, Hashable], set[Walked]] = {}
        self._users: dict[Walked, set[Walked]] = {}
        self._stale: set[Walked] = set()

    # --- the store

    def has(self, holder: Holder) -> bool:
        """Whether a site or a frame is shared."""
        return holder in self._held

    def cells(self, holder: Holder) -> Mapping[Key, Value]:
        """All that a site or a frame holds, in the order of the first stores."""
        self._read(holder, _ALL)
        return self._held.get(holder, _NOTHING)

    def cell(self, holder: Holder, key: Key) -> Value | None:
        """What a cell holds."""
        self._read(holder, key)
        return self._held.get(holder, _NOTHING).get(key)

    def variable(self, frame: int, name: str) -> Value | None:
        """What a variable holds."""
        found = self._held.get(frame)
        if found is None:
            return None
        self._read(frame, name)
        return found.get(name)

    def keep(self, holder: Holder, held: Mapping[Any, Value]) -> None:
        """Share what a site or a frame holds from now on, unless it is shared."""
        if holder not in self._held:
            self._held[holder] = dict(held)

    def keep_frames(self, frames: Mapping[int, Mapping[Any, Value]]) -> None:
        """Share the variables of functions that something refers to which is shared."""
        for frame, held in frames.items():
            self.keep(frame, held)

    def noted(self, sort: str, name: Hashable) -> object:
        """What was noted of something; None where nothing was."""
        return self._noted.get((sort, name))

    def note(self, sort: str, name: Hashable, content: object) -> None:
        """Note something, in the place of what was noted; None forgets it."""
        if content is None:
            self._noted.pop((sort, name), None)
        else:
            self._noted[sort, name] = content

    def note_first(self, sort: str, name: Hashable, content: object) -> None:
        """Note something unless it was: who does so first does not matter."""
        self._noted.setdefault((sort, name), content)

    def is_noted(self, sort: str, name: Hashable) -> bool:
        """Whether anything was noted; for who then asks for it, or makes it."""
        return (sort, name) in self._noted

    def mark(self, sort: str, name: Hashable) -> None:
        """Note that something is so."""
        self._noted[sort, name] = True

    def is_marked(self, sort: str, name: Hashable) -> bool:
        """Whether that was noted."""
        return (sort, name) in self._noted

    def names(self, sort: str) -> list[Hashable]:
        """The names of all that was noted of a sort; not for walks, which would have to be told of later ones."""
        return [name for kind, name in self._noted if kind == sort]

    def told(self, sort: str, name: Hashable) -> None:
        """A walk depends on something that no walk changes."""

    def told_code(self, site: FunctionSite) -> None:
        """A walk depends on the code of a function; of what only refers to it, on its head alone."""

    def asked(self, walked: Walked | None, sort: str, name: Hashable) -> None:  # noqa: ARG002 - for who writes down
        """What is walked now depends on what was noted by another walk, made where it was not."""
        if self.walking is not None and walked is not None and self.walking != walked:
            self._users.setdefault(walked, set()).add(self.walking)

    # --- for who writes down what walks depend on

    def attach(self, project: "Project") -> None:
        """All walks are those of a project."""

    def recall(self, unit: Unit, walked: Walked | None) -> bool:  # noqa: ARG002 - as above
        """Let a walk have been made, if its result is known."""
        return False

    def begin(self, unit: Unit) -> None:
        """A walk begins, inside of those that began and did not end."""

    def end(self, part: Part | None, *, is_whole: bool) -> None:
        """The walk that began last has ended, or (not `is_whole`) been left by an exception."""

    def spoil(self) -> None:
        """What is walked depends on more than what is shared: how deep it stands in other walks."""

    def reach(self, depth: int, deepest: int) -> int:  # noqa: ARG002 - as above
        """A walk reaches a depth; the one at which it is to be said again."""
        return deepest

    def _before(self, holder: Holder, key: Key) -> Value | None:
        """What a cell holds that is about to be written to: its writer is no reader of it."""
        return self._held.get(holder, _NOTHING).get(key)

    def _put(self, holder: Holder, key: Key, value: Value) -> None:
        self._held[holder] = {**self._held.get(holder, _NOTHING), key: value}

    def _name(self, holder: Holder) -> Hashable:
        return holder

    # --- what follows from it

    def store(self, site: Site, key: Key, value: Value) -> None:
        """A cell was written to; what of it comes from parameters is for their callers to judge."""
        before = self._before(site, key)
        if not value.taint and not value.sites:
            if before is not None and before.constants is not None and before.constants != value.constants:
                self._put(site, key, before.but(constants=None))
                self._changed(site, key)
            return
        kept = value.but(taint=_real(value.taint), constants=None)
        after = kept if before is None else join(before, kept)
        if before is None or set(after.taint) != set(before.taint) or set(after.sites) != set(before.sites):
            self._put(site, key, after)
            if kept.taint:
                self._changed(site, key)

    def assign(self, frame: int, name: str, value: Value) -> None:
        """A variable of a module was assigned by a function."""
        before = self._before(frame, name) or UNKNOWN
        kept = value.but(taint=_real(value.taint))
        after = join(before, kept).but(constants=None)
        if set(after.taint) != set(before.taint) or before.constants is not None:
            self._put(frame, name, after)
            if kept.taint:
                self._changed(frame, name)

    def take_stale(self) -> list[Walked]:
        """The walks that did not see what was stored after them; asked again there are none."""
        found = sorted(self._stale, key=repr)
        self._stale.clear()
        return found

    def users(self, walked: Walked) -> list[Walked]:
        """The walks that depend on what is known of another."""
        return sorted(self._users.get(walked, ()), key=repr)

    def from_sources(self, frame: int, catalogue: Catalogue) -> frozenset[str]:
        """The variables of a module from which something can be had that is from a source, or an object that has some.

        And the attributes of its classes that are such: methods do not name their class.
        """
        found: set[str] = set()
        for name, value in self.cells(frame).items():
            if self._leads(value, catalogue):
                found.add(str(name))
            for site in value.sites:
                if isinstance(site, ClassSite):
                    held = self.cells(site)
                    found |= {key for key, each in held.items() if isinstance(key, str) and gives(each, catalogue)}
        return frozenset(found)

    def _leads(self, value: Value, catalogue: Catalogue) -> bool:
        """Whether a value, or what it holds, or what that holds, comes from a source."""
        seen: set[Site] = set()
        waiting = [value]
        while waiting:
            each = waiting.pop()
            if gives(each, catalogue):
                return True
            for site in each.sites:
                if site not in seen and len(seen) < MAX_SEEN:
                    seen.add(site)
                    waiting += self.cells(site).values()
        return False

    def _read(self, holder: Holder, key: Key | None) -> None:
        if self.walking is not None:
            self._readers.setdefault((self._name(holder), key), set()).add(self.walking)

    def _changed(self, holder: Holder, key: Key) -> None:
        name = self._name(holder)
        self._stale |= self._readers.get((name, key), set()) | self._readers.get((name, _ALL), set())


def _real(taint: Taint) -> Taint:
    return {label: mark for label, mark in taint.items() if label.kind != "parameter"}


def gives(value: Value, catalogue: Catalogue) -> bool:
    """Whether a value is from a source, or is an object of the library whose attributes or methods are sources."""
    types = (name for name in value.names if name.rpartition(".")[2][:1].isupper())
    return is_real(value.taint) or any(catalogue.gives(name) for name in types)
