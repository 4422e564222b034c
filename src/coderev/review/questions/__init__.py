"""The questions that models are asked: Markdown texts with a version, one file each."""

from dataclasses import dataclass
from functools import cache
from importlib.resources import files


@dataclass(frozen=True, slots=True)
class QuestionText:
    """A question as it stands in its file; the version changes with every change of the text."""

    version: str
    text: str


@cache
def question_text(name: str) -> QuestionText:
    """The text of `<name>.md` in this folder; its first line is `version: …`."""
    head, _, text = (files(__package__) / f"{name}.md").read_text(encoding="utf-8").partition("\n\n")
    return QuestionText(version=head.removeprefix("version: "), text=text)
