"""The arguments of one call, evaluated, and how a place of a pack finds its value among them."""

import re
from collections.abc import Iterator
from functools import lru_cache

import msgspec

from coderev.analysis.taint.value import Value

_PLACE = re.compile(r"^(?:(?P<number>\d+)(?P<more>\+)?)?(?:/?(?P<name>[A-Za-z_][\w-]*))?(?P<keys>(?:\.[\w$-]+)*)$")
MAPPING = "**"  # the place of what is spread into keywords


class Given(msgspec.Struct, frozen=True):
    """Positional arguments, keywords, and what is spread into places that nobody knows. `new`: by JavaScript's new."""

    positional: tuple[Value, ...] = ()
    keywords: dict[str, Value] = {}
    rest: Value | None = None
    new: bool = False
    mapping: Value | None = None  # what was spread into keywords, where its keys are not known

    @property
    def all(self) -> tuple[Value, ...]:
        """Every value, in the order of the call, keywords last."""
        rest = () if self.rest is None else (self.rest,)
        return (*self.positional, *self.keywords.values(), *rest)

    def at(self, index: int, name: str = "") -> Value | None:
        """A positional argument, or the keyword of a name; what is spread may be any of them."""
        if 0 <= index < len(self.positional):
            return self.positional[index]
        if name and name in self.keywords:
            return self.keywords[name]
        return self.rest


class Place(msgspec.Struct, frozen=True):
    """A place of a pack, taken apart: `0/args.key` is number 0, name `args`, keys ("key",)."""

    number: int | None
    more: bool
    name: str
    keys: tuple[str | int, ...]

    def top(self, given: Given, receiver: Value | None) -> Iterator[Value]:
        """The arguments that are meant, before the keys."""
        if self.name == "receiver" and self.number is None:
            yield from () if receiver is None else (receiver,)
        elif self.name == MAPPING:
            yield from () if given.mapping is None else (given.mapping,)
        elif self.name == "any" and self.number is None:
            yield from given.all
        elif self.more and self.number is not None:
            yield from given.positional[self.number :]
            yield from () if given.rest is None else (given.rest,)
        elif (found := given.at(-1 if self.number is None else self.number, self.name)) is not None:
            yield found


@lru_cache(maxsize=4096)
def place_of(where: int | str) -> Place:
    """A place as it stands in a pack. Raises ValueError for what is none."""
    if isinstance(where, int):
        return Place(where, more=False, name="", keys=())
    if where == MAPPING:
        return Place(None, more=False, name=MAPPING, keys=())
    found = _PLACE.match(where)
    if found is None or not where:
        reason = f"`{where}` is no place: write a number, a keyword, `receiver` or `any`"
        raise ValueError(reason)
    number = None if found["number"] is None else int(found["number"])
    keys = tuple(int(key) if key.isdigit() else key for key in found["keys"].split(".")[1:]) if found["keys"] else ()
    return Place(number, more=bool(found["more"]), name=found["name"] or "", keys=keys)
