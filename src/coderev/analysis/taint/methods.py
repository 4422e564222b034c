"""Methods that the languages themselves have: of text, lists, mappings, sets, functions and promises."""

from collections.abc import Callable

from coderev.analysis.taint import callbacks, sequences, texts
from coderev.analysis.taint.form import Node
from coderev.analysis.taint.given import Given
from coderev.analysis.taint.run import Run
from coderev.analysis.taint.value import (
    FunctionSite,
    Object,
    Value,
)

Method = Callable[[Run, Value, Given, Node], Value | None]
_OF_CONTAINERS: dict[str, Method] = {**sequences.METHODS, **callbacks.OF_ELEMENTS, "join": texts.join_text}
_OF_TEXT: dict[str, Method] = {
    **texts.METHODS,
    **{name: callbacks.OF_ELEMENTS[name] for name in ("filter", "map", "forEach", "some", "every")},
}


def call_method(  # noqa: PLR0911 - the first that has such a method
    run: Run, receiver: Value, name: str, given: Given, node: Node
) -> Value | None:
    """Call a method that the language itself has; None where it has none of that name for such a receiver."""
    containers = [site for site in receiver.sites if isinstance(site, Object)]
    if any(isinstance(site, FunctionSite) for site in receiver.sites) and name in callbacks.OF_FUNCTIONS:
        return callbacks.OF_FUNCTIONS[name](run, receiver, given, node)
    if (method := callbacks.OF_PROMISES.get(name)) is not None and run.file.is_script:
        return method(run, receiver, given, node)
    if containers and (method := _OF_CONTAINERS.get(name)) is not None:
        return method(run, receiver, given, node)
    if containers and all(site.shape != "instance" for site in containers) and name not in _OF_TEXT:
        return None
    if receiver.names and not receiver.taint:
        return None
    if (method := _OF_TEXT.get(name)) is not None:
        if run.file.is_script:
            from coderev.analysis.taint.library import judge

            judge(run, f"str.{name}", given, node, receiver)
        return method(run, receiver, given, node)
    return texts.folded(run, receiver, name, given)
