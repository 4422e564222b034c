"""Text for a terminal: each new finding with its code, why, flow and fix, worst first; then the closing lines.

Everything hangs on one column: labels end there, code and prose begin there.
"""

from collections.abc import Callable, Iterator, Sequence
from itertools import chain, filterfalse

from coderev.finding import Finding, Result, Severity, Step
from coderev.report.excerpt import CUT, TAB, cells, code_lines, diff_lines, head, lines_left, shortened, tail, width
from coderev.report.facts import (
    DETAILS,
    Fact,
    advisory,
    counted,
    facts,
    is_touched,
    lines_of,
    of_status,
    opening,
    told_apart,
)
from coderev.report.manner import Manner
from coderev.report.visible import visible

COLUMNS = 96  # of the widest line
GUTTER = 9  # cells left of the column on which everything hangs
ROOM = COLUMNS - GUTTER - 3  # cells right of it
DETAILED = 50  # findings shown in full
CODE_LINES = 6  # of one finding's evidence
DIFF_LINES = 12  # of one fix
STEPS = 8  # of one flow
PATH = 240  # cells of one path
RULE = 60  # cells of one rule name
MESSAGE = 1200  # characters of one message
TITLE = 240  # characters of one title or note

Ink = Callable[[str, str], str]

_ANSI = {
    "critical": "1;31",
    "high": "31",
    "medium": "33",
    "low": "36",
    "info": "34",
    "title": "1",
    "faint": "2",
    "mark": "1;31",
    "-": "31",
    "+": "32",
    "pass": "1;32",
    "fail": "1;31",
    "incomplete": "1;33",
}


def render(result: Result, manner: Manner) -> str:
    """The whole report, its last line ended."""
    ink = _coloured if manner.colour else _plain
    new = of_status(result, "new")
    shown, alike = told_apart(new)
    lines = [
        *_detailed(shown[:DETAILED], result, ink),
        *_alike(alike[:DETAILS], ink),
        *_not_shown((*shown[DETAILED:], *chain.from_iterable(alike[DETAILS:])), ink),
        *_touched(tuple(filter(is_touched, result.findings)), result, ink),
        *_existing(tuple(filterfalse(is_touched, of_status(result, "existing", "baseline"))), ink),
        *([] if new else [opening(result), ""]),
        *_closing(result, manner, ink),
    ]
    return "\n".join(line.rstrip() for line in lines) + "\n"


def explain(finding: Finding, *, safe: str = "", colour: bool = False) -> str:
    """One finding with every step of its flow, and `safe`, the code that would have made it safe."""
    ink = _coloured if colour else _plain
    lines = [
        *_headline(finding, ink),
        *_code(finding, ink),
        *_prose("why", finding.message, ink),
        *_flow(finding, ink, most=len(finding.flow)),
        *_labelled("safe", [_expanded(line, 0) for line in safe.splitlines()], ink),
        *_fix(finding, ink),
        *_about(finding, ink, advises=False),
        _row("status", f"{finding.status}{', touched by the change' if is_touched(finding) else ''}", ink),
    ]
    return "\n".join(line.rstrip() for line in lines) + "\n"


def _plain(_style: str, text: str) -> str:
    return text


def _coloured(style: str, text: str) -> str:
    code = _ANSI.get(style)
    return f"\x1b[{code}m{text}\x1b[0m" if code and text else text


def _detailed(findings: tuple[Finding, ...], result: Result, ink: Ink) -> Iterator[str]:
    for finding in findings:
        yield from _headline(finding, ink)
        yield from _code(finding, ink)
        yield from _prose("why", finding.message, ink)
        yield from _flow(finding, ink)
        yield from _fix(finding, ink)
        yield from _about(finding, ink, advises=advisory(finding, result.gate))
        yield ""


