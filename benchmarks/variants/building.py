"""Building a language's corpus: choose functions, make variants, and throw away what a judge does not agree with."""

import hashlib
import random
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path

from benchmarks.variants.cosmetic import COSMETIC
from benchmarks.variants.dialects import DIALECTS
from benchmarks.variants.formatters import formatted
from benchmarks.variants.functions import SEED, Function, choose
from benchmarks.variants.oracles import NAMELESS, Reading, readings, renamed_alike
from benchmarks.variants.renames import RENAMES
from benchmarks.variants.rules import Finder
from benchmarks.variants.semantic import EVERYWHERE
from benchmarks.variants.sources import KEPT, Missing
from benchmarks.variants.traps import TRAPS
from benchmarks.variants.traps_python import PYTHON
from benchmarks.variants.trees import Unit, shape
from benchmarks.variants.variant import Kind, NotRun, Variant, read, write

LANGUAGES = tuple(DIALECTS)
FEWEST = 50  # functions; fewer are no corpus
RARE = 3  # functions that each edit should have a place in
MORE = 40  # functions added for that
TRIES = 12  # places or texts of one edit that are looked at before it is given up


def load(language: str) -> list[Variant] | NotRun:
    """The variants of a language, built once and then kept; or why they cannot be built here.

    The originals come first in each function's run, and `function` numbers them from 1.
    """
    kept = KEPT / f"{language}-{_digest()}.jsonl"
    if kept.is_file():
        return read(kept)
    try:
        variants = build(language)
    except Missing as missing:
        return NotRun(str(missing))
    write(kept, variants)
    return variants


def build(language: str) -> list[Variant]:
    """The variants of a language, built anew. Raises Missing."""
    KEPT.mkdir(parents=True, exist_ok=True)
    functions, spare = choose(language)
    if len(functions) < FEWEST:
        reason = f"only {len(functions)} functions of {language} could be had"
        raise Missing(reason)
    edits = semantic_edits(language)
    functions += _rare(functions, spare, edits)
    drafts = [Draft(at, unit, "semantic", edit) for at, f in enumerate(functions) for edit, unit in _changed(f, edits)]
    drafts += [Draft(at, unit, "cosmetic", edit) for at, f in enumerate(functions) for edit, unit in _rewritten(f)]
    drafts += _formatted(functions, language)
    return _written(functions, _judged(functions, drafts, language), language)


def _digest() -> str:
    """Of all that makes the corpora: another builder, another corpus."""
    made = hashlib.sha256()
    for path in sorted(Path(__file__).parent.rglob("*.*")):
        if path.suffix in {".py", ".mjs", ".go", ".java", ".rb"}:
            made.update(path.read_bytes())
    return made.hexdigest()[:12]


def _rare(functions: Sequence[Function], spare: Sequence[Function], edits: dict[str, Finder]) -> list[Function]:
    """Spare functions that have a place for an edit for which the others have too few."""
    counts = Counter(edit for function in functions for edit in edits if _has_place(function, edits[edit]))
    added: list[Function] = []
    for function in spare:
        wanted = [edit for edit in edits if counts[edit] < RARE and _has_place(function, edits[edit])]
        if wanted and len(added) < MORE:
            added.append(function)
            counts.update(edit for edit in edits if _has_place(function, edits[edit]))
    return added


def _has_place(function: Function, finder: Finder) -> bool:
    return next(finder(function.unit), None) is not None


def semantic_edits(language: str) -> dict[str, Finder]:
    """All semantic edits of a language, by name; a language's own edit of a name stands for the general one."""
    return EVERYWHERE | (PYTHON if language == "python" else TRAPS[language]) | RENAMES


class Draft:
    """A variant that no judge has seen: which function, its text as a unit, and what was done."""

    def __init__(self, function: int, unit: Unit, kind: Kind, edit: str) -> None:
        """Hold the four."""
        self.function, self.unit, self.kind, self.edit = function, unit, kind, edit


def _changed(function: Function, edits: dict[str, Finder]) -> Iterator[tuple[str, Unit]]:
    """One variant of each semantic edit that finds a place which still parses."""
    for edit, finder in edits.items():
        places = list(finder(function.unit))
        random.Random(f"{SEED} {function.name} {edit}").shuffle(places)
        for place in places[:TRIES]:
            unit = function.unit.edited(place)
            if unit.sound and (edit.startswith("asi") or shape(unit.root) != shape(function.unit.root)):
                yield edit, unit
                break


def _rewritten(function: Function) -> Iterator[tuple[str, Unit]]:
    """One variant of each cosmetic edit."""
    for edit, rewriter in COSMETIC.items():
        chance = random.Random(f"{SEED} {function.name} {edit}")
        for _, text in zip(range(TRIES), rewriter(function.unit, chance), strict=False):
            unit = function.unit.again(text)
            if unit.sound and text != function.unit.text:
                yield edit, unit
                break


def _formatted(functions: Sequence[Function], language: str) -> list[Draft]:
    drafts = []
    for edit, texts in formatted([function.unit for function in functions], language).items():
        for at, text in enumerate(texts):
            unit = functions[at].unit.again(text) if text is not None else None
            if unit is not None and unit.sound and unit.text != functions[at].unit.text:
                drafts.append(Draft(at, unit, "cosmetic", edit))
    return drafts


def _judged(functions: Sequence[Function], drafts: list[Draft], language: str) -> list[Draft]:
    """The drafts whose kind the judge confirms: another reading for semantic ones, the same for cosmetic ones."""
    read_of = readings([function.unit for function in functions] + [draft.unit for draft in drafts], language)
    originals, others = read_of[: len(functions)], read_of[len(functions) :]
    return [
        draft
        for draft, reading in zip(drafts, others, strict=True)
        if _agreed(draft, functions[draft.function].unit, originals[draft.function], reading)
    ]


def _agreed(draft: Draft, unit: Unit, original: Reading, reading: Reading) -> bool:
    if original is None or reading is None:
        return False
    if draft.kind == "semantic":
        return reading != original
    renamed = draft.edit == "rename_local" and draft.unit.language not in NAMELESS
    return renamed_alike(unit, draft.unit) if renamed else reading == original


def _written(functions: Sequence[Function], drafts: list[Draft], language: str) -> list[Variant]:
    variants: list[Variant] = []
    for at, function in enumerate(functions):
        own = [draft for draft in drafts if draft.function == at]
        texts = {function.unit.text}
        variants.append(_variant(at, function, language, "original", "", function.unit.text))
        for draft in own:
            if draft.unit.text not in texts:
                texts.add(draft.unit.text)
                variants.append(_variant(at, function, language, draft.kind, draft.edit, draft.unit.text))
    return variants


def _variant(at: int, function: Function, language: str, kind: Kind, edit: str, text: str) -> Variant:
    return Variant(language=language, function=at + 1, name=function.name, kind=kind, edit=edit, text=text)
