"""How bad each of ruff's codes is. The normative copy, made from this table, is `spec/analyser-severity.md`.

High, the usual gate, is kept for what is nearly always real and serious: one false alarm there costs more
trust than one medium finding costs attention. A rule that cannot tell use from abuse (`pickle`, `eval`,
`extractall`) is medium; a habit is low; taste is left out.
"""

from functools import lru_cache

from coderev.analysis.rule import Rule
from coderev.finding import Category, Confidence, Severity

SYNTAX_ERROR = "invalid-syntax"
UNREADABLE = "E902"  # ruff could not read the file: not a finding
SELECT = ("S", "B", "E9", "F")
IGNORE = (  # what would be told of nearly every honest change, and says nothing of this one
    *("S101", "S4", "S603", "S606", "S607"),  # an assert, an import, any program that is started without a shell
    *("S105", "S106", "S107"),  # the analyser `secrets` looks at the value itself
    *("B009", "B010", "B028", "B043", "B903", "B904", "B905", "B911", "B912"),  # taste
    "F405",  # F403 names the star import once
)
_SEEMS_SAFE = "seems safe"  # ruff's words for a shell command that is one literal

_Row = tuple[str, Severity, Confidence, Category, str | None]

TABLE: tuple[_Row, ...] = (  # codes or prefixes of codes, severity, confidence, category, CWE; the longest prefix wins
    # flake8-bandit: injection
    ("S602 S605", "medium", "medium", "security", "CWE-78"),  # any command; structural/py-shell-built is high
    ("S608", "medium", "medium", "security", "CWE-89"),  # a table's name too; structural/py-sql-built is high
    ("S601 S604", "medium", "medium", "security", "CWE-78"),
    ("S609", "medium", "medium", "security", "CWE-155"),
    ("S610 S611", "medium", "medium", "security", "CWE-89"),
    ("S102 S307", "medium", "medium", "security", "CWE-95"),
    ("S612", "medium", "high", "security", "CWE-94"),
    ("S308 S701 S702 S704", "medium", "medium", "security", "CWE-79"),
    ("S201", "medium", "high", "security", "CWE-489"),
    # flake8-bandit: untrusted documents
    ("S301 S302", "medium", "medium", "security", "CWE-502"),
    ("S506", "medium", "medium", "security", "CWE-502"),  # loaders derived from the safe one are reported too
    ("S202", "medium", "medium", "security", "CWE-22"),
    ("S310", "low", "low", "security", "CWE-73"),
    ("S31 S320", "low", "low", "security", "CWE-611"),
    # flake8-bandit: cryptography and transport
    ("S501 S323", "high", "high", "security", "CWE-295"),
    ("S507", "medium", "high", "security", "CWE-295"),
    ("S303 S304 S305 S324 S502 S503 S504", "medium", "medium", "security", "CWE-327"),
    ("S505", "medium", "high", "security", "CWE-326"),
    ("S508 S509", "medium", "high", "security", "CWE-319"),
    ("S312 S321", "medium", "medium", "security", "CWE-319"),
    ("S311", "low", "low", "security", "CWE-338"),
    # flake8-bandit: files, hosts, exceptions
    ("S103", "medium", "medium", "security", "CWE-732"),
    ("S104", "low", "low", "security", "CWE-1327"),
    ("S108", "low", "low", "security", "CWE-377"),
    ("S306", "medium", "high", "security", "CWE-377"),
    ("S113", "medium", "medium", "security", "CWE-400"),
    ("S110 S112", "low", "high", "bug", "CWE-390"),
    # flake8-bugbear
    ("B", "medium", "medium", "bug", None),
    ("B006 B012 B015 B020 B023 B039", "medium", "high", "bug", None),
    ("B004 B005 B008 B017 B018 B021 B026 B033 B034", "low", "medium", "bug", None),
    ("B007 B011 B013 B014 B022 B024 B027", "low", "high", "maintainability", None),
    ("B019", "low", "medium", "performance", None),
    # Pyflakes: what Python refuses to compile
    (SYNTAX_ERROR, "high", "high", "bug", None),
    ("E9", "high", "high", "bug", None),
    ("F701 F702 F704 F706 F707", "high", "high", "bug", None),
    # Pyflakes: what goes wrong when it runs
    ("F", "medium", "medium", "bug", None),
    ("F5 F6", "medium", "high", "bug", None),
    ("F632", "medium", "high", "bug", "CWE-597"),
    ("F821 F823", "medium", "medium", "bug", None),  # star imports and stubs can define what it does not see
    ("F504 F522 F523", "low", "high", "bug", None),
    ("F403 F722", "low", "low", "maintainability", None),
    ("F401 F841", "low", "high", "maintainability", None),
    ("F541 F842", "info", "high", "maintainability", None),
)

