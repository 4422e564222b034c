"""A stand-in of pymongo: filters, pipelines and updates are recorded as `nosql`."""

from collections.abc import Iterator, Mapping
from types import SimpleNamespace
from typing import Any

from benchmarks.taint.worlds_python.world import world

ASCENDING, DESCENDING = 1, -1


def plain(value: Any) -> Any:
    """A value with plain dictionaries for all mappings in it."""
    if isinstance(value, Mapping):
        return {key: plain(item) for key, item in value.items()}
    return [plain(item) for item in value] if isinstance(value, list | tuple) else value


def _recorded(name: str, answer: Any) -> Any:
    def method(_self: Any, *args: Any, **named: Any) -> Any:
        for value in (*args[:1], *(named[key] for key in ("filter", "pipeline") if key in named)):
            world.record("nosql", f"pymongo.collection.Collection.{name}", plain(value))
        return answer() if callable(answer) else answer

    return method


class Cursor:
    """Rows."""

    def __iter__(self) -> Iterator[Any]:
        return iter([{"_id": 7, "name": "stored", "score": 7}])

    def _same(self, *_args: Any, **_named: Any) -> "Cursor":
        return self

    sort = limit = skip = batch_size = _same

    async def to_list(self, *_args: Any) -> list[Any]:
        """All of them."""
        return list(self)


def _row() -> Any:
    return next(iter(Cursor()))


def _done() -> Any:
    return SimpleNamespace(deleted_count=1, modified_count=1, matched_count=1, inserted_id=7)


class Collection:
    """A collection."""

    find = _recorded("find", Cursor)
    aggregate = _recorded("aggregate", Cursor)
    find_one = _recorded("find_one", _row)
    find_one_and_update = _recorded("find_one_and_update", _row)
    find_one_and_delete = _recorded("find_one_and_delete", _row)
    count_documents = _recorded("count_documents", 1)
    delete_one = _recorded("delete_one", _done)
    delete_many = _recorded("delete_many", _done)
    update_one = _recorded("update_one", _done)
    update_many = _recorded("update_many", _done)
    replace_one = _recorded("replace_one", _done)

    def insert_one(self, *_args: Any, **_named: Any) -> Any:
        """A document is data."""
        return _done()

    insert_many = insert_one

    def create_index(self, *_args: Any, **_named: Any) -> None:
        """Nothing."""


class Database:
    """A database: each attribute and element is a collection."""

    collection: type[Collection] = Collection

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return self.collection()

    def __getitem__(self, _name: str) -> Any:
        return self.collection()

    get_collection = __getitem__


class MongoClient:
    """A client: each attribute and element is a database."""

    database: type[Database] = Database

    def __init__(self, *_args: Any, **_named: Any) -> None:
        pass

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return self.database()

    def __getitem__(self, _name: str) -> Any:
        return self.database()

    get_database = __getitem__
