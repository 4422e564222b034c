"""A stand-in of `django.db.models`: raw SQL is recorded, lookups bind their values."""

from typing import Any

from permissive import Permissive

from benchmarks.taint.worlds_python.library.databases import Row
from benchmarks.taint.worlds_python.world import world


class QuerySet:
    """Rows of a model."""

    def raw(self, raw_query: Any, *_args: Any, **_named: Any) -> list[Any]:
        """Record a statement."""
        world.record("sql", "django.db.models.Manager.raw", str(raw_query))
        return [Row()]

    def extra(self, **named: Any) -> "QuerySet":
        """Record parts of a statement."""
        for part in ("where", "tables", "order_by"):
            for text in named.get(part) or ():
                world.record("sql", "django.db.models.QuerySet.extra", str(text))
        for text in (named.get("select") or {}).values():
            world.record("sql", "django.db.models.QuerySet.extra", str(text))
        return self

    def annotate(self, *args: Any, **named: Any) -> "QuerySet":
        """Record raw parts."""
        for value in (*args, *named.values()):
            if isinstance(value, RawSQL):
                world.record("sql", "django.db.models.expressions.RawSQL", value.sql)
        return self

    def filter(self, *args: Any, **_named: Any) -> "QuerySet":
        """Those that fit."""
        return self.annotate(*args)

    exclude = order_by = all = select_related = values = values_list = only = defer = distinct = filter  # noqa: A003

    def get(self, *_args: Any, **_named: Any) -> Any:
        """One."""
        return Row()

    create = first = last = get

    def count(self) -> int:
        """How many."""
        return 1

    update = delete = count

    def exists(self) -> bool:
        """Whether one is there."""
        return True

    def __iter__(self) -> Any:
        return iter([Row()])

    def __getitem__(self, _key: Any) -> Any:
        return [Row()]


class RawSQL:
    """SQL as an expression."""

    def __init__(self, sql: Any, params: Any = (), **_named: Any) -> None:
        self.sql, self.params = str(sql), params


class Manager(QuerySet):
    """What a model's rows are asked of."""


class Model:
    """A model."""

    objects = Manager()
    pk = id = 7

    def __init__(self, **named: Any) -> None:
        self.__dict__.update(named)

    def save(self, *_args: Any, **_named: Any) -> None:
        """Nothing."""

    delete = full_clean = save


class Q:
    """A condition."""

    def __init__(self, *_args: Any, **_named: Any) -> None:
        pass

    def __or__(self, _other: Any) -> "Q":
        return self

    __and__ = __or__

    def __invert__(self) -> "Q":
        return self


class TextChoices(str):
    """Choices."""

    __slots__ = ()


CASCADE = PROTECT = SET_NULL = "CASCADE"


def __getattr__(name: str) -> Any:
    if name.startswith("__"):
        raise AttributeError(name)
    return Permissive
