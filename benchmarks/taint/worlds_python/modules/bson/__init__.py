"""A stand-in of bson."""

from bson.objectid import ObjectId

__all__ = ["ObjectId"]
