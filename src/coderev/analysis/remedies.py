"""What would have made a finding safe, by its rule."""

from coderev.analysis.all_analysers import TAINT
from coderev.analysis.rules import structural_rules
from coderev.analysis.taint.loading import packs

STRUCTURAL = "structural"


SCRIPTS = (".js", ".jsx", ".mjs", ".cjs", ".ts", ".tsx", ".mts", ".cts")  # files that are told of in JavaScript


def remedy(rule_id: str, path: str = "") -> str:
    """The safe code that a rule shows, in the language of a file; empty for a rule that shows none, or is not known."""
    analyser, _, name = rule_id.partition("/")
    if analyser == TAINT:
        rule = next((rule for pack in packs() for rule in pack.rules if rule.id == name), None)
        return "" if rule is None else rule.safe_javascript if path.endswith(SCRIPTS) else rule.safe
    if analyser == STRUCTURAL:
        return next((rule.header.safe for rule in structural_rules() if rule.name == name), "")
    return ""
