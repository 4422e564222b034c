"""What comments say. Pure: values in, Markdown out, for every host the same.

What repositories, people and models wrote is an attacker's: it reaches a comment only through `markdown.prose`,
`markdown.span` and `markdown.fence`, so that no HTML, image, link, mention or command can come of it, and no
character that nobody sees. Every line begins with something of ours.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from coderev.finding import SEVERITIES, Finding, GateOutcome, Result
from coderev.forge.values import Request
from coderev.report import excerpt, facts, markdown, visible
from coderev.store import records

LONGEST = 60_000  # characters of a comment; GitHub takes 65,536
LONGEST_STATUS = 140  # characters of a status line, as GitHub takes them
LONGEST_STATUS_NAME = 200  # characters; hosts take 255
TOLD = 40  # findings that a summary names
DISMISSED = 10  # dismissed findings that a summary names
DETAILS = 5  # of one fact of coverage
SHORT_FINGERPRINT = 12  # digits that people see, and that commands take
_PLACE = 200  # characters of a path with its line
_TITLE = 240
_MESSAGE = 320  # in a summary
_LONG_MESSAGE = 2_000  # at the line
_STEPS = 10
_ROOM = 120  # cells of a code line
_CODE_LINES = 12
_DIFF_LINES = 20

Untold = Literal["line", "many", "removed", "settled", "refused"]
WHY_HERE: Mapping[Untold, str] = {
    "line": "its line is not in the diff",
    "many": "more comments would be noise",
    "removed": "its comment was removed",
    "settled": "a person resolved its comment",
    "refused": "the forge has no such line in the diff",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Occasion:
    """What a comment says besides the result.

    `url` is of the review's page, or empty; `name` is what people call us by in comments; `dismissals` are those that
    silenced a finding of this result, by its fingerprint.
    """

    url: str = ""
    name: str = "coderev"
    outside_bytes: int = 0
    dismissals: Mapping[str, records.Dismissal]


def status_name(ours: str, request: Request) -> str:
    """What the status of a commit is called: `ours` on the way into the default branch, else with the target's name.

    A commit may be asked to be merged into several branches, one of which its author made so that little differs: a
    pass into that one must not stand where the verdict about another stood.
    """
    if request.target == request.project.default_branch:
        return ours
    return excerpt.shortened(visible(f"{ours}: {request.target}"), LONGEST_STATUS_NAME)


def status_line(result: Result) -> str:
    """The verdict in one line of plain text, for the status of a commit."""
    new = facts.counted(facts.of_status(result, "new"))
    return excerpt.shortened(visible(f"{facts.verdict(result)}; new: {new}"), LONGEST_STATUS - 1)


def summary(result: Result, untold: Sequence[tuple[Finding, Untold]], occasion: Occasion) -> str:
    """The one comment on the whole. `untold` are the new findings that have no comment at their line, worst first."""
    most = TOLD
    while len(text := _joined(_summary(result, untold, occasion, most))) > LONGEST and most:
        most //= 2
    return text


def _summary(result: Result, untold: Sequence[tuple[Finding, Untold]], occasion: Occasion, most: int) -> Iterator[str]:
    new = facts.of_status(result, "new")
    yield f"## coderev: {_prose(facts.verdict(result), _MESSAGE)}"
    yield _opening(result, new, untold)
    yield "\n".join(_told(result.gate, untold, most))
    yield "\n".join(_dismissed(facts.of_status(result, "dismissed"), occasion))
    yield "### Coverage"
    yield "\n".join(_coverage(result, occasion.outside_bytes))
    yield "\n\n".join(_closing(occasion, talk=bool(new)))


def _opening(result: Result, new: Sequence[Finding], untold: Sequence[tuple[Finding, Untold]]) -> str:
    if not new:
        return f"{facts.opening(result)}."
    each_once = len({each.fingerprint for each in new})
    told, copies = each_once - len(untold), len(new) - each_once
    at_lines = "1 at its line" if told == 1 else f"{told} at their lines"
    places = [at_lines if told else "", f"{len(untold)} here" if untold else ""]
    more = f"; {copies} more in the same words, on the review's page" if copies else ""
    return f"**New findings: {facts.counted(new)}**, {' and '.join(filter(None, places))}{more}."


def _told(gate: GateOutcome, untold: Sequence[tuple[Finding, Untold]], most: int) -> Iterator[str]:
    for finding, why in untold[:most]:
        words = [f"- **{finding.severity}**", _place(finding.path, finding.start_line), _prose(finding.title, _TITLE)]
        remarks = [word for word, holds in _remarks(finding, gate) if holds]
        yield f"{' '.join(words)} ({', '.join((*remarks, WHY_HERE[why]))}) · {_name(finding)}"
        yield f"  Why: {_paragraphs(finding.message, _MESSAGE)}"
    if (left := len(untold) - most) > 0:
        yield f"- **{left} more**, on the review's page"


def _dismissed(findings: Sequence[Finding], occasion: Occasion) -> Iterator[str]:
    if findings:
        yield f"**Dismissed: {facts.counted(findings)}**\n"
    for finding in findings[:DISMISSED]:
        about = f"- {finding.severity} {_place(finding.path, finding.start_line)} {_prose(finding.title, _TITLE)}"
        said = occasion.dismissals.get(finding.fingerprint)
        yield f"{about}: {_decision(said) if said else 'by a decision of this site'} · {_name(finding)}"
    if (left := len(findings) - DISMISSED) > 0:
        yield f"- {left} more, on the review's page"


def _decision(said: records.Dismissal) -> str:
    note = f", who says: {_paragraphs(said.note, _TITLE)}" if said.note.strip() else ""
    scope = {"place": "", "file": ", in this file", "repository": ", in this repository"}[said.scope]
    return f"{said.reason}{scope}, until {said.expires:%Y-%m-%d}, by {_span(said.author, _PLACE)}{note}"


def _coverage(result: Result, outside_bytes: int) -> Iterator[str]:
    for fact in facts.facts(result, outside_bytes):
        if fact.label in {"new", "verdict", "dismissed"}:
            continue  # said above
        yield f"- {fact.label}: {_prose(fact.value, _MESSAGE)}"
        shown = fact.details[:DETAILS]
        yield from (f"  - {_span(each, _PLACE) if fact.code else _prose(each, _PLACE)}" for each in shown)
        if len(fact.details) > DETAILS:
            yield "  - and more, on the review's page"


def _closing(occasion: Occasion, *, talk: bool) -> Iterator[str]:
    if occasion.url:
        yield f"[The whole review]({occasion.url})"
    if talk:
        name = occasion.name
        yield (
            f"Talk back: {_span(f'@{name} explain FINGERPRINT', _PLACE)}, "
            f"{_span(f'@{name} dismiss FINGERPRINT REASON', _PLACE)}, {_span(f'@{name} review', _PLACE)}. "
            f"At a finding's line the fingerprint is known already."
        )


def inline(finding: Finding, gate: GateOutcome, name: str = "coderev", *, suggested: bool = False) -> str:
    """The comment at a finding's line. `suggested`: the host adds the fix in its own form, so that it is not shown."""
    return _joined(_inline(finding, gate, name, suggested=suggested))