def _alike(groups: Sequence[Sequence[Finding]], ink: Ink) -> Iterator[str]:
    for group in groups:
        first = group[0]
        title = visible(shortened(first.title, TITLE))
        yield f"{_severity(first.severity, ink)}   {ink('title', f'{len(group)} more: {title}')}"
        place = f"{visible(tail(first.path, PATH))}  {ink('faint', visible(head(first.rule, RULE)))}"
        yield _row("", place, ink, bar="┌")
        yield from _labelled("lines", _paragraph(lines_of(group), ROOM), ink)
        yield ""


def _headline(finding: Finding, ink: Ink) -> Iterator[str]:
    title, *more = _wrapped(visible(shortened(finding.title, TITLE)) + (" (doubted)" if finding.doubted else ""), ROOM)
    yield f"{_severity(finding.severity, ink)}   {ink('title', title)}"
    yield from (f"{'':{GUTTER}}  {ink('title', line)}" for line in more)
    yield _row("", f"{_place(finding)}  {ink('faint', visible(head(finding.rule, RULE)))}", ink, bar="┌")


def _place(finding: Finding) -> str:
    column = f":{finding.start_column}" if finding.start_column is not None else ""
    return f"{visible(tail(finding.path, PATH))}:{finding.start_line}{column}"


def _row(label: str, text: str, ink: Ink, *, bar: str = "│") -> str:
    return f"{ink('faint', f'{label:>{GUTTER - 1}} {bar}')} {text}"


def _code(finding: Finding, ink: Ink) -> Iterator[str]:
    for line in code_lines(finding, room=ROOM, most=CODE_LINES):
        before = _expanded(line.before, 0)
        marked = _expanded(line.marked, width(before))
        after = _expanded(line.after, width(before) + width(marked))
        yield _row(str(line.number), f"{before}{marked}{after}", ink)
        if line.number == finding.start_line:
            yield _row("", " " * width(before) + ink("mark", "^" * max(1, width(marked))), ink)
    if left := lines_left(finding, most=CODE_LINES):
        yield _row("", ink("faint", f"{CUT} {left} more lines"), ink)


def _expanded(code: str, column: int) -> str:
    """Code as a terminal shows it when it begins in this column: tabs as spaces, unseen characters as text."""
    if "\t" not in code:
        return visible(code)
    parts = []
    for character in code:
        part = " " * (TAB - column % TAB) if character == "\t" else visible(character)
        parts.append(part)
        column += len(part) if character == "\t" else cells(character)
    return "".join(parts)


def _prose(label: str, text: str, ink: Ink) -> Iterator[str]:
    paragraphs = shortened(text, MESSAGE).split("\n")
    lines = [line for paragraph in paragraphs for line in _wrapped(visible(paragraph), ROOM)]
    yield from _labelled(label, [line for line in lines if line], ink)


def _labelled(label: str, lines: list[str], ink: Ink) -> Iterator[str]:
    yield from (_row("" if number else label, line, ink) for number, line in enumerate(lines))


def _wrapped(text: str, room: int) -> list[str]:
    """Lines of at most `room` cells; a longer word is broken. Always at least one line."""
    lines, line = [], ""
    for word in text.split():
        rest = word
        if line and width(line) + 1 + width(rest) > room:
            lines.append(line)
            line = ""
        while width(rest) > room:
            piece = head(rest, room)[:-1]
            lines.append(piece)
            rest = rest[len(piece) :]
        line = f"{line} {rest}" if line else rest
    return [*lines, line]


def _flow(finding: Finding, ink: Ink, most: int = STEPS) -> Iterator[str]:
    steps = finding.flow[:most]
    places = [f"{visible(tail(step.path, ROOM // 2))}:{step.line}" for step in steps]
    widest = max(map(width, places), default=0)
    rows = []
    for number, (step, place) in enumerate(zip(steps, places, strict=True), 1):
        gap = " " * (widest - width(place))
        first, *more = _step_code(step, ROOM - widest - 5, is_whole=most == len(finding.flow))
        note = _wrapped(visible(shortened(step.note, TITLE)), ROOM - 3)
        rows += [f"{number}  {place}{gap}  {first}", *(f"   {line}" for line in more)]
        rows += [f"   {ink('faint', line)}" for line in note if line]
    if (left := len(finding.flow) - most) > 0:
        rows.append(f"{CUT} {left} more steps")
    yield from _labelled("flow", rows, ink)


