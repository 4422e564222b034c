"""JavaScript and its dialects lowered for a test, and the form as short text."""

import msgspec

from coderev.analysis.taint.form import Function, Module
from coderev.analysis.taint.lowering.ecmascript import lower_module
from coderev.syntax import parse


def lowered(source: str, language: str = "javascript") -> Module:
    return lower_module(parse(source.encode(), language), "src/a.js")


def shown(part: object) -> str:
    """A part of the form in short: without places and mentions, and without what has its default."""
    if isinstance(part, tuple):
        return f"[{', '.join(map(shown, part))}]"
    if isinstance(part, frozenset):
        return f"{{{' '.join(sorted(part))}}}"
    if not isinstance(part, msgspec.Struct):
        return repr(part)
    said = []
    for field in msgspec.structs.fields(part):
        value = getattr(part, field.name)
        if field.name not in {"start", "end", "mentions"} and (field.required or value != field.default):
            said.append(shown(value) if field.required else f"{field.name}={shown(value)}")
    return f"{type(part).__name__}({', '.join(said)})"


def body(source: str, language: str = "javascript") -> list[str]:
    return [shown(statement) for statement in lowered(source, language).body.body]


def parts(root: object) -> list[object]:
    """Everything in a piece of the form, in no order."""
    found, waiting = [], [root]
    while waiting:
        part = waiting.pop()
        found.append(part)
        if isinstance(part, tuple):
            waiting += part
        elif isinstance(part, msgspec.Struct):
            waiting += [getattr(part, name) for name in part.__struct_fields__]
    return found


def function(source: str, name: str, language: str = "javascript") -> Function:
    [found] = [part for part in parts(lowered(source, language)) if isinstance(part, Function) and part.name == name]
    return found
