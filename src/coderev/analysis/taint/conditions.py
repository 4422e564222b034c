"""Whether a condition of a pack holds of what stands at a place: yes, no, or nobody knows."""

from functools import lru_cache

import re2

from coderev.analysis.taint.memory import library_type
from coderev.analysis.taint.pack import Condition
from coderev.analysis.taint.run import Run
from coderev.analysis.taint.value import ClassSite, FunctionSite, Library, Object, Value

Answer = bool | None


@lru_cache(maxsize=1024)
def compiled(pattern: str) -> "re2._Regexp":
    """A pattern of a pack."""
    return re2.compile(pattern)


def holds(run: Run, condition: Condition, values: list[Value]) -> Answer:
    """Judge a condition over the values at its place; of several values one that holds is enough."""
    if condition.absent is not None:
        is_absent = not values
        if is_absent != condition.absent:
            return False
        if is_absent:
            return True
    if not values:
        return False
    answers = [_of_one(run, condition, value) for value in values]
    if any(answer is True for answer in answers):
        return True
    return None if any(answer is None for answer in answers) else False


def _of_one(run: Run, condition: Condition, value: Value) -> Answer:
    answers = [
        _constant(value, condition.value, wanted=True) if condition.value is not None else True,
        _constant(value, condition.other, wanted=False) if condition.other is not None else True,
        _named(run, condition, value) if condition.named else True,
        _matches(condition.matches, value) if condition.matches else True,
        _begins(condition.begins, value) if condition.begins else True,
        _kind(condition.kind, value) if condition.kind else True,
    ]
    if any(answer is False for answer in answers):
        return False
    return None if any(answer is None for answer in answers) else True


def _constant(value: Value, among: tuple[object, ...], *, wanted: bool) -> Answer:
    if value.constants is None:
        return False if wanted and _is_no_literal(value) else None
    typed = {(type(each), each) for each in among}
    answers = {((kind, each) in typed) == wanted for kind, each in value.constants}
    return answers.pop() if len(answers) == 1 else None


def _is_no_literal(value: Value) -> bool:
    return bool(value.sites) and all(isinstance(site, Object | FunctionSite | ClassSite) for site in value.sites)


def _named(run: Run, condition: Condition, value: Value) -> Answer:
    names: set[str] = set()
    for site in value.sites:
        if isinstance(site, Object | Library) and (kind := library_type(run, site)) is not None:
            names |= run.file.catalogue.inherits(kind)
        elif isinstance(site, FunctionSite | ClassSite):
            names.add(site.identity[2])
    if names & set(condition.named):
        return True
    return False if names or value.is_known or _is_no_literal(value) else None


def _matches(pattern: str, value: Value) -> Answer:
    texts = _texts_of(value)
    if not texts:
        return False  # never open (clause 7.7)
    answers = {compiled(pattern).search(text) is not None for text in texts}
    return answers.pop() if len(answers) == 1 else None


def _texts_of(value: Value) -> list[str]:
    """The texts of constants as patterns see them: bytes as Latin-1, none of None and booleans (clause 7.4)."""
    return [
        each.decode("latin-1") if isinstance(each, bytes) else str(each)
        for each in value.literals
        if each is not None and not isinstance(each, bool)
    ]


def _begins(pattern: str, value: Value) -> Answer:
    texts = _texts_of(value) or ([value.prefix] if value.prefix else [])
    if not texts:
        return False
    answers = {compiled(pattern).search(text) is not None for text in texts}
    return answers.pop() if len(answers) == 1 else None


def _kind(kind: str, value: Value) -> Answer:
    shapes = {"list": ("list", "tuple", "set"), "mapping": ("dict",)}
    for site in value.sites:
        if isinstance(site, Object):
            return site.shape in shapes.get(kind, ()) if site.shape != "instance" else kind == "mapping" and None
        if isinstance(site, FunctionSite | ClassSite):
            return kind == "function"
    if value.kind is not None:
        return value.kind == kind
    return None