def _step_code(step: Step, room: int, *, is_whole: bool) -> list[str]:
    """The code beside a step's place, or, where all of it is wanted and has no room there, below."""
    code = _expanded(step.code.strip(), 0)
    return ["", *_wrapped(code, ROOM - 3)] if is_whole and width(code) > room else [head(code, room)]


def _fix(finding: Finding, ink: Ink) -> Iterator[str]:
    if finding.fix is None:
        return
    safe = "safe: it parses and adds no finding" if finding.fix.safe else "a proposal: read it before you take it"
    yield _row("fix", safe, ink)
    for line in diff_lines(finding, room=ROOM, most=DIFF_LINES):
        number = "" if line.number is None else f"{line.mark} {line.number}"
        yield _row(number, ink(line.mark, _expanded(line.code, 0)), ink)


def _about(finding: Finding, ink: Ink, *, advises: bool) -> Iterator[str]:
    source = finding.source
    parts = [
        finding.cwe or "",
        f"{finding.confidence} confidence",
        "doubted by verification" if finding.doubted else "",
        f"{'model ' if source.kind == 'model' else ''}{source.name} {source.version}".rstrip(),
        "advisory" if advises else "",
        finding.fingerprint,
    ]
    yield from _labelled("about", _paragraph(", ".join(filter(None, parts)), ROOM), ink)


def _not_shown(findings: Sequence[Finding], ink: Ink) -> Iterator[str]:
    if findings:
        yield ink("title", f"{counted(findings)} more new findings are not shown here: see --format json or html")
        yield ""


def _touched(findings: tuple[Finding, ...], result: Result, ink: Ink) -> Iterator[str]:
    if findings:
        yield ink("title", f"existing, and touched by this change: {counted(findings)}")
        yield ""
        yield from _detailed(findings[:DETAILS], result, ink)
    if (left := len(findings) - DETAILS) > 0:
        yield f"{CUT} {left} more: see --format json"
        yield ""


def _existing(findings: tuple[Finding, ...], ink: Ink) -> Iterator[str]:
    if not findings:
        return
    yield f"existing, not brought by this change: {counted(findings)}"
    for finding in findings[:DETAILS]:
        place = f"{_place(finding)}  {visible(finding.rule)}  {visible(finding.title)}"
        yield f"{_severity(finding.severity, ink)}   {head(place, ROOM)}"
    if (left := len(findings) - DETAILS) > 0:
        yield f"{'':{GUTTER}}  {CUT} {left} more: see --format json"
    yield ""


def _severity(severity: Severity, ink: Ink) -> str:
    return ink(severity, f"{severity:>{GUTTER - 1}}")


def _closing(result: Result, manner: Manner, ink: Ink) -> Iterator[str]:
    lines = facts(result, manner.outside_bytes)
    widest = max(len(fact.label) for fact in lines)
    for fact in lines:
        yield from _fact(fact, widest, result, ink)


def _fact(fact: Fact, widest: int, result: Result, ink: Ink) -> Iterator[str]:
    style = result.verdict if fact.label == "verdict" else ""
    value, *more = _paragraph(fact.value, COLUMNS - widest - 2)
    yield f"{ink('faint', f'{fact.label:>{widest}}:')} {ink(style, value)}"
    for line in (*more, *(line for detail in fact.details for line in _paragraph(detail, COLUMNS - widest - 2))):
        yield f"{'':{widest + 1}} {line}"


def _paragraph(text: str, room: int) -> list[str]:
    return _wrapped(visible(shortened(text, MESSAGE)), room)
