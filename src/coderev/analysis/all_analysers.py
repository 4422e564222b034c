"""Every analyser, by name. Each is imported when it is first made: a review without it does not pay for it."""

from collections.abc import Callable

from coderev.analysis.analyser import Analyser


def _ruff(seconds: int) -> Analyser:
    from coderev.analysis.ruff import Ruff

    return Ruff(seconds)


def _characters(_: int) -> Analyser:
    from coderev.analysis.characters import Characters

    return Characters()


def _secrets(_: int) -> Analyser:
    from coderev.analysis.secrets import Secrets

    return Secrets()


def _structural(_: int) -> Analyser:
    from coderev.analysis.structural import Structural

    return Structural()


ANALYSERS: dict[str, Callable[[int], Analyser]] = {  # made with the seconds that a program may take
    "ruff": _ruff,
    "characters": _characters,
    "secrets": _secrets,
    "structural": _structural,
}
TAINT = "taint"  # looks at the whole change at once: `tracing.py`
NAMES = (*ANALYSERS, TAINT)
