"""What nests too deep to be walked: all that goes in may come out anywhere, and nothing of it is sure.

It is read once, without a walk: every source that stands in it by a name, and all that its names hold, reaches what it
assigns, changes, returns and raises, every sink that it calls or stores to by a name, and those that are known of the
project's functions that it calls. What is told like this is told as less sure; nothing is taken as clean.
"""

from collections.abc import Iterable, Iterator

from coderev.analysis.taint.catalogue import Model
from coderev.analysis.taint.form import (
    Assign,
    Attribute,
    Bind,
    Break,
    Call,
    Catch,
    Class,
    Continue,
    Define,
    Expression,
    Function,
    Import,
    Loop,
    Name,
    Node,
    Raise,
    Return,
    Statement,
    Yield,
)
from coderev.analysis.taint.library import strike
from coderev.analysis.taint.members import read, source
from coderev.analysis.taint.memory import library_type, put, reaching
from coderev.analysis.taint.pack import SinkRow, SourceRow
from coderev.analysis.taint.run import EVALUATORS, Run
from coderev.analysis.taint.state import joined
from coderev.analysis.taint.statements import assign_name
from coderev.analysis.taint.stores import named_store
from coderev.analysis.taint.summaries import known_summary, through
from coderev.analysis.taint.value import (
    CLEAN,
    STAR,
    UNKNOWN,
    FunctionSite,
    Library,
    Object,
    Parameter,
    Taint,
    Value,
    join,
    join_all,
    union,
    unsure,
)

MOST_DOTS = 8  # of a name that is looked up
TOLD = "code that nests too deep, callees included, was followed by its names only"


def value_of(run: Run, expression: Expression) -> Value:
    """What an expression may give."""
    return Value(taint=_judged(run, list(_inside((expression,)))))


def pass_over(run: Run, statements: tuple[Statement, ...]) -> None:
    """Let some statements do all that they may do, each of them or none."""
    if not statements or run.state is None:
        return
    run.project.spend(run.file.path, len(statements))
    nodes = list(_inside(statements))
    value = Value(taint=_judged(run, nodes))
    for node in nodes:
        if isinstance(node, Name) and value.taint:
            _change(run, _known(run, node), value)
    own = list(_inside(statements, is_own=True))
    for name in dict.fromkeys(name for node in own for name in _assigned(node)):
        assign_name(run, name, join(value, _known(run, Name(0, 0, name))))
    for node in own:
        _leave(run, node, value)


def _inside(nodes: Iterable[object], *, is_own: bool = False) -> Iterator[Node]:
    """All that stands in some code, in its order; what is its own stands in no other function."""
    waiting: list[object] = [*nodes][::-1]
    while waiting:
        node = waiting.pop()
        if isinstance(node, tuple):
            waiting += node[::-1]
        elif isinstance(node, Node):
            yield node
            if not is_own or not isinstance(node, Function | Class):
                waiting += [getattr(node, field) for field in reversed(node.__struct_fields__[2:])]


def _judged(run: Run, nodes: list[Node]) -> Taint:
    """What goes into some code and stands in it, which all its sinks are judged by."""
    run.project.cap(run.file.path, TOLD)
    taint = CLEAN
    for node in nodes:
        if isinstance(node, Name | Attribute):
            taint = union(taint, reaching(run, _known(run, node)))
        for row in _sources(run, node):
            taint = union(taint, source(run, row, node))
    taint = unsure(taint)
    for node in nodes if taint else ():
        for name, sink in _sinks(run, node):
            strike(run, sink, Value(taint=taint), node, sure=False, name=name)
        for name in _assigned(node):
            named_store(run, name, Value(taint=taint), node)
        if isinstance(node, Call):
            _callees(run, node, taint)
    return taint


def _callees(run: Run, node: Call, taint: Taint) -> None:
    """The sinks that are known of the project's functions that are called."""
    for site in _known(run, node.function).sites:
        summary = known_summary(run.project, site) if isinstance(site, FunctionSite) else None
        for hit in summary.hits if summary is not None else ():
            step = (*run.place(node), "passed on")
            run.root.strike(run, through(taint, hit.mark, step), hit)


def _sources(run: Run, node: Node) -> list[SourceRow]:
    called = _models(run, node.function) if isinstance(node, Call) else ()
    return [row for _, model in called for row in model.sources]


def _sinks(run: Run, node: Node) -> list[tuple[str, SinkRow]]:
    """The sinks that are called or stored to here, by the names that packs have for them."""
    if isinstance(node, Call):
        return [(name, row) for name, model in _models(run, node.function) for row in model.sinks]
    if isinstance(node, Assign | Bind):
        return [(name, row) for name, model in _models(run, node.target) for row in model.stores]
    return []


def _models(run: Run, node: Expression) -> list[tuple[str, Model]]:
    """What the packs know of a name, or of a method of an object that nobody knows."""
    names = _names(run, node)
    if not names and isinstance(node, Attribute):
        names = [f"*.{node.name}"]
    return [(name, model) for name in names if (model := run.file.catalogue.named(name)) is not None]


def _names(run: Run, node: Expression) -> list[str]:
    """The canonical names that a dotted name may stand for."""
    if isinstance(node, Attribute):
        return [f"{kind}.{node.name}" for kind in _types(run, _known(run, node.object))]
    return list(_known(run, node).names) if isinstance(node, Name) else []


def _known(run: Run, node: Expression) -> Value:
    """What a dotted name holds, as far as it takes no walk to know it."""
    dots: list[Attribute] = []
    while isinstance(node, Attribute) and len(dots) < MOST_DOTS:
        dots.append(node)
        node = node.object
    if not isinstance(node, Name):
        return UNKNOWN
    value = EVALUATORS[Name](run, node)
    for each in reversed(dots):
        found = [read(run, Library(kind), each.name, each) for kind in _types(run, value)]
        value = join_all(found) if found else Value(taint=value.taint)
    return value


def _types(run: Run, value: Value) -> list[str]:
    return [kind for site in value.sites if isinstance(site, Object | Library) and (kind := library_type(run, site))]


def _change(run: Run, held: Value, value: Value) -> None:
    """What an object may hold that code has in its hands."""
    for site in held.sites:
        if isinstance(site, Object | Parameter):
            put(run, site, STAR, value, weak=True)


def _assigned(node: Node) -> Iterator[str]:
    """The variables that get a value here."""
    match node:
        case Assign() | Bind() | Loop() | Catch():
            yield from (each.name for each in _inside((node.target,)) if isinstance(each, Name))
        case Define():
            yield node.definition.name
        case Import() if node.alias:
            yield node.alias
        case _:
            pass


def _leave(run: Run, node: Node, value: Value) -> None:
    """The ways out that code may take, besides its end."""
    match node:
        case Return():
            run.returns.append((value, run.now.fork()))
            run.return_nodes.append(node)
        case Yield():
            run.yields.append(value)
        case Raise():
            run.thrown[-1].append(value)
            run.may_raise()
        case Break() | Continue():
            kind = "break" if isinstance(node, Break) else "continue"
            name = f"{kind} {node.label}" if node.label else kind
            run.exits[name] = joined(run.exits.get(name), run.now.fork())
        case _:
            pass
