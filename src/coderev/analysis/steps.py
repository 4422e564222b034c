"""From a flow to a sighting: its lines, the code of its steps, and what tells it from another to the same place."""

from collections.abc import Mapping
from functools import lru_cache

from msgspec.structs import replace

from coderev.analysis.analyser import SourceFile
from coderev.analysis.opening import Span, Touched
from coderev.analysis.rule import Rule
from coderev.analysis.sighting import Sighting
from coderev.analysis.structural import in_tests
from coderev.analysis.taint.flow import Flow
from coderev.analysis.taint.pack import RuleRow
from coderev.analysis.weaknesses import covers
from coderev.errors import Unavailable
from coderev.finding import Step
from coderev.syntax import Unit, language_of

STEP_LINES = 4  # of a longer statement only the step's own line is shown
STEP_CHARACTERS = 400
PREFIX = "taint/"


class Pages:
    """The files of one side that flows run through; what is asked of each is made once."""

    def __init__(self, files: Mapping[str, bytes]) -> None:
        self._files = files
        self._made: dict[str, SourceFile] = {}
        self._hidden: dict[str, tuple[tuple[int, int], ...]] = {}

    def file(self, path: str) -> SourceFile:
        """A file with its lines and its tree."""
        if path not in self._made:
            source = self._files[path]
            self._made[path] = SourceFile(key=path, path=path, language=language_of(path, source), source=source)
        return self._made[path]

    def hidden(self, path: str) -> tuple[tuple[int, int], ...]:
        """The bytes of a file that nothing may show, in order."""
        if path not in self._hidden:
            from coderev.analysis.secrets import Secrets

            seen = Secrets().look([self.file(path)]).sightings.get(path, ())
            self._hidden[path] = tuple(sorted(sighting.hidden for sighting in seen if sighting.hidden))
        return self._hidden[path]

    def unit(self, path: str, line: int) -> Unit | None:
        """The unit that a line lies in; None where the file cannot be read as code."""
        try:
            parsed = self.file(path).parsed
            return parsed.unit_at(line) if parsed else None
        except Unavailable:
            return None

    def around(self, path: str, line: int) -> tuple[int, int]:
        """The first and last line of that unit, or the line itself."""
        unit = self.unit(path, line)
        return (unit.start_line, unit.end_line) if unit else (line, line)

    def span(self, path: str, start: int, end: int) -> Span:
        """The lines that some bytes stand on."""
        lines = self.file(path).lines
        return path, lines.number(start), lines.number(max(end - 1, start))

    def code(self, path: str, line: int) -> str:
        """The statement that stands on a line, on one line; a secret in it stops where evidence does."""
        file = self.file(path)
        start, end = file.lines.span(*self._statement(file, line))
        shown = bytearray()
        for first, last in (*self.hidden(path), (end, end)):
            if last > start:
                shown += file.source[start : min(first, end)] + "…".encode() * (first < end)
                start = max(start, min(last, end))
        lines = bytes(shown).decode(errors="replace").split("\n")
        return " ".join(filter(None, map(str.strip, lines)))[:STEP_CHARACTERS]

    def _statement(self, file: SourceFile, line: int) -> tuple[int, int]:
        try:
            first, last = file.parsed.statement_at(line) if file.parsed else (line, line)
        except Unavailable:
            return line, line
        return (first, last) if last - first < STEP_LINES else (line, line)


def sighting(flow: Flow, pages: Pages, touched: Touched | None = None, *, is_shown: bool = False) -> Sighting:
    """What a flow is for the file of its sink; `is_shown` at head, `touched` where there is a base to compare with."""
    lines = pages.file(flow.path).lines
    last = max(flow.end - 1, flow.start)
    spans = [pages.span(step.path, step.start, step.end) for step in flow.steps]
    found = Sighting(
        rule=in_tests(rule(flow.rule), flow.path),
        start_line=lines.number(flow.start),
        end_line=lines.number(last),
        start_column=lines.column(flow.start),
        end_column=lines.column(last) + 1,
        message=flow.message,
        confidence=flow.confidence,
        identity=_identity(flow, pages),
        flow=tuple(
            Step(path=step.path, line=line, code=pages.code(step.path, line), note=step.note)
            for step, (_, line, _) in zip(flow.steps, spans, strict=True)
            if is_shown
        ),
    )
    sink = (flow.path, found.start_line, found.end_line)
    return _marked(found, [*spans, sink], pages, touched) if touched else found


@lru_cache(maxsize=512)
def rule(row: RuleRow) -> Rule:
    """The rule that a finding carries."""
    return Rule(
        id=f"{PREFIX}{row.id}",
        title=row.title,
        severity=row.severity,
        confidence=row.confidence,
        category="security",
        cwe=row.cwe,
        advice=row.advice,
        covers=covers(row.cwe),
    )


def _marked(found: Sighting, spans: list[Span], pages: Pages, touched: Touched) -> Sighting:
    opened = "" if touched.touches(spans[-1]) else touched.opener(spans, pages.around)
    return replace(found, touched=any(map(touched.touches, spans)), opened=opened)


def _identity(flow: Flow, pages: Pages) -> str:
    """Source unit and kind. A source in the unit of its sink needs no name: it is moved and renamed with it."""
    if not flow.source:
        return ""
    first = flow.steps[0] if flow.steps else None
    if first and first.path == flow.path:
        units = [pages.unit(flow.path, pages.file(flow.path).lines.number(at)) for at in (first.start, flow.start)]
        if units[0] and units[0] == units[1]:
            return "\0" + flow.source.rpartition("\0")[2]
    return flow.source
