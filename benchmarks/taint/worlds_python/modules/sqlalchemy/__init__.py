"""A stand-in of SQLAlchemy: text is recorded where it is run, expressions bind their values."""

from typing import Any

from permissive import Permissive

from benchmarks.taint.worlds_python.library.databases import Connection, Cursor, Row
from benchmarks.taint.worlds_python.world import world

__all__ = ["Cursor", "Row"]


class Text:
    """`text(…)`: its text goes as it is."""

    def __init__(self, text: Any, **_named: Any) -> None:
        self.text = str(text)

    def bindparams(self, *_args: Any, **_named: Any) -> "Text":
        """Values are bound."""
        return self

    columns = bindparams

    def __str__(self) -> str:
        return self.text

    def __eq__(self, other: object) -> Any:
        return self

    def __hash__(self) -> int:
        return hash(self.text)


text = literal_column = Text


class Expression:
    """An expression: text that is put into it as text counts, values are bound."""

    def __init__(self, texts: tuple[str, ...] = ()) -> None:
        self.texts = texts

    def with_texts(self, values: tuple[Any, ...]) -> "Expression":
        """An expression that holds what texts are among the values."""
        found = [str(value) for value in values if isinstance(value, Text)]
        found += [text for value in values if isinstance(value, Expression) for text in value.texts]
        return Expression((*self.texts, *found))

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return self

    def __call__(self, *args: Any, **_named: Any) -> "Expression":
        return self.with_texts(args)

    def __eq__(self, _other: object) -> Any:
        return self

    __ne__ = __lt__ = __gt__ = __le__ = __ge__ = __eq__

    def __and__(self, other: Any) -> "Expression":
        return self.with_texts((other,))

    __or__ = __add__ = __radd__ = __mod__ = __and__

    def __hash__(self) -> int:
        return 7

    def __str__(self) -> str:
        return "SELECT " + " AND ".join(self.texts)


class Statements(Connection):
    """A connection, a session, an engine."""

    def execute(self, statement: Any, *_args: Any, **_named: Any) -> Any:
        """Record a statement."""
        world.record("sql", f"{self.name}.execute", str(statement))
        return Cursor("sqlalchemy.Result")

    exec_driver_sql = execute

    def scalars(self, statement: Any = "", *_args: Any, **_named: Any) -> Any:
        """Record a statement, give its values."""
        return self.execute(statement)

    def scalar(self, statement: Any = "", *_args: Any) -> Any:
        """Record a statement, give a value."""
        self.execute(statement)
        return 7

    def query(self, *args: Any) -> "Asked":
        """A query."""
        return Asked(Expression().with_texts(args).texts)

    def get(self, *_args: Any) -> Any:
        """A row."""
        return Row()

    def add(self, *_args: Any) -> None:
        """Nothing."""

    delete = refresh = flush = add

    def connect(self) -> "Statements":
        """A connection."""
        return Statements("sqlalchemy.Connection")

    begin = connect
    raw_connection = connect


class Asked(Expression):
    """A query of a session: recorded when it is run. Text alone, in `filter` or `order_by`, is refused as SQL."""

    def with_texts(self, values: tuple[Any, ...]) -> "Asked":
        """A query that holds the texts too."""
        return Asked(Expression(self.texts).with_texts(values).texts)

    def _run(self) -> None:
        world.record("sql", "sqlalchemy.Query", str(self))

    def all(self) -> list[Any]:
        """Rows."""
        self._run()
        return [Row()]

    def first(self) -> Any:
        """A row."""
        self._run()
        return Row()

    one = one_or_none = scalar = first

    def count(self) -> int:
        """How many."""
        self._run()
        return 1

    def __iter__(self) -> Any:
        return iter(self.all())


def create_engine(*_args: Any, **_named: Any) -> Statements:
    """An engine."""
    return Statements("sqlalchemy.Engine")


def select(*args: Any) -> Expression:
    """A statement."""
    return Expression().with_texts(args)


insert = update = delete = and_ = or_ = desc = asc = column = func = select
bindparam = Column = MetaData = ForeignKey = relationship = Table = Permissive
Integer = String = Boolean = DateTime = Float = Permissive


def __getattr__(_name: str) -> Any:
    return Permissive
