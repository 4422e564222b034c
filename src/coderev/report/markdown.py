"""Markdown for a comment on a merge request, on any forge: CommonMark without HTML.

Repository text must stay text even where a forge rewrites what CommonMark already rendered: it turns `@all` into a
message to everybody, `#1` into a link, a line that begins with `/approve` into an approval. So each word that is
more than plain prose stands in a code span, and no line begins with repository text, not even inside a fence.
"""

import re
from collections.abc import Iterator, Sequence
from itertools import chain

from coderev.finding import Finding, Result
from coderev.report.excerpt import CUT, code_lines, diff_lines, head, lines_left, shortened
from coderev.report.facts import (
    DETAILS,
    advisory,
    counted,
    facts,
    is_touched,
    lines_of,
    of_status,
    opening,
    told_apart,
    verdict,
)
from coderev.report.manner import Manner
from coderev.report.visible import visible

DETAILED = 30  # findings shown in full; forges refuse long comments
ROOM = 160  # characters of a code line
CODE_LINES = 12
DIFF_LINES = 20
STEPS = 10
MESSAGE = 2000  # characters of one message
TITLE = 240  # characters of one title or note

# A word of letters, or a short number, with the marks that surround words in prose.
_PLAIN = re.compile(r"""["'(]{0,2}(?:[^\W\d_]+(?:['’-][^\W\d_]+)*["')]{0,2}[,.;:?!]?|\d{1,5}[,;:?!]?)""")
# `code` as its writer quoted it, with the stop behind it; else whatever stands between spaces.
_WORD = re.compile(r"`([^`]+)`([,.;:?!)]?)(?!\S)|(\S+)")
_RUN = re.compile("`+")


def render(result: Result, manner: Manner) -> str:
    """The comment."""
    new = of_status(result, "new")
    shown, alike = told_apart(new)
    blocks = [
        f"## coderev: {prose(verdict(result))}",
        *([] if new else [opening(result)]),
        *(block for finding in shown[:DETAILED] for block in _finding(finding, result)),
        *(block for group in alike[:DETAILS] for block in _alike(group)),
        *_not_shown((*shown[DETAILED:], *chain.from_iterable(alike[DETAILS:]))),
        *_touched(tuple(filter(is_touched, result.findings)), result),
        "### Coverage" if new or any(map(is_touched, result.findings)) else "",
        "\n".join(_facts(result, manner)),
    ]
    return "\n\n".join(filter(None, blocks)) + "\n"


def prose(text: str) -> str:
    """Repository text on one line: plain words as they are, everything else as code."""
    parts: list[str] = []
    code: list[str] = []
    for quoted, stop, word in _WORD.findall(visible(text)):
        if quoted or _PLAIN.fullmatch(word):
            parts += [*_spans(code), f"{span(quoted)}{stop}" if quoted else word]
            code = []
        else:
            code.append(word)
    return " ".join((*parts, *_spans(code)))


def _spans(words: list[str]) -> list[str]:
    """Neighbouring words as one code span, with the stop that ends their sentence behind it."""
    if not words:
        return []
    whole = " ".join(words)
    code = whole.rstrip(".,;:?!") if whole.count("(") == whole.count(")") else whole
    return [f"{span(code)}{whole[len(code) :]}"] if code else [span(whole)]


def span(text: str) -> str:
    """A code span (CommonMark 6.1), whatever the text holds; nothing for no text."""
    shown = visible(text)
    if not shown:
        return ""
    ticks = "`" * (_longest_run(shown) + 1)
    space = " " if "`" in (shown[0], shown[-1]) or shown.startswith(" ") else ""
    return f"{ticks}{space}{shown}{space}{ticks}"


def fence(lines: list[str], language: str = "") -> str:
    """A fenced block (CommonMark 4.5). Each line begins with something of ours."""
    ticks = "`" * max(3, *(_longest_run(line) + 1 for line in lines))
    return "\n".join((ticks + language, *lines, ticks))


def _longest_run(text: str) -> int:
    return max(map(len, _RUN.findall(text)), default=0)


def _finding(finding: Finding, result: Result) -> Iterator[str]:
    yield f"### {finding.severity}{' (doubted)' if finding.doubted else ''}: {prose(shortened(finding.title, TITLE))}"
    yield f"{span(f'{finding.path}:{finding.start_line}')} · {span(finding.rule)}"
    yield fence(list(_code(finding)))
    paragraphs = [prose(each) for each in shortened(finding.message, MESSAGE).split("\n")]
    yield "Why: " + " ".join(filter(None, paragraphs))
    yield "\n".join(_flow(finding))
    if finding.fix is not None:
        yield "Fix, safe:" if finding.fix.safe else "Fix, a proposal to read before it is taken:"
        changed = diff_lines(finding, room=ROOM, most=DIFF_LINES)
        yield fence([f"{line.mark} {visible(line.code, keep=chr(9))}" for line in changed], "diff") if changed else ""
    yield _about(finding, advises=advisory(finding, result.gate))


def _alike(findings: Sequence[Finding]) -> Iterator[str]:
    first = findings[0]
    yield f"### {first.severity}: {len(findings)} more: {prose(shortened(first.title, TITLE))}"
    yield f"{span(first.path)} · {span(first.rule)}"
    yield f"Lines: {prose(shortened(lines_of(findings), MESSAGE))}"


def _code(finding: Finding) -> Iterator[str]:
    for line in code_lines(finding, room=ROOM, most=CODE_LINES):
        code = visible(line.before + line.marked + line.after, keep="\t")
        yield f"{line.number:>5} | {code}".rstrip()
    if left := lines_left(finding, most=CODE_LINES):
        yield f"{'':>5} | {CUT} {left} more lines"


def _flow(finding: Finding) -> Iterator[str]:
    for number, step in enumerate(finding.flow[:STEPS], 1):
        place, code = span(f"{step.path}:{step.line}"), span(head(step.code.strip(), ROOM))
        yield f"{number}. {' '.join(filter(None, (place, code, prose(shortened(step.note, TITLE)))))}"
    if len(finding.flow) > STEPS:
        yield f"{STEPS + 1}. {CUT} {len(finding.flow) - STEPS} more steps"


def _about(finding: Finding, *, advises: bool) -> str:
    source = finding.source
    parts = (
        span(finding.cwe or ""),
        f"{finding.confidence} confidence",
        f"{source.kind} {span(f'{source.name} {source.version}'.rstrip())}",
        "advisory" if advises else "",
        span(finding.fingerprint),
    )
    return " · ".join(filter(None, parts))


def _not_shown(findings: tuple[Finding, ...]) -> Iterator[str]:
    if findings:
        yield f"**{counted(findings)} more new findings are not shown here: see the JSON or HTML report.**"


def _touched(findings: Sequence[Finding], result: Result) -> Iterator[str]:
    if findings:
        yield f"**Existing, and touched by this change: {counted(findings)}**"
        yield from (block for finding in findings[:DETAILS] for block in _finding(finding, result))
    if (left := len(findings) - DETAILS) > 0:
        yield f"{CUT} {left} more: see the JSON or HTML report."


def _facts(result: Result, manner: Manner) -> Iterator[str]:
    for fact in facts(result, manner.outside_bytes):
        yield f"- {fact.label}: {prose(fact.value)}"
        yield from (f"  - {span(detail) if fact.code else prose(detail)}" for detail in fact.details)
