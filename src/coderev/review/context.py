"""What stands in a question besides its words: the unit with numbered lines and marks, and what is known around it.

The parts stand in the order in which questions of one review share them, so that a model server's prefix cache helps;
they are filled in the order of their worth, until the budget is spent. What did not fit is named for coverage.
"""

import re
from bisect import bisect_left
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

from coderev.finding import Finding
from coderev.recall import Code
from coderev.report import visible
from coderev.review.material import ReviewUnit, Text, decoded, overlapping
from coderev.review.neighbours import Neighbours, Quoted
from coderev.settings import Limits

BYTES_PER_TOKEN = 3  # code has more in most tokenizers; no tokenizer is needed
MAX_SUMMARY_FILES = 40
MAX_CALLERS = 3
MAX_CALLEES = 12
MAX_CONSTANTS = 20
QUESTION_TOKENS = 500  # the longest question's own words
CLAIM_TOKENS = 2_000  # kept free for what a verification shows besides: the claim and its evidence
TAB = "\t"
ROW = re.compile(r" *\d* [+ -] \| | {8}… ")  # a numbered line, or the gap between two


@dataclass(frozen=True, slots=True)
class Budget:
    """How many tokens the parts of one question may take."""

    parts: int  # all of them
    unit: int  # the unit among them


def budget_of(limits: Limits, system: str) -> Budget:
    """What is left of a question's tokens when its answer, the system text and its own words are taken off."""
    left = limits.context_tokens - limits.answer_tokens - tokens(system) - QUESTION_TOKENS - CLAIM_TOKENS
    return Budget(parts=left, unit=limits.unit_tokens)


@dataclass(frozen=True)
class Part:
    """One named piece of context."""

    name: str
    text: str
    paths: tuple[str, ...] = ()  # the files that it quotes
    told: object = None  # what recall knows it by: plain values; None: its text

    @cached_property
    def framed(self) -> str:
        """The text in its frame."""
        return framed(self.name, self.text)

    @property
    def tokens(self) -> int:
        """How many tokens it takes, with its frame."""
        return tokens(self.framed) + 1


@dataclass(frozen=True, slots=True)
class Context:
    """What a question shows, in order, and the names of what did not fit.

    `codes` are the code that claims may quote, by path, or by "" where it is one unit's. `structural` says that recall
    may know the question by what its parts tell, and not only by its bytes.
    """

    parts: tuple[Part, ...]
    cut: tuple[str, ...]
    codes: Mapping[str, Code] = field(default_factory=dict)
    comments: bool = False  # whether comments of the reviewed code are shown
    structural: bool = False

    @property
    def paths(self) -> frozenset[str]:
        """The files that the parts quote."""
        return frozenset(path for part in self.parts for path in part.paths)

    @property
    def text(self) -> str:
        """The parts in their frames."""
        return "\n\n".join(part.framed for part in self.parts)


def tokens(text: str) -> int:
    """An estimate of how many tokens a text takes; for code it errs upwards."""
    return len(text.encode("utf-8", "replace")) // BYTES_PER_TOKEN + 1


def framed(name: str, text: str) -> str:
    """A text between the lines that tell a model where material begins and ends; no line of it can be such a line.

    Characters that are not seen, which could carry instructions past a reader, are shown by their code points.
    """
    lines = visible(text, keep="\n\t").split("\n")
    barred = "\n".join(line if ROW.match(line) else f"| {line}" for line in lines)
    return f"=== begin {visible(name)} ===\n{barred}\n=== end {visible(name)} ==="


def unit_context(
    unit: ReviewUnit, findings: Sequence[Finding], neighbours: Neighbours | None, budget: Budget, *, comments: bool
) -> Context:
    """The context of a question about one unit; the unit's part is empty where no changed line of it fits.

    `comments` says whether those of the unit are shown. The change around it is not: each push would change that, and
    every answer with it.
    """
    code = unit.code(comments=comments)
    subject, was_cut = unit_part(unit, budget.unit, comments=comments)
    kept, cut = fill(_known(unit, code, findings, neighbours), budget.parts - subject.tokens)
    return Context(
        parts=(*kept, subject),
        cut=(("unit",) if was_cut else ()) + cut,
        codes={"": code},
        comments=comments,
        structural=code.structure is not None and not was_cut,
    )


