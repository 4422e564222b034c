"""`docs/reference/rules.md` is what the rules say of themselves; the how-to's rule is a rule that works.

`python tests/analysis/test_rules_reference.py` writes the page anew.
"""

import re
from pathlib import Path

from coderev.analysis.rules import StructuralRule, read_rule, structural_rules
from coderev.analysis.rules.places import places
from coderev.syntax import parse

DOCS = Path(__file__).parents[2] / "docs"
REFERENCE = DOCS / "reference" / "rules.md"
HOWTO = DOCS / "howto" / "add-a-structural-rule.md"
FENCES = {
    "python": "python",
    "javascript": "javascript",
    "typescript": "typescript",
    "tsx": "tsx",
    "java": "java",
    "go": "go",
}
TOP = """# The structural rules

Shapes of code that are nearly always wrong, found by tree-sitter queries. A finding's rule is `structural/` and the
name below. In test code (a folder `test`, `tests`, `__tests__`, `spec`, `testdata` or `fixtures`, a file `*.test.*` or
`*_test.*`) a rule of severity critical or high reports medium. This page is generated from the rules; to write one, see
[add a structural rule](../howto/add-a-structural-rule.md).
"""


def entry(rule: StructuralRule) -> str:
    """One rule's part of the page."""
    header = rule.header
    return f"""
## {rule.name}

**{sentence(header.title)}** {header.severity} {header.category}, confidence {header.confidence}, \
{header.cwe} · {", ".join(header.languages)}

{sentence(header.message)}

Vulnerable:

```{FENCES[header.languages[-1]]}
{header.vulnerable}
```

Safe:

```{FENCES[header.languages[-1]]}
{header.safe}
```

Do: {header.advice}
"""


def sentence(text: str) -> str:
    """A claim as a sentence; names of code keep their case."""
    return text[0].upper() + text[1:] + "." if text[0].islower() and " " in text else text + "."


def page() -> str:
    """The whole page."""
    return TOP + "".join(entry(rule) for rule in structural_rules())


def test_the_page_is_what_the_rules_say() -> None:
    assert REFERENCE.read_text("utf-8") == page()


def test_the_recipe_makes_a_rule_that_finds_its_vulnerable_line_and_not_its_safe_one() -> None:
    blocks = dict(
        re.findall(r"^`([^`\n]+)`:\n\n```\w*\n(.*?)^```$", HOWTO.read_text("utf-8"), re.MULTILINE | re.DOTALL)
    )
    rule = read_rule("js-debugger", blocks["src/coderev/analysis/rules/js-debugger.scm"])
    vulnerable = blocks["tests/analysis/cases/js-debugger/vulnerable.js"]
    safe = blocks["tests/analysis/cases/js-debugger/safe.js"]

    found = [span.start_line for span in places(rule, parse(vulnerable.encode(), "javascript"))]

    assert found == [number for number, line in enumerate(vulnerable.splitlines(), 1) if "// expect" in line]
    assert found
    assert places(rule, parse(safe.encode(), "javascript")) == []


def test_the_recipe_names_every_fact_and_every_capture() -> None:
    text = HOWTO.read_text("utf-8")

    assert all(f"`{fact}`" in text for fact in structural_rules()[0].header.__struct_fields__)
    assert all(
        f"`@{capture}`" in text
        for capture in ("place", "varies", "name", "inside", "outside", "once", "unless", "anywhere", "nowhere")
    )


if __name__ == "__main__":
    REFERENCE.write_text(page(), "utf-8")
