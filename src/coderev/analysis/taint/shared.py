"""What all walks see: the variables of modules and what they refer to, as loading left them, and who has read what.

What a walk stores there may concern one that was made before: whoever had read it is told as stale, and whoever used
that, so that it is walked again.
"""

from coderev.analysis.taint.catalogue import Catalogue
from coderev.analysis.taint.value import UNKNOWN, ClassSite, Key, Site, Taint, Value, is_real, join

Walked = tuple[object, ...]  # a function that is summed up: its identity; of what else is walked, with a word behind it
ENTRY = ("entry",)  # what a framework calls; a tuple, which no name of a function is
FIELDS = ("fields",)  # what the constructor of a class stores
MAX_SEEN = 64  # objects that are looked into for what they hold
_ALL = None  # in the place of a key: every cell


class Shared:
    """Cells and variables that outlive a walk, and the walks that depend on them."""

    def __init__(self) -> None:
        self.frames: dict[int, dict[str, Value]] = {}
        self.heap: dict[Site, dict[Key, Value]] = {}
        self.walking: Walked | None = None
        self._readers: dict[tuple[Site | int, Key | None], set[Walked]] = {}
        self._users: dict[Walked, set[Walked]] = {}
        self._stale: set[Walked] = set()

    def cells(self, site: Site) -> dict[Key, Value]:
        """All that a site holds."""
        found = self.heap.get(site)
        if found is None:
            return {}
        self._read(site, _ALL)
        return found

    def cell(self, site: Site, key: Key) -> Value | None:
        """What a cell holds."""
        self._read(site, key)
        found = self.heap.get(site)
        return found.get(key) if found is not None else None

    def variable(self, frame: int, name: str) -> Value | None:
        """What a variable holds."""
        found = self.frames.get(frame)
        if found is None:
            return None
        self._read(frame, name)
        return found.get(name)

    def store(self, site: Site, key: Key, value: Value) -> None:
        """A cell was written to; what of it comes from parameters is for their callers to judge."""
        held = self.heap.get(site, {})
        before = held.get(key)
        if not value.taint and not value.sites:
            if before is not None and before.constants is not None and before.constants != value.constants:
                self.heap[site] = {**held, key: before.but(constants=None)}
                self._changed(site, key)
            return
        kept = value.but(taint=_real(value.taint), constants=None)
        after = kept if before is None else join(before, kept)
        if before is None or set(after.taint) != set(before.taint) or set(after.sites) != set(before.sites):
            self.heap[site] = {**held, key: after}
            if kept.taint:
                self._changed(site, key)

    def assign(self, frame: int, name: str, value: Value) -> None:
        """A variable of a module was assigned by a function."""
        before = self.frames[frame].get(name, UNKNOWN)
        kept = value.but(taint=_real(value.taint))
        after = join(before, kept).but(constants=None)
        if set(after.taint) != set(before.taint) or before.constants is not None:
            self.frames[frame] = {**self.frames[frame], name: after}
            if kept.taint:
                self._changed(frame, name)

    def used(self, walked: Walked) -> None:
        """What is walked now depends on what is known of another walk."""
        if self.walking is not None and self.walking != walked:
            self._users.setdefault(walked, set()).add(self.walking)

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
        for name, value in self.frames.get(frame, {}).items():
            if self._leads(value, catalogue):
                found.add(name)
            for site in value.sites:
                if isinstance(site, ClassSite):
                    held = self.heap.get(site, {})
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
                    waiting += self.heap.get(site, {}).values()
        return False

    def _read(self, holder: Site | int, key: Key | None) -> None:
        if self.walking is not None:
            self._readers.setdefault((holder, key), set()).add(self.walking)

    def _changed(self, holder: Site | int, key: Key) -> None:
        self._stale |= self._readers.get((holder, key), set()) | self._readers.get((holder, _ALL), set())


def _real(taint: Taint) -> Taint:
    return {label: mark for label, mark in taint.items() if label.kind != "parameter"}


def gives(value: Value, catalogue: Catalogue) -> bool:
    """Whether a value is from a source, or is an object of the library whose attributes or methods are sources."""
    types = (name for name in value.names if name.rpartition(".")[2][:1].isupper())
    return is_real(value.taint) or any(catalogue.gives(name) for name in types)
