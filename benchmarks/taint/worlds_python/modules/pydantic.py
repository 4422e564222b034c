"""A stand-in of pydantic: models whose fields are converted as their annotations say."""

import enum
import inspect
import re
import types
import typing
import uuid
from typing import Any

from benchmarks.taint.worlds_python.world import ABSENT, Refused

_MISSING = object()


class Field:
    """A field, a query, a header …: its default and what it must be. `name` says which part of the request it is."""

    source = "query"

    def __init__(self, default: Any = _MISSING, **named: Any) -> None:
        self.default = _MISSING if default is ... else default
        if "default_factory" in named:
            self.default = named["default_factory"]()
        self.alias = named.get("alias")
        self.pattern = named.get("pattern") or named.get("regex")

    def check(self, value: Any) -> Any:
        """The value. Raises Refused where it does not fit."""
        if self.pattern and isinstance(value, str) and not re.search(self.pattern, value):
            raise Refused(self.pattern)
        return value


def unwrapped(annotation: Any) -> tuple[Any, list[Any]]:
    """The type of an annotation, and what `Annotated` adds to it."""
    if typing.get_origin(annotation) is typing.Annotated:
        inner, *more = typing.get_args(annotation)
        return inner, more
    return annotation, []


def converted(value: Any, annotation: Any) -> Any:
    """A value of the type that an annotation says. Raises Refused where it cannot be."""
    annotation, more = unwrapped(annotation)
    for item in more:
        if isinstance(item, Field):
            item.check(value)
    origin, arguments = typing.get_origin(annotation), typing.get_args(annotation)
    if annotation in (Any, inspect.Parameter.empty, object):
        return value
    if origin is typing.Literal:
        return _checked(value, value in arguments)
    if origin in (typing.Union, types.UnionType):
        return value if value is None else converted(value, next(one for one in arguments if one is not type(None)))
    if origin in (list, set, tuple) or annotation in (list, set, tuple):
        inner = arguments[0] if arguments else Any
        _checked(value, isinstance(value, list | tuple))
        return (origin or annotation)(converted(item, inner) for item in value)
    if origin is dict or annotation is dict:
        return dict(_checked(value, hasattr(value, "keys")))
    return _plain(value, annotation)


def _plain(value: Any, kind: Any) -> Any:
    if kind is str:
        return _checked(value, isinstance(value, str))
    if kind is uuid.UUID and value == "7":
        value = "0b54a6d6-6f4c-4b8d-9c8e-0a1b2c3d4e5f"
    if isinstance(kind, type) and issubclass(kind, enum.Enum) and value == "7":
        value = next(iter(kind)).value
    if isinstance(kind, type) and issubclass(kind, BaseModel):
        return kind.of(value)
    if kind in (int, float, bool, uuid.UUID) or (isinstance(kind, type) and issubclass(kind, enum.Enum)):
        try:
            return kind(value)
        except (ValueError, TypeError) as error:
            raise Refused(str(error)) from error
    return value


def _checked(value: Any, fits: Any) -> Any:
    if not fits:
        raise Refused(repr(value))
    return value


class BaseModel:
    """What models derive from."""

    model_config: typing.ClassVar[dict[str, Any]] = {}

    def __init__(self, **named: Any) -> None:
        for name, annotation in _fields(type(self)).items():
            default = getattr(type(self), name, _MISSING)
            default = default.default if isinstance(default, Field) else default
            value = named.get(name, default)
            _checked(name, value is not _MISSING)
            field = getattr(type(self), name, None)
            value = value if value is default else converted(value, annotation)
            setattr(self, name, self._validated(name, field.check(value) if isinstance(field, Field) else value))

    def _validated(self, name: str, value: Any) -> Any:
        for validate in [one for one in vars(type(self)).values() if name in getattr(one, "validates", ())]:
            try:
                value = validate(type(self), value)
            except ValueError as error:
                raise Refused(str(error)) from error
        return value

    @classmethod
    def of(cls, held: Any) -> "BaseModel":
        """A model of what a mapping holds."""
        values = {name: held.get(name, ABSENT) for name in _fields(cls)}
        return cls(**{name: value for name, value in values.items() if value is not ABSENT})

    model_validate = of

    def model_dump(self, **_named: Any) -> dict[str, Any]:
        """A dictionary of it."""
        return dict(vars(self))

    dict = model_dump


def _fields(model: type) -> dict[str, Any]:
    found = typing.get_type_hints(model, include_extras=True)
    return {name: kind for name, kind in found.items() if typing.get_origin(kind) is not typing.ClassVar}


def field_validator(*names: str, **_named: Any) -> Any:
    """A function that checks fields."""

    def keep(function: Any) -> Any:
        function = getattr(function, "__func__", function)
        function.validates = names
        return function

    return keep


validator = field_validator
EmailStr = HttpUrl = SecretStr = str
ConfigDict = dict
