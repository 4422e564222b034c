"""What a process of the pool does: every analyser looks at a chunk, and what they saw becomes places."""

from collections.abc import Sequence
from functools import lru_cache

import msgspec

from coderev.analysis.all_analysers import ANALYSERS
from coderev.analysis.analyser import Analyser, Looked, SourceFile, together
from coderev.analysis.gathering import one_for_each_origin
from coderev.analysis.intake import Pair, Text
from coderev.analysis.places import Marks, Place, Seen, places
from coderev.analysis.sighting import Sighting
from coderev.analysis.suppressions import Suppressions
from coderev.errors import Unavailable
from coderev.syntax import language_of

Observation = tuple[Analyser, Looked]
MAX_SIGHTINGS = 5_000  # of one analyser in one file


class Ends(msgspec.Struct, frozen=True, kw_only=True):
    """What flows end in a changed file, on both sides."""

    base: tuple[Seen, ...] = ()
    head: tuple[Seen, ...] = ()


class Chunk(msgspec.Struct, frozen=True, kw_only=True):
    """The work of one process: some files, the names of analysers, and, by number of pair, what was seen before.

    `imported` is what a site's tools saw, `flows` what the taint engine did.
    """

    pairs: tuple[Pair, ...]
    analysers: tuple[str, ...]
    seconds: int  # that a program may take
    imported: dict[int, tuple[Seen, ...]] = {}
    flows: dict[int, Ends] = {}


class Side(msgspec.Struct, frozen=True, kw_only=True):
    """One side of a file after all analysers. `failures` are (analyser, reason); `silenced` are suppressions."""

    places: tuple[Place, ...] = ()
    silenced: tuple[Place, ...] = ()
    failures: tuple[tuple[str, str], ...] = ()


class Examined(msgspec.Struct, frozen=True, kw_only=True):
    """One changed file after all analysers; `number` is its place in the change.

    `base_units` are the names of base's units, where head has places; `imported` is what a site's tools saw at head.
    """

    number: int
    base: Side = Side()
    head: Side = Side()
    base_units: frozenset[str] = frozenset()
    imported: tuple[Place, ...] = ()


def examine(chunk: Chunk) -> tuple[Examined, ...]:
    """Let every analyser look once at all files of both sides."""
    files = {side: source_file(side, text) for pair in chunk.pairs for side, text in pair.sides}
    observations = [
        (analyser, look(analyser, tuple(files.values())))
        for analyser in (Suppressions(), *(made(name, chunk.seconds) for name in chunk.analysers))
    ]
    return tuple(_examined(pair, files, observations, chunk) for pair in chunk.pairs)


@lru_cache(maxsize=64)
def made(name: str, seconds: int) -> Analyser:
    """The analyser of a name, made once in each process. Raises Unavailable where it cannot run."""
    return ANALYSERS[name](seconds)


def source_file(key: str, text: Text) -> SourceFile:
    """One side of a file as analysers see it."""
    return SourceFile(key=key, path=text.path, language=language_of(text.path, text.source), source=text.source)


def look(analyser: Analyser, files: Sequence[SourceFile]) -> Looked:
    """What an analyser sees. One that raises looks again at each file alone: only the files that break it fail."""
    try:
        return _bounded(analyser.look(files))
    except Exception as error:  # noqa: BLE001 - an analyser of ours or of the site must not take the others with it
        if len(files) == 1:
            return Looked(failed={files[0].key: f"{type(error).__name__}: {error}"})
        return together(look(analyser, [file]) for file in files)


def _bounded(looked: Looked) -> Looked:
    over = {key: seen for key, seen in looked.sightings.items() if len(seen) > MAX_SIGHTINGS}
    if not over:
        return looked
    kept = {key: tuple(sorted(seen, key=_first)[:MAX_SIGHTINGS]) for key, seen in over.items()}
    reasons = dict.fromkeys(over, f"more than {MAX_SIGHTINGS} results: only the first are shown")
    return Looked(sightings=looked.sightings | kept, failed=looked.failed | reasons)


def _first(sighting: Sighting) -> tuple[int, int]:
    return sighting.start_line, sighting.start_column or 0


def _examined(pair: Pair, files: dict[str, SourceFile], observations: Sequence[Observation], chunk: Chunk) -> Examined:
    base, head = files.get(pair.key("base")), files.get(pair.key("head"))
    imported, flows = chunk.imported.get(pair.number, ()), chunk.flows.get(pair.number, Ends())
    base_side = _side(base, pair.base, observations, flows.base) if base and pair.base else Side()
    head_side = _side(head, pair.head, observations, flows.head) if head and pair.head else Side()
    return Examined(
        number=pair.number,
        base=base_side,
        head=head_side,
        base_units=unit_names(base) if base and head_side.places else frozenset(),
        imported=places(head, imported, _marks(head, pair.head, observations)) if head and pair.head else (),
    )


def _side(file: SourceFile, text: Text, observations: Sequence[Observation], flows: Sequence[Seen]) -> Side:
    marks = _marks(file, text, observations)
    (silencing, silenced), *judging = observations
    seen = [each for analyser, looked in judging for each in _seen(analyser, looked, file)]
    return Side(
        places=one_for_each_origin(places(file, [*seen, *flows], marks)),
        silenced=places(file, _seen(silencing, silenced, file), msgspec.structs.replace(marks, textual=True)),
        failures=tuple(
            (analyser.name, looked.failed[file.key]) for analyser, looked in observations if file.key in looked.failed
        ),
    )


def _seen(analyser: Analyser, looked: Looked, file: SourceFile) -> list[Seen]:
    return [
        Seen(analyser=analyser.name, version=analyser.version, sighting=sighting)
        for sighting in looked.sightings.get(file.key, ())
    ]


def _marks(file: SourceFile, text: Text, observations: Sequence[Observation]) -> Marks:
    sightings = (sighting for _, looked in observations for sighting in looked.sightings.get(file.key, ()))
    hidden = sorted(sighting.hidden for sighting in sightings if sighting.hidden)
    return Marks(hidden=tuple(hidden), numbers=text.numbers, compared=text.compared)


def unit_names(file: SourceFile) -> frozenset[str]:
    """The names of the units of a file; none where it cannot be read as code."""
    try:
        return frozenset(unit.name for unit in file.parsed.units) if file.parsed else frozenset()
    except Unavailable:
        return frozenset()
