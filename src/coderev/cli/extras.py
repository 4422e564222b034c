"""Commands whose libraries are an extra: a core installation lists them, and says what is missing when one runs."""

from importlib import import_module
from types import ModuleType

from coderev.errors import InputError

_EXTRA_OF = {"backports": "bundle", "securesystemslib": "bundle", "tuf": "bundle"}  # by the first part of a module


class CommandNotInstalled(InputError):
    """A command of an extra was called where that is not installed."""

    message = "this command needs the extra `{extra}`, which is not installed ({module} is missing)"
    hint = "install `coderev-platform[{extra}]` from the package index or a folder of wheels"


def file_of(name: str) -> ModuleType:
    """The file of a command family, imported. Raises CommandNotInstalled."""
    try:
        return import_module(name)
    except ModuleNotFoundError as error:
        module = (error.name or "").partition(".")[0]
        if module not in _EXTRA_OF:
            raise
        raise CommandNotInstalled(extra=_EXTRA_OF[module], module=error.name) from None