def _inline(finding: Finding, gate: GateOutcome, name: str, *, suggested: bool) -> Iterator[str]:
    yield f"**{finding.severity}: {_prose(finding.title, _TITLE)}**"
    yield f"Why: {_paragraphs(finding.message, _LONG_MESSAGE)}"
    yield "\n".join(_flow(finding))
    if finding.fix is not None and not suggested:
        yield from _fix(finding)
    yield _about(finding, gate)
    yield f"Reply {_span(f'@{name} explain', _PLACE)} or {_span(f'@{name} dismiss REASON', _PLACE)}."


def explanation(finding: Finding, gate: GateOutcome) -> str:
    """The answer to `explain`: the code, the way that a value takes, the fix."""
    return _joined(_explanation(finding, gate))


def _explanation(finding: Finding, gate: GateOutcome) -> Iterator[str]:
    yield f"**{finding.severity}: {_prose(finding.title, _TITLE)}**, {_place(finding.path, finding.start_line)}"
    yield markdown.fence(list(_code(finding)))
    yield f"Why: {_paragraphs(finding.message, _LONG_MESSAGE)}"
    yield "\n".join(_flow(finding))
    yield from _fix(finding) if finding.fix is not None else ()
    yield _about(finding, gate)


def _code(finding: Finding) -> Iterator[str]:
    for line in excerpt.code_lines(finding, room=_ROOM, most=_CODE_LINES):
        code = visible(line.before + line.marked + line.after, keep="\t")
        yield f"{line.number:>5} | {code}".rstrip()
    if left := excerpt.lines_left(finding, most=_CODE_LINES):
        yield f"{'':>5} | {excerpt.CUT} {left} more lines"


