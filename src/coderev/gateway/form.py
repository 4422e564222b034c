"""What shape an answer must have: the JSON schema that is sent, and the strict reading of what comes back."""

import json
import re
from collections.abc import Callable
from typing import Any, Generic, TypeVar, cast

import msgspec

T = TypeVar("T")

MAX_REASON = 200  # characters; a reader of JSON quotes what it refuses, whole
NOTES = ("$defs", "title", "description", "default")  # of a schema: words for people, no constraint
OBJECT = re.compile(r'\{\s*["}]')  # how a JSON object begins, and a brace in prose seldom does

_PARSER = json.JSONDecoder()  # it knows where an object ends; msgspec, which is stricter, reads it


class Unreadable(ValueError):
    """An answer does not hold one object of the wanted shape; `text` is the answer. It never leaves the gateway."""

    def __init__(self, reason: str, text: str) -> None:
        super().__init__(reason if len(reason) <= MAX_REASON else reason[:MAX_REASON] + "…")
        self.text = text


class Form(Generic[T]):
    """The shape of an answer, with what is needed to ask for it and to read it."""

    def __init__(self, type_: type[T]) -> None:
        self.name = type_.__name__
        self.schema = strict(msgspec.json.schema(type_))
        self._type = type_
        self._decoder = msgspec.json.Decoder(type_)

    def read(self, text: str, restore: Callable[[str], str] | None = None) -> T:
        """The first JSON object in an answer; prose and a fence around it are tolerated. Raises Unreadable.

        `restore` is applied to every string after parsing, so that what it puts in cannot break out of its string.
        """
        found = first_object(text)
        try:
            if restore is None:
                return self._decoder.decode(found)
            return msgspec.convert(restored(msgspec.json.decode(found), restore), self._type)
        except (ValueError, RecursionError) as error:  # msgspec's errors, and text that is not Unicode
            raise Unreadable(str(error), text) from None


_FORMS: dict[type, Form[Any]] = {}


def form_of(type_: type[T]) -> Form[T]:
    """The form of a type, made once."""
    if type_ not in _FORMS:
        _FORMS[type_] = Form(type_)
    return _FORMS[type_]


def first_object(text: str) -> str:
    """The first JSON object that begins in a text, as it stands there. Raises Unreadable when it does not end.

    What stands inside an object that was cut is never taken for the answer.
    """
    start = OBJECT.search(text)
    if start is None:
        raise Unreadable("no JSON object in it" if text.strip() else "it is empty", text)
    try:
        return text[start.start() : _PARSER.raw_decode(text, start.start())[1]]
    except (ValueError, RecursionError) as error:
        reason = f"its JSON object is broken or incomplete: {error}"
        raise Unreadable(reason, text) from None


def restored(value: Any, restore: Callable[[str], str]) -> Any:
    """A JSON value with every string in it restored; the names of members stay."""
    if isinstance(value, str):
        return restore(value)
    if isinstance(value, list):
        return [restored(item, restore) for item in value]
    if isinstance(value, dict):
        return {key: restored(item, restore) for key, item in value.items()}
    return value


def strict(schema: dict[str, Any]) -> dict[str, Any]:
    """A schema as servers take it with `strict`: every member required, no other allowed, members in their order.

    It has no references, as not every server follows them. The type must not contain itself.
    """
    definitions = schema.get("$defs", {})

    def resolve(value: Any) -> Any:
        if isinstance(value, list):
            return [resolve(item) for item in value]
        if not isinstance(value, dict):
            return value
        if reference := value.get("$ref"):
            return resolve(definitions[reference.rpartition("/")[2]])
        plain = {key: resolve(item) for key, item in value.items() if key not in (*NOTES, "properties")}
        if members := value.get("properties"):
            plain["properties"] = {name: resolve(member) for name, member in members.items()}
            plain |= {"required": list(members), "additionalProperties": False}
        return plain

    return cast("dict[str, Any]", resolve(schema))
