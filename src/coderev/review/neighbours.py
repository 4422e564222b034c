"""The code around a change: who calls what, where it is defined, which tests cover it. Read from the head's tree."""

import re
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from itertools import islice

from coderev.review.material import Read, decoded, is_test
from coderev.syntax import Parsed, language_of, parse

MAX_FILES = 40  # parsed for one name
MAX_QUOTED = 12  # places that are quoted for one name
MAX_NAMES = 200  # that one search is given: `Repository.grep` takes no more
MANY = 500  # files: a search that finds so many may have found more
MAX_BYTES = 1024 * 1024  # of a neighbouring file; larger ones are generated or data

ASSERTION = re.compile(r"(?i)\b(?:assert|expect|require)\w*\b")

Grep = Callable[[Collection[str]], tuple[tuple[str, str], ...]]


@dataclass(frozen=True, slots=True)
class Quoted:
    """Lines of a neighbouring file that a question shows, without its comments."""

    path: str
    line: int
    lines: tuple[str, ...]


@dataclass(frozen=True, eq=False)
class Neighbour:
    """A file of the head's tree that holds a name which somebody asked for."""

    path: str
    source: bytes
    language: str

    def holds(self, name: str) -> bool:
        """Whether a name stands in the file as a word."""
        return re.search(rb"(?<!\w)" + re.escape(name.encode("utf-8", "replace")) + rb"(?!\w)", self.source) is not None

    @property
    def parsed(self) -> Parsed:
        """The file, parsed once."""
        return _parsed(self.source, self.language)

    @cached_property
    def lines(self) -> list[str]:
        """The file's lines without line ends."""
        return decoded(self.source)


@lru_cache(maxsize=256)
def _parsed(source: bytes, language: str) -> Parsed:
    return parse(source, language)


@dataclass(frozen=True)
class Neighbours:
    """Looks names up in the head's tree; a name is searched for once, a file is read once."""

    grep: Grep
    read: Read
    _files: dict[str, Neighbour | None] = field(default_factory=dict)  # by object id
    _found: dict[str, tuple[Neighbour, ...]] = field(default_factory=dict)  # by name

    def look_up(self, names: Iterable[str]) -> None:
        """Search for names all at once: what is asked about them later needs no further search."""
        unknown = sorted(set(names) - self._found.keys())
        for at in range(0, len(unknown), MAX_NAMES):
            self._search(unknown[at : at + MAX_NAMES])

    def _search(self, names: list[str]) -> None:
        hits = sorted(self.grep(names), key=lambda hit: (is_test(hit[0]), hit[0]))
        if len(hits) >= MANY and len(names) > 1:  # a name that stands everywhere hides the others
            self._search(names[: len(names) // 2])
            self._search(names[len(names) // 2 :])
            return
        self._read({oid: path for path, oid in hits if oid not in self._files})
        files = [file for _, oid in hits if (file := self._files[oid]) is not None]
        for name in names:
            self._found[name] = tuple(islice((file for file in files if file.holds(name)), MAX_FILES))

    def _read(self, paths: dict[str, str]) -> None:
        content = self.read(paths)
        for oid, path in paths.items():
            source = content.get(oid, b"")
            language = language_of(path, source) if 0 < len(source) <= MAX_BYTES else None
            self._files[oid] = Neighbour(path, source, language) if language else None

    def files_with(self, name: str) -> tuple[Neighbour, ...]:
        """The files of known languages in which a name stands as a word, tests last."""
        self.look_up([name])
        return self._found[name]

    def call_sites(self, name: str) -> tuple[tuple[Neighbour, int], ...]:
        """Every line that calls a function, with its file."""
        return tuple((file, line) for file in self.files_with(name) for line in file.parsed.call_sites(name))

    def callers(self, name: str, path: str) -> tuple[Quoted, ...]:
        """The first calls of a function with the two lines above each (its guard), those of other files first."""
        found = [(file, line) for file, line in self.call_sites(name) if not is_test(file.path)]
        found.sort(key=lambda site: site[0].path == path)
        return tuple(quoted(file, max(1, line - 2), line) for file, line in found[:MAX_QUOTED])

    def definition(self, name: str, path: str) -> tuple[Quoted, str] | None:
        """Where a name that the file `path` uses is defined elsewhere, and its signature; None unless exactly once."""
        found = [
            (quoted(file, unit.start_line, unit.end_line), unit.signature)
            for file in self.files_with(name)
            if file.path != path and (unit := file.parsed.definition(name)) is not None
        ]
        return found[0] if len(found) == 1 else None

    def assertions(self, name: str) -> tuple[Quoted, ...]:
        """The first assertions of the tests that call a function."""
        tests = dict.fromkeys(
            (file, file.parsed.unit_at(line)) for file, line in self.call_sites(name) if is_test(file.path)
        )
        found = (
            quoted(file, number, number)
            for file, unit in tests
            for number in range(unit.start_line, unit.end_line + 1)
            if ASSERTION.search(file.lines[number - 1])
        )
        return tuple(islice(found, MAX_QUOTED))


def quoted(file: Neighbour, first: int, last: int) -> Quoted:
    """Lines `first..last` of a neighbouring file, without their comments and those that were nothing else."""
    lines = decoded(file.parsed.without_comments(first, last))
    return Quoted(file.path, first, tuple(line for line in lines if line.strip()))
