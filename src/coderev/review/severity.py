"""How bad a model's claim is: a table of category, consequence and reachability, never asked of a model. Pure."""

from coderev.finding import SEVERITIES, Category, Severity

SECURITY: dict[str, Severity] = {
    "code-execution": "critical",
    "privilege": "high",
    "data-exposure": "high",
    "data-loss": "high",
    "crash": "medium",
    "hang": "medium",
    "wrong-result": "medium",
}
BUG: dict[str, Severity] = {
    "code-execution": "high",
    "privilege": "high",
    "data-exposure": "high",
    "data-loss": "high",
    "wrong-result": "medium",
    "crash": "medium",
    "hang": "medium",
}
PERFORMANCE: dict[str, Severity] = {"hang": "medium"}
TABLE: dict[Category, dict[str, Severity]] = {"security": SECURITY, "bug": BUG, "performance": PERFORMANCE}
OTHERWISE: dict[Category, Severity] = {
    "security": "medium",
    "bug": "low",
    "performance": "low",
    "maintainability": "low",
    "documentation": "info",
}


def severity_of(category: Category, consequence: str, *, test_code: bool) -> Severity:
    """The severity of a claim; test code is out of an attacker's and a patient's reach, so it counts one step less.

    `consequence` begins with one of the words that the questions name; any other beginning counts as unclear.
    """
    word = consequence.partition(":")[0].strip().lower()
    severity = TABLE.get(category, {}).get(word, OTHERWISE[category])
    return SEVERITIES[min(SEVERITIES.index(severity) + test_code, len(SEVERITIES) - 1)]
