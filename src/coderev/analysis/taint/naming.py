"""What sites, frames and values are called in what is written down, so that another run calls them the same."""

from collections.abc import Callable

from coderev.analysis.taint.records import digest_of
from coderev.analysis.taint.shared import Holder
from coderev.analysis.taint.value import (
    ClassSite,
    FunctionSite,
    Library,
    ModuleSite,
    Object,
    Parameter,
    Resolver,
    Site,
)
from coderev.analysis.taint.writing import UNWRITABLE, Place

OF_HOLDER = b"#"  # begins the name of a site or a frame; of what is noted it is the sort
ODD = b"#odd"  # begins the name of what nobody can name again


class Naming:
    """The names of this run. `frames` are the frames of files by their numbers, with the paths of these.

    `spoil` is called where something has no name that another run would give it.
    """

    def __init__(self, frames: dict[int, str], spoil: Callable[[], None]) -> None:
        self._spoil, self._paths = spoil, frozenset(frames.values())
        self._places: dict[int, tuple[object, Place]] = {}
        self._frames: dict[int, Place] = {}
        self._names: dict[Holder, bytes] = {
            frame: OF_HOLDER + digest_of("frame", path) for frame, path in frames.items()
        }

    def placed(self, new: list[object], digest: bytes) -> None:
        """The values and frames that are new in the cell of a digest were written."""
        for number, each in enumerate(new):
            if isinstance(each, int):
                self._frames[each] = (digest, number)
            else:
                self._places[id(each)] = (each, (digest, number))

    def place(self, thing: object) -> Place | None:
        """Where a value, or the frame of this number, was written before."""
        if isinstance(thing, int):
            return self._frames.get(thing)
        found = self._places.get(id(thing))
        return None if found is None else found[1]

    def name(self, holder: Holder) -> bytes | None:
        """The name of a site or frame; None of what nobody can have shared: nothing that was written refers to it.

        What a function makes itself has a key that begins with its name, which nothing has that is shared.
        """
        found = self._names.get(holder)
        if found is not None:
            return found
        match holder:
            case int():
                place = self._frames.get(holder)
                if place is None:
                    return None
                found = OF_HOLDER + digest_of("frame at", *place)
            case Object() if self._is_own(holder.key[0]):
                return None
            case FunctionSite() if holder.receiver is not None and self.place(holder.receiver) is None:
                return None
            case _:
                found = self._named(holder)
        self._names[holder] = found
        return found

    def _is_own(self, first: object) -> bool:
        return isinstance(first, str) and "\0" in first and first not in self._paths

    def name_anew(self, holder: Holder) -> bytes | None:
        """The name of what is shared from now on; None of a frame that nothing refers to."""
        name = self.name(holder)
        if name is None and not isinstance(holder, int):
            name = self._names[holder] = self._odd()
        return name

    def _named(self, site: Site) -> bytes:
        try:
            return OF_HOLDER + digest_of(*self._spelt(site))
        except UNWRITABLE:
            return self._odd()

    def _odd(self) -> bytes:
        self._spoil()
        return ODD + len(self._names).to_bytes(8, "big")

    def _spelt(self, site: Site) -> tuple[object, ...]:  # noqa: PLR0911 - one answer for each sort of site
        """A site by what makes it equal to another."""
        match site:
            case Library():
                return "library", site.name
            case Object():
                return "object", site.key, site.shape, None if site.type is None else self._spelt(site.type)
            case Parameter():
                return "parameter", site.function, site.index, site.keys
            case ClassSite():
                return "class", *site.identity
            case ModuleSite():
                return "module", site.path
            case Resolver():
                return "resolver", self._spelt(site.promise)
            case FunctionSite():
                place = None if site.receiver is None else self.place(site.receiver)
                return "function", *site.identity, place
