"""Structure keys of Python: how fast over the standard library, cut as reviewers cut it, and for one function."""

import statistics
import sysconfig
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from benchmarks.measure import Row
from coderev.syntax import parse, structure_key

FILES = 60
ROUNDS = 5
FUNCTION = b'''\
def booked(self, when, *, after=None):
    """The first free shelf at a time, and what is on it."""
    shelves = [shelf for shelf in self.shelves if shelf.open]  # the closed ones are counted elsewhere
    found, best = None, 0
    for number, shelf in enumerate(shelves):
        if after is not None and number <= after:
            continue
        try:
            books = shelf.books(when, limit=LIMIT + 1)
        except (Closed, KeyError) as error:
            log.warning("shelf %s: %s", number, error)
            continue
        finally:
            self.visited += 1
        free = shelf.room - len(books)
        if free <= 0:
            continue
        weight = sum(book.weight * 1.5 for book in books) or 0.0
        if weight > shelf.strength:
            raise TooHeavy(f"shelf {number} bears {weight:.1f} of {shelf.strength}")
        if best < free:
            found, best = shelf, free
    if found is None:
        return None, []
    names = sorted({book.name.strip().lower() for book in found.books(when)})
    pairs = {name: len(name) for name in names if name}
    with self.lock, found.reserved(when) as place:
        place.note = ", ".join(names)
        while (step := place.next()) is not None:
            if step.kind == "move" and not step.done:
                self.move(step, *step.books, to=place)
            elif step.kind in ("keep", "drop"):
                step.done = True
            else:
                break
        else:
            self.full.append(place)
    total = max(pairs.values(), default=0)
    first = names[0] if names else "-"
    self.last = (first, total)
    return found, names[:total]
'''


def rows() -> Iterator[Row]:
    files = _files()
    units = [length for source in files for length in _key_units(source)]
    seconds = _cpu(lambda: [_key_units(source) for source in files])
    rate = sum(units) / 1e6 / seconds
    yield Row(
        what=f"structure keys with parsing, {len(units):,} units of {FILES} files",
        peer="the parser alone 12 MB per CPU-s",
        goal="≥ 2 MB per CPU-s",
        ours=f"{rate:.1f} MB per CPU-s",
        met=rate >= 2,
    )
    each = _cpu(lambda: [structure_key(FUNCTION, "python") for _ in range(100)]) * 10
    lines = FUNCTION.count(b"\n")
    yield Row(
        f"structure key of a function of {lines} lines",
        "a whole hit may take 0.8 ms; this function is denser than most",
        "≤ 0.7 ms",
        f"{each:.2f} ms",
        each <= 0.7,
    )


def _files() -> list[bytes]:
    paths = sorted(Path(sysconfig.get_path("stdlib")).glob("*.py"))
    return [path.read_bytes() for path in paths[:FILES]]


def _key_units(source: bytes) -> list[int]:
    """Take the key of each unit of a file, as a review of the whole file does; how many bytes each has."""
    parsed = parse(source, "python")
    for unit in parsed.units:
        parsed.structure(unit.start_line, unit.end_line)
    return [parsed.offset(unit.end_line + 1) - parsed.offset(unit.start_line) for unit in parsed.units]


def _cpu(work: Callable[[], object]) -> float:
    """CPU-seconds of some work: the median."""
    seconds = []
    for _ in range(ROUNDS):
        before = time.process_time()
        work()
        seconds.append(time.process_time() - before)
    return statistics.median(seconds)
