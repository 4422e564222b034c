"""Which generation is live, which can be returned to, and how far back the site may go (spec/bundle.md 7 and 8).

Pure: `bundle` writes what these methods return, the floor first, then the link. There is one `Generations` for each
kind of bundle (2.3).
"""

from dataclasses import dataclass, replace
from typing import Self

from coderev.errors import Bug, InputError, TrustError

KEPT = 3  # generations that stay complete, the live one among them (7.11)


class RollbackRefused(TrustError):
    """The offered bundle is older than the newest that ever became live at this site."""

    message = "bundle seq {offered} is older than {newest}, the floor of this site"
    hint = "to go back on purpose, run `coderev update rollback`; it is recorded"


class FloorUnknown(InputError):
    """A host that never had a bundle cannot know which are too old: paper must say it."""

    message = "this host has no floor yet: it cannot tell whether bundle seq {offered} is too old"
    hint = "type the least seq that is on the paper: `--least-seq SEQ`"


class GenerationUnknown(InputError):
    """There is no such generation to return to."""

    message = "{asked} is no generation that can be returned to; kept are: {kept}"
    hint = "run `coderev update history` to see what was live when, or install a bundle"


class DatabaseIncompatible(InputError):
    """A kept generation cannot work with the database as it is now."""

    message = "the database has schema {schema}, and generation {name} runs on {lowest} to {highest}"
    hint = "restore the database from before that update first: `{restore}`"


@dataclass(frozen=True, slots=True, kw_only=True)
class Schemas:
    """The database schema versions that a generation runs on, both included (2.4)."""

    lowest: int
    highest: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Generation:
    """One installed version: its seq, and the digest of the part of the tree that it holds (7.4)."""

    seq: int
    digest: str
    schemas: Schemas | None = None  # None: it uses no database

    @property
    def name(self) -> str:
        """The name of its folder."""
        return f"{self.seq}-{self.digest[:12]}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Generations:
    """The generations of a site, in the order in which they were last made live: the last one is live now."""

    kept: tuple[Generation, ...] = ()
    staged: Generation | None = None  # complete and checked, but never live, or found wanting when it was
    newest: int | None = None  # the floor: the highest seq that ever became live; going back does not lower it

    def __post_init__(self) -> None:
        names = {generation.name for generation in self.kept}
        if len(names) != len(self.kept) or (self.staged is not None and self.staged.name in names):
            raise Bug(what="a generation is kept twice, or staged and kept at once")
        if self.kept and (self.newest is None or max(one.seq for one in self.kept) > self.newest):
            raise Bug(what="the floor is lower than a generation that was live")

    @property
    def live(self) -> Generation | None:
        """The generation that `current` names; None before the first install."""
        return self.kept[-1] if self.kept else None

    def with_floor(self, least: int) -> Self:
        """Take the least seq from paper (6.7); it never lowers a floor."""
        return replace(self, newest=least if self.newest is None else max(least, self.newest))

    def check(self, seq: int) -> None:
        """Refuse a bundle that is older than the floor (6.7, 8.2). Raises FloorUnknown, RollbackRefused."""
        if self.newest is None:
            raise FloorUnknown(offered=seq)
        if seq < self.newest:
            raise RollbackRefused(offered=seq, newest=self.newest)

    def stage(self, generation: Generation) -> Self:
        """Name a complete generation as the next one; one that is live already changes nothing (7.9).

        The caller sees by `staged` whether there is something to swap to. Raises FloorUnknown, RollbackRefused.
        """
        self.check(generation.seq)
        if self.live is not None and self.live.name == generation.name:
            return replace(self, staged=None)
        others = tuple(one for one in self.kept if one.name != generation.name)
        return replace(self, kept=others, staged=generation)

    def swap(self) -> Self:
        """Make the staged generation live; the floor rises to it (7.6, 7.7)."""
        if self.staged is None:
            raise Bug(what="there is no staged generation to swap to")
        newest = max(self.newest or 0, self.staged.seq)
        return replace(self, kept=(*self.kept, self.staged), staged=None, newest=newest)

    def revert(self) -> Self:
        """After a swap whose health check failed: what was live before is live again (7.10), and the floor stays.

        The failed generation is staged again, so that a rerun need not read the media once more.
        """
        if self.live is None:
            raise Bug(what="there is nothing live that could be taken back")
        return replace(self, kept=self.kept[:-1], staged=self.live)

    def back(self, seq: int | None, schema: int | None, restore: str) -> Self:
        """Make a kept generation live again (8.1): the last with this seq, or else the one that was live before.

        `schema`: the database's version, None without a database; `restore`: the site's command that restores it (8.3).
        Raises GenerationUnknown, DatabaseIncompatible.
        """
        others = self.kept[:-1]
        found = [one for one in others if seq is None or one.seq == seq]
        if not found:
            asked = "what was live before" if seq is None else f"seq {seq}"
            raise GenerationUnknown(asked=asked, kept=", ".join(one.name for one in others) or "none")
        chosen = found[-1]
        if (runs := chosen.schemas) is not None and schema is not None and not runs.lowest <= schema <= runs.highest:
            raise DatabaseIncompatible(
                schema=schema, name=chosen.name, lowest=runs.lowest, highest=runs.highest, restore=restore
            )
        return replace(self, kept=(*(one for one in self.kept if one != chosen), chosen))

    def prune(self, keep: int = KEPT) -> tuple[Self, tuple[Generation, ...]]:
        """Forget the oldest beyond `keep`, never the live one, and say which may be removed (7.11)."""
        surplus = max(0, len(self.kept) - max(keep, 1))
        return replace(self, kept=self.kept[surplus:]), self.kept[:surplus]
