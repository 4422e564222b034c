"""The page `docs/reference/detectors.md`, made from the rule data."""

from importlib import resources

from coderev.sensitive.detectors import Category, Detector, detectors


def reference() -> str:
    """The Markdown page that lists every kind, what it is, how it is weighed and who published its format."""
    opening = (resources.files(__package__) / "reference.md").read_text(encoding="utf-8")
    return opening.format(secrets=_table("secret"), identifiers=_table("identifier"))


def _table(category: Category) -> str:
    rows = [_row(detector) for detector in detectors() if detector.category == category]
    return "\n".join(("| kind | what it is | severity | confidence | format |", "|---|---|---|---|---|", *rows))


def _row(detector: Detector) -> str:
    return f"| `{detector.kind}` | {detector.title} | {detector.severity} | {detector.confidence} | {detector.source} |"