def _flow(finding: Finding) -> Iterator[str]:
    for number, step in enumerate(finding.flow[:_STEPS], 1):
        code = markdown.span(excerpt.head(step.code.strip(), _ROOM))
        words = (_place(step.path, step.line), code, _prose(step.note, _TITLE))
        yield f"{number}. {' '.join(filter(None, words))}"
    if (left := len(finding.flow) - _STEPS) > 0:
        yield f"{_STEPS + 1}. {excerpt.CUT} {left} more steps"


def _fix(finding: Finding) -> Iterator[str]:
    changed = excerpt.diff_lines(finding, room=_ROOM, most=_DIFF_LINES)
    if finding.fix is not None and changed:
        yield "Fix, safe:" if finding.fix.safe else "Fix, a proposal to read before it is taken:"
        yield markdown.fence([f"{line.mark} {visible(line.code, keep=chr(9))}" for line in changed], "diff")


def _about(finding: Finding, gate: GateOutcome) -> str:
    source = finding.source
    parts = (
        *(word for word, holds in _remarks(finding, gate) if holds),
        _span(finding.rule, _PLACE),
        _span(finding.cwe or "", _PLACE),
        f"{finding.confidence} confidence",
        f"{source.kind} {_span(f'{source.name} {source.version}'.rstrip(), _PLACE)}",
        _name(finding),
    )
    return " · ".join(filter(None, parts))


def _remarks(finding: Finding, gate: GateOutcome) -> tuple[tuple[str, bool], ...]:
    return (("doubted", finding.doubted), ("advisory", facts.advisory(finding, gate)))


def _paragraphs(text: str, most: int) -> str:
    """Several lines as one."""
    return " ".join(filter(None, (markdown.prose(each) for each in _cut(text, most).split("\n"))))


def _name(finding: Finding) -> str:
    return markdown.span(finding.fingerprint[:SHORT_FINGERPRINT])


def _joined(blocks: Iterator[str]) -> str:
    return "\n\n".join(filter(None, blocks)) + "\n"


def _place(path: str, line: int) -> str:
    return markdown.span(f"{_cut(path, _PLACE)}:{line}")


def _prose(text: str, most: int) -> str:
    return markdown.prose(_cut(text, most))


def _span(text: str, most: int) -> str:
    return markdown.span(_cut(text, most))


def _cut(text: str, most: int) -> str:
    """The beginning of a text, counted as it is shown; line ends stay."""
    return excerpt.shortened(visible(text[: most + 1], keep="\n"), most)


def worst_first(findings: Sequence[Finding]) -> tuple[Finding, ...]:
    """The findings by severity, then as they are; of those with one fingerprint the first."""
    each_once = {finding.fingerprint: finding for finding in reversed(findings)}
    kept = [finding for finding in findings if each_once[finding.fingerprint] is finding]
    return tuple(sorted(kept, key=lambda finding: SEVERITIES.index(finding.severity)))