def unit_part(unit: ReviewUnit, budget: int, *, comments: bool) -> tuple[Part, bool]:
    """The unit with its numbered lines, and whether lines of it were left out."""
    shown, was_cut = numbered(unit, budget, comments=comments)
    told = told_unit(unit, comments=comments)
    return Part(f"unit {unit.unit.name} in {unit.path}", shown, unit.text.paths, told), was_cut


def told_unit(unit: ReviewUnit, *, comments: bool) -> object:
    """A unit and what the change does to it, apart from layout; None where it has no structure.

    Where the unit stood at base under its name and all that the change removes stood in it, the two structures say
    what changed. Else the removed lines do, and which tokens stand on added lines.
    """
    structure = unit.code(comments=comments).structure
    if structure is None:
        return None
    told = (unit.text.language, structure.key.hex())
    if unit.text.base is None:
        return (*told, "new")
    old = _unit_at_base(unit, comments=comments)
    before = old and unit.text.base_parsed and unit.text.base_parsed.structure(*old, keep_comments=comments)
    return (*told, before.key.hex(), before.names) if before else (*told, _told_lines(unit, comments=comments))


def _unit_at_base(unit: ReviewUnit, *, comments: bool) -> tuple[int, int] | None:
    """The lines of the unit at base, where the rows that are shown without the added ones are just these lines."""
    parsed = unit.text.base_parsed
    old = parsed.definition(unit.unit.name) if parsed and unit.stable_name and unit.unit.kind != "top-level" else None
    if parsed is None or old is None or old.name != unit.unit.name:
        return None
    lines = (old.start_line, old.end_line)
    was = parsed.blanked(*lines, ()) if comments else parsed.without_comments(*lines)
    rows = (row.partition("| ") for _, row in _rows(unit, comments=comments))
    shown = [code.split() for mark, _, code in rows if not mark.endswith("+ ")]
    wanted = [visible(line, keep=TAB).split() for line in decoded(was)]
    return lines if list(filter(None, shown)) == list(filter(None, wanted)) else None


def _told_lines(unit: ReviewUnit, *, comments: bool) -> object:
    lines = unit.code(comments=comments).token_lines
    first, last = unit.unit.start_line, unit.unit.end_line
    removed, added = unit.text.removed(comments=comments), overlapping(unit.text.added, first, last)
    return (
        [(bisect_left(lines, before), removed[before]) for before in sorted(removed) if first <= before <= last + 1],
        [(bisect_left(lines, here.start), bisect_left(lines, here.stop)) for here in added],
    )


def fill(parts: Iterable[Part], budget: int) -> tuple[tuple[Part, ...], tuple[str, ...]]:
    """The parts that fit into a budget of tokens, in order, and the names of the others."""
    kept, cut = [], []
    for part in parts:
        if not part.text:
            continue
        if part.tokens <= budget:
            kept.append(part)
            budget -= part.tokens
        else:
            cut.append(part.name)
    return tuple(kept), tuple(cut)


def names_of(unit: ReviewUnit) -> tuple[str, ...]:
    """The names that the context of a unit looks up."""
    return (unit.simple_name, *unit.calls[:MAX_CALLEES])


def _known(unit: ReviewUnit, code: Code, findings: Sequence[Finding], neighbours: Neighbours | None) -> Iterable[Part]:
    yield Part("file context", _constants(unit))
    yield _findings(code, findings)
    if neighbours is not None:
        neighbours.look_up(names_of(unit))
        yield _callees(unit, neighbours)
        if unit.unit.kind in {"function", "method"}:
            yield quotes("callers", neighbours.callers(unit.simple_name, unit.path)[:MAX_CALLERS])
            yield quotes("assertions of its tests", neighbours.assertions(unit.simple_name))


def _findings(code: Code, findings: Sequence[Finding]) -> Part:
    """What the analysers found, for recall by the token that it begins at: lines move."""
    said = [visible(f"line {finding.start_line}: {finding.rule}: {finding.title}") for finding in findings]
    told = [(bisect_left(code.token_lines, finding.start_line), finding.rule, finding.title) for finding in findings]
    return Part("findings of the analysers", "\n".join(said), told=told)


def _callees(unit: ReviewUnit, neighbours: Neighbours) -> Part:
    signatures, paths = [], []
    parsed = unit.text.parsed
    for name in unit.calls[:MAX_CALLEES]:
        if parsed and (here := parsed.definition(name)) is not None:
            signatures.append(visible(here.signature))
        elif (elsewhere := neighbours.definition(name, unit.path)) is not None:
            signatures.append(visible(f"{elsewhere[1]}  # {elsewhere[0].path}"))
            paths.append(elsewhere[0].path)
    return Part("signatures of what it calls", "\n".join(signatures), tuple(paths))


