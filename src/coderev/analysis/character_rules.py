"""What `characters` can say. The normative copy of the severities is `spec/analyser-severity.md`."""

from coderev.analysis.rule import Rule

_RETYPE = "retype the line with visible characters, or write the character as an escape"

BIDIRECTIONAL_CONTROL = Rule(
    id="characters/bidirectional-control",
    title="bidirectional control reorders code on the screen",
    severity="high",
    confidence="high",
    category="security",
    cwe="CWE-94",  # as NVD classifies CVE-2021-42574
    advice=_RETYPE,
    textual=True,
)
CLOSED_ISOLATE = Rule(
    id="characters/closed-isolate",
    title="bidirectional text in a closed isolate",
    severity="low",
    confidence="high",
    category="security",
    cwe="CWE-94",
    advice="write the characters as escapes, so that a reader sees them",
    textual=True,
)
HIDDEN_TEXT = Rule(
    id="characters/hidden-text",
    title="text written in invisible characters",
    severity="high",
    confidence="high",
    category="security",
    cwe="CWE-506",
    advice="remove it; it can carry a program, or instructions to a language model",
    textual=True,
)
INVISIBLE_IN_WORD = Rule(
    id="characters/invisible-in-word",
    title="invisible character inside a word of code",
    severity="high",
    confidence="high",
    category="security",
    cwe="CWE-1007",
    advice=_RETYPE,
    textual=True,
)
INVISIBLE = Rule(
    id="characters/invisible",
    title="invisible character",
    severity="low",
    confidence="high",
    category="security",
    cwe="CWE-1007",
    advice=_RETYPE,
    textual=True,
)
LOOKALIKE = Rule(
    id="characters/lookalike-letter",
    title="a letter of another script inside a Latin word",
    severity="high",
    confidence="high",
    category="security",
    cwe="CWE-1007",
    advice="retype the word in one script",
    textual=True,
)
CONTROL = Rule(
    id="characters/control-character",
    title="control character in text",
    severity="medium",
    confidence="high",
    category="security",
    cwe="CWE-150",
    advice=_RETYPE,
    textual=True,
)
LONE_RETURN = Rule(
    id="characters/lone-carriage-return",
    title="carriage return inside a line",
    severity="medium",
    confidence="high",
    category="security",
    cwe="CWE-451",
    advice="a terminal shows what follows over what stood before, and some languages end a line here; remove it",
    textual=True,
)
LINE_SEPARATOR = Rule(
    id="characters/line-separator",
    title="line separator that editors do not show",
    severity="medium",
    confidence="high",
    category="security",
    cwe="CWE-451",
    advice="some languages end a comment or a string here; write it as an escape",
    textual=True,
)
PRIVATE_USE = Rule(
    id="characters/private-use",
    title="private-use character",
    severity="info",
    confidence="high",
    category="maintainability",
    advice="write it as an escape: what it shows depends on the font",
    textual=True,
)
UNUSUAL_SPACE = Rule(
    id="characters/unusual-space",
    title="space that is not a plain space",
    severity="info",
    confidence="high",
    category="maintainability",
    advice="write a plain space, or an escape",
    textual=True,
)

RULES: tuple[Rule, ...] = (
    BIDIRECTIONAL_CONTROL,
    CLOSED_ISOLATE,
    HIDDEN_TEXT,
    INVISIBLE_IN_WORD,
    INVISIBLE,
    LOOKALIKE,
    CONTROL,
    LONE_RETURN,
    LINE_SEPARATOR,
    PRIVATE_USE,
    UNUSUAL_SPACE,
)
