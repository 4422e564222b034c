"""What annotations say of a parameter or field whose framework enforces them: `int | None`, `Annotated`, enums."""

from collections.abc import Collection, Iterator

from coderev.analysis.taint.form import Call, Constant, Element, Expression, Name, Operation, Sequence
from coderev.analysis.taint.memory import lineage
from coderev.analysis.taint.run import Run, evaluate
from coderev.analysis.taint.value import ClassSite, Library

DEEPEST = 8  # brackets in brackets
_EITHER = ("Optional", "Union")
_MANY = ("list", "List", "set", "Set", "tuple", "Tuple", "Sequence", "Iterable", "frozenset", "FrozenSet")


def leaves(run: Run, annotation: Expression, depth: int = 0) -> Iterator[tuple[Expression, bool]]:
    """The types that a value may be, None left out, each with whether it is that of the elements of a container."""
    if depth > DEEPEST:
        return
    if isinstance(annotation, Operation) and annotation.operator == "|":
        for operand in annotation.operands:
            yield from leaves(run, operand, depth + 1)
    elif isinstance(annotation, Element):
        yield from _of_generic(run, annotation, depth)
    elif isinstance(annotation, Constant):
        if isinstance(annotation.value, str) and annotation.value.isidentifier():
            yield Name(annotation.start, annotation.end, annotation.value), False
    else:
        yield annotation, False


def _of_generic(run: Run, annotation: Element, depth: int) -> Iterator[tuple[Expression, bool]]:
    name = next((name.rpartition(".")[2] for name in evaluate(run, annotation.object).names), "")
    inner = written(annotation)
    if name == "Annotated":
        yield from leaves(run, inner[0], depth + 1)
    elif name in _EITHER or name in _MANY:
        for each in inner:
            yield from ((leaf, is_part or name in _MANY) for leaf, is_part in leaves(run, each, depth + 1))
    else:
        yield annotation.object, False


def written(annotation: Element) -> tuple[Expression, ...]:
    """What stands in the brackets of an annotation; at least one."""
    return (annotation.key.items or (annotation.key,)) if isinstance(annotation.key, Sequence) else (annotation.key,)


def names_of(run: Run, leaf: Expression) -> frozenset[str]:
    """The names of a type of the library, and of those that it or a class of the project derives from."""
    catalogue = run.file.catalogue
    bases = [base for site in evaluate(run, leaf).sites for base in _bases(site)]
    return frozenset[str]().union(*(catalogue.inherits(base.name) for base in bases))


def _bases(site: object) -> list[Library]:
    if isinstance(site, ClassSite):
        return [base for base in lineage(site) if isinstance(base, Library)]
    return [site] if isinstance(site, Library) else []


def is_enforced(run: Run, annotation: Expression | None, types: Collection[str]) -> bool:
    """Whether every type that a value may be is one of those that a framework converts to."""
    found = list(leaves(run, annotation)) if annotation is not None else []
    return bool(found) and all(not names_of(run, leaf).isdisjoint(types) for leaf, _ in found)


def is_text(run: Run, annotation: Expression | None) -> bool:
    """Whether a value is text and can be nothing else."""
    found = list(leaves(run, annotation)) if annotation is not None else []
    return bool(found) and all("str" in names_of(run, leaf) and not is_part for leaf, is_part in found)


def calls_in(annotation: Expression | None) -> Iterator[Call]:
    """The calls that stand in an `Annotated`."""
    if isinstance(annotation, Element):
        yield from (each for each in written(annotation)[1:] if isinstance(each, Call))