def _constants(unit: ReviewUnit) -> str:
    """The lines at the top level of the file that give a value or a type to a name that the unit uses."""
    if unit.text.parsed is None:
        return ""
    own = range(unit.unit.start_line, unit.unit.end_line + 1)
    used = unit.text.parsed.used_names(unit.unit)
    found = {number for name in used for number in unit.text.top_level.get(name, ()) if number not in own}
    lines = (decoded(unit.text.parsed.without_comments(number, number))[0] for number in sorted(found)[:MAX_CONSTANTS])
    return "\n".join(line for line in lines if line.strip())


def quotes(name: str, quoted: Sequence[Quoted]) -> Part:
    """A part that quotes lines of other files, without their numbers: what moves elsewhere changes no answer here."""
    text = "\n".join(
        f"{visible(quote.path)}\n" + "\n".join(f"{'':5}   | {line}" for line in quote.lines) for quote in quoted
    )
    return Part(name, text, tuple(quote.path for quote in quoted))


def change_summary(texts: Sequence[Text]) -> str:
    """One line for each changed file with its counts of added and removed lines."""
    lines = [
        f"{text.change.kind} {visible(text.path)}"
        f" +{sum(hunk.new_lines for hunk in text.change.hunks)} -{sum(hunk.old_lines for hunk in text.change.hunks)}"
        for text in texts[:MAX_SUMMARY_FILES]
    ]
    more = len(texts) - len(lines)
    return "\n".join(lines + ([f"and {more} more files"] if more else []))


def numbered(unit: ReviewUnit, budget: int, *, comments: bool) -> tuple[str, bool]:
    """The unit's lines with numbers and marks, and whether lines far from the change were left out for the budget.

    The text is empty where no changed line fits. Takes time linear in the unit, but for one sorting.
    """
    rows = list(_rows(unit, comments=comments))
    costs = [tokens(row) for _, row in rows]
    if sum(costs) <= budget:
        return "\n".join(row for _, row in rows), False
    kept: set[int] = set()
    for index in sorted(range(len(rows)), key=lambda index: rows[index][0]):
        budget -= costs[index]
        if budget < 0:
            break
        kept.add(index)
    return "\n".join(_with_gaps(rows, kept)) if kept else "", True


def _with_gaps(rows: Sequence[tuple[int, str]], kept: set[int]) -> Iterable[str]:
    skipped = 0
    for index, (_, row) in enumerate(rows):
        if index in kept:
            if skipped:
                yield f"        … {skipped} lines are not shown …"
            skipped = 0
            yield row
        else:
            skipped += 1
    if skipped:
        yield f"        … {skipped} lines are not shown …"


def _rows(unit: ReviewUnit, *, comments: bool) -> Iterable[tuple[int, str]]:
    """Rows as they are shown, each with its distance in lines from the nearest touched line.

    A line that is nothing but a comment has no row where comments are not shown.
    """
    text, first, last = unit.text, unit.unit.start_line, unit.unit.end_line
    added = {
        number
        for lines in overlapping(text.added, first, last)
        for number in range(max(lines.start, first), min(lines.stop, last + 1))
    }
    removed, shown = text.removed(comments=comments), unit.code(comments=comments).lines
    for number, distance in zip(range(first, last + 1), _distances(text.touched, first, last), strict=True):
        yield from ((distance, _removed(line)) for line in removed.get(number, ()))
        line = shown[number - first]
        if line.strip() or not text.lines[number - 1].strip():
            yield distance, f"{number:5} {'+' if number in added else ' '} | {visible(line, keep=TAB)}"
    if not overlapping(text.added, last + 1, last + 1):  # what was deleted at the unit's end
        yield from ((0, _removed(line)) for line in removed.get(last + 1, ()))


def _removed(line: str) -> str:
    return f"      - | {visible(line, keep=TAB)}"


def _distances(touched: Sequence[range], first: int, last: int) -> list[int]:
    count = last - first + 1
    distances = [count] * count
    for lines in overlapping(touched, first, last):
        for number in range(max(lines.start, first), min(lines.stop, last + 1)):
            distances[number - first] = 0
    for order in (range(1, count), range(count - 2, -1, -1)):
        for index in order:
            distances[index] = min(distances[index], distances[index - order.step] + 1)
    return distances
