"""HTML: one file that fetches nothing, works without script, and runs none but its own (Content-Security-Policy).

`page.html.j2` escapes every value, and shows every unseen character, by itself: a template cannot forget to.
"""

from base64 import b64encode
from functools import cache
from hashlib import sha256
from importlib.resources import files
from typing import TYPE_CHECKING, Any

from coderev.finding import SEVERITIES, Finding, Result, Status
from coderev.report.excerpt import code_lines, diff_lines, lines_left
from coderev.report.facts import advisory, facts, failures, of_status, opening, per_severity, verdict
from coderev.report.manner import Manner
from coderev.report.visible import visible

if TYPE_CHECKING:
    from jinja2 import Template

ROOM = 400  # characters of a code line
CODE_LINES = 40
DIFF_LINES = 60
OPEN = 10  # findings whose details are open at first


def render(result: Result, manner: Manner) -> str:
    """The page."""
    new = of_status(result, "new")
    style, script = _resource("page.css"), _resource("page.js")
    return _template().render(
        result=result,
        verdict=verdict(result),
        state=result.verdict if result.verdict == "fail" or not failures(result.coverage) else "incomplete",
        opening=opening(result),
        facts=[fact for fact in facts(result, manner.outside_bytes) if fact.label != "verdict"],
        sections=_sections(result),
        severities=SEVERITIES,
        counts=per_severity(new),
        paths=_paths(new),
        style=style,
        script=script,
        policy=f"default-src 'none'; style-src {_source(style)}; script-src {_source(script)}; "
        "base-uri 'none'; form-action 'none'",
    )


def _sections(result: Result) -> list[tuple[str, list[dict[str, Any]]]]:
    """The findings under their headings; the number of a finding is its anchor."""
    headings: dict[str, tuple[Status, ...]] = {
        "New": ("new",),
        "Existing, not brought by this change": ("existing", "baseline"),
        "Dismissed": ("dismissed",),
    }
    shown = [_shown(finding, number, result) for number, finding in enumerate(result.findings, 1)]
    return [(name, [each for each in shown if each["it"].status in statuses]) for name, statuses in headings.items()]


def _shown(finding: Finding, number: int, result: Result) -> dict[str, Any]:
    return {
        "it": finding,
        "anchor": f"finding-{number}",
        "open": number <= OPEN,
        "advisory": advisory(finding, result.gate),
        "code": code_lines(finding, room=ROOM, most=CODE_LINES),
        "left": lines_left(finding, most=CODE_LINES),
        "diff": diff_lines(finding, room=ROOM, most=DIFF_LINES),
    }


def _paths(findings: tuple[Finding, ...]) -> dict[str, int]:
    counts: dict[str, int] = {}
    for finding in findings:
        counts[finding.path] = counts.get(finding.path, 0) + 1
    return dict(sorted(counts.items()))


def _source(text: str) -> str:
    """The CSP source expression that allows exactly this inline text (CSP level 3, 2.3.1)."""
    return f"'sha256-{b64encode(sha256(text.encode()).digest()).decode()}'"


def _resource(name: str) -> str:
    from markupsafe import Markup

    return Markup((files(__package__) / name).read_text("utf-8"))  # noqa: S704  # our own file


@cache
def _template() -> "Template":
    from jinja2 import Environment, StrictUndefined

    environment = Environment(
        autoescape=True, finalize=_harmless, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    return environment.from_string((files(__package__) / "page.html.j2").read_text("utf-8"))


def _harmless(value: Any) -> Any:
    ours = not isinstance(value, str) or hasattr(value, "__html__")
    return value if ours else visible(value, keep="\n\t")
