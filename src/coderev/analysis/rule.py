"""What an analyser can say: one rule, with the severity, category and CWE that its findings carry."""

import msgspec

from coderev.finding import Category, Confidence, Severity


class Rule(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that an analyser looks for.

    `id` begins with the analyser's name: `ruff/S608`, `characters/bidirectional-override`, `secrets/github-token`.
    `title` is a short claim without a full stop; `advice` says what to do instead, or is empty.
    A `textual` rule reads text, not code: comments count when two of its sightings are compared.
    `covers` names rules that are not reported on a statement where this one is.
    """

    id: str
    title: str
    severity: Severity
    confidence: Confidence = "medium"
    category: Category
    cwe: str | None = None  # "CWE-89"
    advice: str = ""
    textual: bool = False
    covers: tuple[str, ...] = ()
