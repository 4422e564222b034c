"""One result, seven forms: each is a module of that name whose `render` turns a result into text."""

from importlib import import_module
from typing import Any

import msgspec

from coderev.errors import InputError
from coderev.finding import Result
from coderev.report.manner import Manner
from coderev.report.visible import visible

FORMATS = ("text", "json", "sarif", "markdown", "html", "gitlab", "junit")


class UnknownFormat(InputError):
    """A report was asked for in a form that does not exist."""

    message = "there is no report format {format!r}"
    hint = f"choose one of {', '.join(FORMATS)}"


def render(result: Result, format: str, *, colour: bool = False, outside_bytes: int = 0) -> bytes:  # noqa: A002
    """The result in one of `FORMATS`, as UTF-8: the same result gives the same bytes.

    `colour` is for text on a terminal; `outside_bytes` is what the review sent to addresses outside the site.
    Raises UnknownFormat.
    """
    if format not in FORMATS:
        raise UnknownFormat(format=visible(format))
    manner = Manner(colour=colour, outside_bytes=outside_bytes)
    text: str = import_module(f"coderev.report.{format}").render(_well_formed(result), manner)  # only what is asked for
    return text.encode()


def _well_formed(result: Result) -> Result:
    """The result without lone surrogates, which no encoding can carry."""
    try:
        msgspec.json.encode(result)
    except UnicodeEncodeError:
        return msgspec.convert(_without_surrogates(msgspec.to_builtins(result)), Result)
    return result


def _without_surrogates(value: Any) -> Any:
    match value:
        case str():
            return value if _encodes(value) else visible(value, keep="\n\t")
        case dict():
            return {key: _without_surrogates(each) for key, each in value.items()}
        case list() | tuple():
            return [_without_surrogates(each) for each in value]
        case _:
            return value


def _encodes(value: str) -> bool:
    try:
        value.encode()
    except UnicodeEncodeError:
        return False
    return True
