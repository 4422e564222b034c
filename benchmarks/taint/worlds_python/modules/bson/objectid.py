"""A stand-in of `bson.objectid`."""

import re
from typing import Any

from bson.errors import InvalidId


class ObjectId:
    """An identifier: 24 hexadecimal digits. Raises TypeError for what is no text, and InvalidId."""

    def __init__(self, oid: Any = "0" * 24) -> None:
        if not isinstance(oid, str | bytes | ObjectId):
            raise TypeError(type(oid))
        if not re.fullmatch(r"[0-9a-fA-F]{24}", str(oid)):
            raise InvalidId(str(oid))
        self.text = str(oid)

    def __str__(self) -> str:
        return self.text
