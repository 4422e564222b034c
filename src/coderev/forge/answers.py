"""What we say back to a command. Pure, and in words of ours: nothing of the command is repeated."""

from collections.abc import Mapping

from coderev.forge.commands import Refusal, Unclear
from coderev.report import markdown
from coderev.store import records

_UNCLEAR: Mapping[str, str] = {
    "unknown": "This is no command that coderev knows.",
    "several": "One comment holds one command; none of these was carried out.",
    "no finding": "Name a finding by its fingerprint (eight digits or more), or reply to the comment at its line.",
    "no reason": "A dismissal needs one of the reasons below.",
    "days": "A dismissal is for a number of days, such as `for 30 days`.",
}


def unclear(command: Unclear, name: str) -> str:
    """To a command that is none: why, and what can be said."""
    return f"{_UNCLEAR[command.what]}\n\n{usage(name)}"


def usage(name: str) -> str:
    """What can be said to us; `name` is what we are called by."""
    says = {
        "review": "review this merge request again",
        "explain FINGERPRINT": "tell all of one finding",
        "dismiss FINGERPRINT REASON for 30 days, and why": "do not tell one finding again, for that time",
        "dismiss FINGERPRINT REASON in file": "the same for its rule in the whole file (or `in repository`)",
    }
    lines = [f"- {markdown.span(f'@{name} {words}')}: {meaning}" for words, meaning in says.items()]
    reasons = ", ".join(markdown.span(reason) for reason in records.REASONS)
    reply = "In reply to a comment at a line, leave the fingerprint out."
    return "\n".join((*lines, "", f"Reasons: {reasons}. {reply}\n"))


def refused(refusal: Refusal) -> str:
    """To a person who may not."""
    return f"Not done: {refusal.why}.\n"


def no_such_finding() -> str:
    """To a fingerprint that no finding of this merge request has, or more than one."""
    return "Not done: no single finding of the last review has this fingerprint; give more of its digits.\n"


def queued(url: str) -> str:
    """To `review`. `url` is of the review's page, or empty."""
    return f"A review of the newest commit is queued{f': [follow it]({url})' if url else ''}.\n"


def dismissed(dismissal: records.Dismissal) -> str:
    """To a dismissal that stands: what holds, for how long, and how far."""
    how_far = {
        "place": "while the code around it stays as it is",
        "file": f"for {markdown.span(dismissal.rule)} in this file",
        "repository": f"for {markdown.span(dismissal.rule)} in this repository",
    }[dismissal.scope]
    until = f"until {dismissal.expires:%Y-%m-%d}"
    by = f"by {markdown.span(dismissal.author)}"
    return f"Dismissed as {dismissal.reason}, {how_far}, {until}, {by}. Each review that it silences will say so.\n"
