"""Four families of errors, by who must act.

An error says what happened with the facts, and its hint names the next command.
Each class that is raised has a heading in `docs/reference/errors.md`.
"""

from typing import ClassVar


class CoderevError(Exception):
    """A fault that coderev expects: facts in `message`, the next step in `hint`.

    A subclass sets both as format strings; the facts are the keyword arguments.
    Facts may come from an attacker: whoever prints them makes control characters visible first.
    """

    message: ClassVar[str]
    hint: ClassVar[str]
    exit_status: ClassVar[int]
    http_status: ClassVar[int]

    def __init__(self, **facts: object) -> None:
        self.facts = facts
        super().__init__(self.message.format(**facts))

    @property
    def next_step(self) -> str:
        """The hint with this error's facts in it."""
        return self.hint.format(**self.facts)


class InputError(CoderevError):
    """The person who typed the command must act: wrong input or configuration."""

    exit_status = 2
    http_status = 400


class TrustError(CoderevError):
    """The security officer must act: something that must be trusted is not."""

    exit_status = 3
    http_status = 403


class Unavailable(CoderevError):
    """The operator must act: something that coderev needs does not answer."""

    exit_status = 4
    http_status = 503


class Bug(CoderevError):
    """We must act: coderev broke one of its own rules."""

    exit_status = 70
    http_status = 500
    message = "coderev broke one of its own rules: {what}"
    hint = "report this with the run record of `--run-record FILE`"
