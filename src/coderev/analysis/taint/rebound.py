"""Names of a module that a function of it assigns: what they hold once it is loaded is not all that they can hold."""

from collections.abc import Iterator
from typing import get_args

from coderev.analysis.taint.form import Assign, Expression, Function, Name, Node

_EXPRESSIONS = frozenset(get_args(Expression))


def rebound(body: Function, names: frozenset[str], *, is_script: bool) -> frozenset[str]:
    """Those of some names of a module that are assigned in a function that does not bind them itself."""
    found: set[str] = set()
    waiting: list[tuple[object, frozenset[str] | None]] = [(body.body, None)]
    while waiting:
        here, sought = waiting.pop()
        if isinstance(here, tuple):
            waiting += ((each, sought) for each in here)
        elif isinstance(here, Function):
            if left := ((sought or names) - here.bound) & here.mentions:
                waiting.append((here.body, left))
        elif isinstance(here, Node):
            if sought and isinstance(here, Assign) and isinstance(here.target, Name) and here.target.name in sought:
                found.add(here.target.name)
            waiting += ((part, sought) for part in _parts(here, is_script=is_script))
    return frozenset(found)


def _parts(node: Node, *, is_script: bool) -> Iterator[object]:
    """What may hold an assignment: Python has none in an expression, but for those that bind their own."""
    for field in node.__struct_fields__:
        part = getattr(node, field)
        if isinstance(part, tuple | Node) and (is_script or type(part) not in _EXPRESSIONS):
            yield part
