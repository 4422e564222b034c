"""What would have made a finding safe, by its rule."""

from coderev.analysis.all_analysers import TAINT
from coderev.analysis.rules import structural_rules
from coderev.analysis.taint.loading import packs

STRUCTURAL = "structural"


def remedy(rule_id: str) -> str:
    """The safe code that a rule shows; empty for a rule that shows none, or that is not known here."""
    analyser, _, name = rule_id.partition("/")
    if analyser == TAINT:
        return next((rule.safe for pack in packs() for rule in pack.rules if rule.id == name), "")
    if analyser == STRUCTURAL:
        return next((rule.header.safe for rule in structural_rules() if rule.name == name), "")
    return ""
