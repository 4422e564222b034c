"""One walk through one function: where it is, what is known there, and by which ways it is left.

`evaluate` and `execute` find who knows a word of the form; the modules that know them register themselves here.
"""

from collections.abc import Callable
from typing import TYPE_CHECKING

from coderev.analysis.taint.form import Expression, Function, Node, Statement
from coderev.analysis.taint.root import Root
from coderev.analysis.taint.state import Seen, State, joined
from coderev.analysis.taint.value import FunctionSite, Value, join, stepped

if TYPE_CHECKING:
    from coderev.analysis.taint.project import File, Project

DEEPEST = 400  # expressions and blocks in one another, callees included, whose summaries are under way too
SPARE = 100  # blocks beyond that, in which every expression is followed by its names only


class Unreachable(Exception):
    """What is evaluated never comes to an end: a callee raises on every way."""


class Run:
    """One walk; `state` is what is known now, None where nobody comes to.

    `frames` are those that names are looked up in, innermost first, each with the names that are bound in it.
    `exits` are the states in which loops and switches are left, by `break` and `continue` with their label; `returns`
    the values that are returned, each with its state; `raised` what is known wherever something may be raised, for each
    `try` around the current statement; `thrown` are the values that are, for each of these and for the function itself.
    """

    __slots__ = (
        "closures", "exits", "file", "frames", "function", "key", "loops", "project", "raised", "return_nodes",
        "returns", "root", "state", "thrown", "yields",
    )  # fmt: skip

    def __init__(
        self,
        *,
        project: "Project",
        file: "File",
        function: Function,
        frames: tuple[tuple[int, frozenset[str]], ...],
        state: State,
        key: tuple[object, ...],
    ) -> None:
        self.project, self.file, self.function, self.frames = project, file, function, frames
        self.state: State | None = state
        self.key = key
        self.loops = 0
        self.exits: dict[str, State | None] = {}
        self.returns: list[tuple[Value, State]] = []
        self.raised: list[Seen] = []
        self.return_nodes: list[Node] = []
        self.yields: list[Value] = []
        self.thrown: list[list[Value]] = [[]]
        self.closures: list[FunctionSite] = []
        self.root = Root()
        project.shared.told("header", file.path)

    @property
    def now(self) -> State:
        """What is known here. Raises Unreachable."""
        if self.state is None:
            raise Unreachable
        return self.state

    def place(self, node: Node) -> tuple[str, int, int]:
        """Where a piece of the form stands: path, first byte, last byte (exclusive)."""
        return self.file.path, node.start, node.end

    def told(self, value: Value, node: Node, note: str) -> Value:
        """A value whose taint took a step that a reader wants to see."""
        if not value.taint:
            return value
        return value.but(taint=stepped(value.taint, self.place(node), note), copied=value)

    def leave(self, name: str) -> None:
        """Go to where an exit leads; nothing follows here."""
        self.exits[name] = joined(self.exits.get(name), self.state)
        self.state = None

    def may_raise(self) -> None:
        """A handler around may start from here."""
        if self.raised and self.state is not None:
            self.raised[-1].add(self.state)


Evaluator = Callable[[Run, Expression], Value]
Executor = Callable[[Run, Statement], None]
EVALUATORS: dict[type, Callable[[Run, object], Value]] = {}
EXECUTORS: dict[type, Callable[[Run, object], None]] = {}


def evaluate(run: Run, expression: Expression) -> Value:
    """What an expression gives, with its effects on what is known. Raises Unreachable."""
    project = run.project
    project.depth += 1
    try:
        if project.depth > project.alert and project.is_deep():
            from coderev.analysis.taint.deep import value_of

            return value_of(run, expression)
        return EVALUATORS[type(expression)](run, expression)
    finally:
        project.depth -= 1


def execute(run: Run, statements: tuple[Statement, ...]) -> None:
    """Walk some statements; afterwards `run.state` is what is known behind them, None where they are always left."""
    project = run.project
    project.depth += 1
    try:
        if project.depth > project.alert and project.is_deep(DEEPEST + SPARE):
            from coderev.analysis.taint.deep import pass_over

            pass_over(run, statements)
            return
        for statement in statements:
            if run.state is None:
                return
            project.spend(run.file.path)
            run.may_raise()
            try:
                EXECUTORS[type(statement)](run, statement)
            except Unreachable:
                run.state = None
    finally:
        project.depth -= 1


def branches(run: Run, *ways: Callable[[], Value]) -> Value | None:
    """Walk several ways from here and go on from where they meet; a way that ends nowhere gives nothing.

    None where none comes to an end; then `run.state` is None too.
    """
    start = run.now
    met: State | None = None
    result: Value | None = None
    for way in ways:
        run.state = start.fork()
        try:
            value = way()
        except Unreachable:
            continue
        result = value if result is None else join(result, value)
        met = joined(met, run.state)
    run.state = met
    return result
