"""A stand-in of `motor.motor_asyncio`: pymongo's, awaited."""

from typing import Any

import pymongo


class AsyncIOMotorCollection(pymongo.Collection):
    """A collection whose methods are awaited; `find` is not."""

    async def find_one(self, *args: Any, **named: Any) -> Any:
        """A row."""
        return super().find_one(*args, **named)

    async def delete_one(self, *args: Any, **named: Any) -> Any:
        """How many."""
        return super().delete_one(*args, **named)

    async def update_one(self, *args: Any, **named: Any) -> Any:
        """How many."""
        return super().update_one(*args, **named)

    async def count_documents(self, *args: Any, **named: Any) -> Any:
        """How many."""
        return super().count_documents(*args, **named)


class AsyncIOMotorDatabase(pymongo.Database):
    """A database."""

    collection = AsyncIOMotorCollection


class AsyncIOMotorClient(pymongo.MongoClient):
    """A client."""

    database = AsyncIOMotorDatabase
