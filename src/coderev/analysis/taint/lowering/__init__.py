"""A parsed file to the form: one lowering for each language, loaded when it is first needed."""

from collections.abc import Callable

from coderev.analysis.taint.form import Module
from coderev.syntax import Parsed

__all__ = ["LOWERINGS", "lower"]

Lowering = Callable[[Parsed, str], Module]


def _python(parsed: Parsed, path: str) -> Module:
    from coderev.analysis.taint.lowering.python import lower_module

    return lower_module(parsed, path)


def _ecmascript(parsed: Parsed, path: str) -> Module:
    from coderev.analysis.taint.lowering.ecmascript import lower_module

    return lower_module(parsed, path)


LOWERINGS: dict[str, Lowering] = {
    "python": _python,
    "javascript": _ecmascript,
    "typescript": _ecmascript,
    "tsx": _ecmascript,
}


def lower(parsed: Parsed, path: str) -> Module | None:
    """Lower a file of any bytes; None where its language has no lowering. `path` is the repository's, for findings."""
    lowering = LOWERINGS.get(parsed.language)
    return lowering(parsed, path) if lowering is not None else None
