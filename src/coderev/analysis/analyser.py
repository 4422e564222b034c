"""The shape of an analyser: files in, sightings out. Every analyser meets this Protocol; `ANALYSERS` lists them.

An analyser sees both sides of a change in one call and does not know which is which:
the same engine with the same settings judges base and head.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Protocol

import msgspec

from coderev.analysis.lines import Lines
from coderev.analysis.sighting import Sighting
from coderev.syntax import Parsed, parse


@dataclass(frozen=True, kw_only=True)
class SourceFile:
    """One side of one changed file. `key` tells the files of one call apart; `path` is text to print, never opened."""

    key: str
    path: str
    language: str | None
    source: bytes

    @cached_property
    def parsed(self) -> Parsed | None:
        """The syntax tree, made when first asked for and shared by all; None where the language is unknown."""
        return None if self.language is None else parse(self.source, self.language)

    @cached_property
    def lines(self) -> Lines:
        """Where its lines begin and end."""
        return Lines(self.source)


class Looked(msgspec.Struct, frozen=True, kw_only=True):
    """What one analyser saw, by the keys of its files. A file without sightings may be left out.

    `failed` gives the reason for each file that it could not judge.
    """

    sightings: dict[str, tuple[Sighting, ...]] = {}
    failed: dict[str, str] = {}


def together(parts: Iterable[Looked]) -> Looked:
    """What was seen in several calls, each of other files."""
    sightings: dict[str, tuple[Sighting, ...]] = {}
    failed: dict[str, str] = {}
    for part in parts:
        sightings |= part.sightings
        failed |= part.failed
    return Looked(sightings=sightings, failed=failed)


class Analyser(Protocol):
    """A deterministic source of findings."""

    @property
    def name(self) -> str:
        """The name that findings, coverage and `--without` use."""
        ...

    @property
    def version(self) -> str:
        """What must change when its answers may."""
        ...

    def look(self, files: Sequence[SourceFile]) -> Looked:
        """Judge the files that it understands and pass over the others."""
        ...
