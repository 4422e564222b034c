"""Find problems without asking a model: deterministic analysers over both sides of a change.

`analyse` is the whole: every analyser looks at base and head with the same settings, a one-to-one matching
says what is new, and coverage says what was not looked at. `engine.py` reads like the recipe.
"""

from coderev.analysis.all_analysers import ANALYSERS
from coderev.analysis.analyser import Analyser
from coderev.analysis.engine import Analysis, Choice, UnknownAnalyser, analyse
from coderev.analysis.intake import Read
from coderev.analysis.places import fingerprint


def severity_page() -> str:
    """The Markdown page `spec/analyser-severity.md`: the severity of every rule of our analysers."""
    from coderev.analysis.reference import severity_page as made

    return made()


def remedy(rule_id: str, path: str = "") -> str:
    """What would have made it safe, in code, for the rule of a finding in a file; empty where the rule does not say."""
    from coderev.analysis.remedies import remedy as found

    return found(rule_id, path)


__all__ = [
    "ANALYSERS",
    "Analyser",
    "Analysis",
    "Choice",
    "Read",
    "UnknownAnalyser",
    "analyse",
    "fingerprint",
    "remedy",
    "severity_page",
]