TITLES = {  # where ruff's name for a rule says little to a reader
    "B006": "mutable default argument",
    "B008": "function call in a default argument",
    "B012": "`finally` that swallows an exception",
    "B015": "comparison without effect",
    "B018": "expression without effect",
    "B019": "cache that keeps every instance alive",
    "B020": "loop variable overrides what it iterates over",
    "B023": "function in a loop sees the loop's last value",
    "B026": "star argument after a keyword argument",
    "B909": "collection changed while it is iterated over",
    "F401": "unused import",
    "F541": "f-string without placeholders",
    "F601": "key that stands twice in a dictionary",
    "F631": "assertion that is always true",
    "F632": "identity comparison with a literal",
    "F634": "condition that is always true",
    "F811": "definition that replaces an unused one",
    "F821": "undefined name",
    "F841": "variable that is never used",
    "F901": "`NotImplemented` raised for `NotImplementedError`",
    "S102": "`exec` of a text",
    "S103": "file that too many may write",
    "S104": "server on all interfaces",
    "S108": "temporary file with a fixed name",
    "S110": "exception swallowed in silence",
    "S112": "exception swallowed in silence",
    "S113": "request without a time-out",
    "S201": "Flask in debug mode",
    "S202": "archive unpacked wherever it says",
    "S301": "pickle that may come from outside",
    "S306": "temporary file name that can be taken",
    "S307": "`eval` of a text",
    "S310": "URL of any scheme opened",
    "S311": "random numbers that can be guessed",
    "S314": "XML that may attack its parser",
    "S324": "broken hash function",
    "S501": "certificates are not checked",
    "S506": "YAML that may create any object",
    "S507": "host keys are not checked",
    "S602": "command given to a shell",
    "S604": "command given to a shell",
    "S605": "command given to a shell",
    "S608": "SQL statement built from text",
    "S701": "HTML template without escaping",
    "S704": "text marked as safe HTML",
    SYNTAX_ERROR: "syntax error",
}

_ROWS = {code: row for row in TABLE for code in row[0].split()}


@lru_cache(maxsize=1024)
def rule_for(code: str, name: str, *, seems_safe: bool = False) -> Rule:
    """The rule of a code that ruff reports; `name` is ruff's own, such as `mutable-argument-default`.

    `seems_safe`: ruff saw a shell, and a command that is one literal. Raises KeyError for a code outside SELECT.
    """
    _, severity, confidence, category, cwe = _row(code)
    return Rule(
        id=f"ruff/{code}",
        title=TITLES.get(code) or name.replace("-", " "),
        severity="low" if seems_safe else severity,
        confidence=confidence,
        category=category,
        cwe=cwe,
    )


def _row(code: str) -> _Row:
    prefixes = (code[:length] for length in range(len(code), 0, -1))
    return _ROWS[next((prefix for prefix in prefixes if prefix in _ROWS), code)]


def seems_safe(message: str) -> bool:
    """Whether ruff's message says that a shell runs one literal command."""
    return _SEEMS_SAFE in message
