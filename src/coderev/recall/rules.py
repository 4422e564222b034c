"""The one table of what recall may forget for each task; prompts are made by the same table.

What a key forgets, the model never saw: a task whose structure leaves out comments and docstrings is asked about code
without them, or an approving comment would answer for the same code without it.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Rule:
    """How answers to one task are remembered.

    `comments` says that comments and docstrings are shown, and count in the structure. `structure` says that an answer
    may be served for code of the same structure; else only the same question, to the byte, has the same answer.
    """

    comments: bool
    structure: bool


RULES: dict[str, Rule] = {
    "code-review": Rule(comments=False, structure=True),
    "security-audit": Rule(comments=False, structure=True),
    "documentation": Rule(comments=True, structure=True),
    "change-review": Rule(comments=True, structure=False),  # hunks of many files, with the counts of their lines
    "verify": Rule(comments=False, structure=True),  # comments are shown where the doubted claim's question shows them
}
