"""The page `spec/analyser-severity.md`, made from the tables that the analysers use."""

from collections.abc import Iterable, Iterator
from importlib import resources

from coderev.analysis.character_rules import RULES
from coderev.analysis.ruff import Ruff
from coderev.analysis.ruff_rules import SYNTAX_ERROR, UNREADABLE, rule_for
from coderev.analysis.rule import Rule
from coderev.analysis.rules import structural_rules
from coderev.analysis.steps import rule
from coderev.analysis.taint.loading import packs

_HEAD = "| rule | what it says | severity | confidence | category | CWE |\n|---|---|---|---|---|---|"
_SECONDS = 60


def severity_page() -> str:
    """The Markdown page that gives the severity of every rule of our analysers. Asks ruff for its codes."""
    opening = (resources.files(__package__) / "reference.md").read_text(encoding="utf-8")
    return opening.format(
        ruff=_table(_ruff_rules()),
        characters=_table(RULES),
        structural=_table(each.rule for each in structural_rules()),
        taint=_table(sorted((rule(row) for pack in packs() for row in pack.rules), key=lambda each: each.id)),
    )


def _ruff_rules() -> Iterator[Rule]:
    codes = Ruff(_SECONDS).codes() | {SYNTAX_ERROR: SYNTAX_ERROR}
    return (rule_for(code, codes[code]) for code in sorted(codes) if code != UNREADABLE)


def _table(rules: Iterable[Rule]) -> str:
    return "\n".join((_HEAD, *map(_row, rules)))


def _row(each: Rule) -> str:
    cells = (f"`{each.id}`", each.title, each.severity, each.confidence, each.category, each.cwe or "–")
    return f"| {' | '.join(cells)} |"
