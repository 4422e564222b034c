"""Command families whose files are imported when one is called, so that the others cost nothing.

The libraries of some are an extra: a core installation lists these too, and says what is missing when one is called.
"""

from collections.abc import Mapping
from importlib import import_module
from importlib.util import find_spec
from typing import Any

import click

from coderev.errors import InputError

_EXTRA_OF = {  # by the first part of a module
    "backports": "bundle",
    "securesystemslib": "bundle",
    "tuf": "bundle",
    "markdown_it": "server",
    "procrastinate": "server",
    "prometheus_client": "server",
    "psycopg": "server",
    "psycopg_pool": "server",
}


class CommandNotInstalled(InputError):
    """A command of an extra was called where that is not installed."""

    message = "this command needs the extra `{extra}`, which is not installed ({module} is missing)"
    hint = "install `coderev-platform[{extra}]` from the package index or a folder of wheels"


def need(*modules: str) -> None:
    """Say that a command needs these modules, without paying for their import where only its help is shown.

    Raises ModuleNotFoundError, as an import would.
    """
    for module in modules:
        if find_spec(module) is None:
            raise ModuleNotFoundError(name=module)


class Family(click.Group):
    """A group of commands; `files` says of each where it stands, as `module:name`."""

    def __init__(self, *args: Any, files: Mapping[str, str], **settings: Any) -> None:
        super().__init__(*args, **settings)
        self._files = files

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's signature
        """All of them, in the order of use."""
        return list(self._files)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002 - click's signature
        """The command from its file, or one that says what is not installed."""
        if cmd_name not in self._files:
            return None
        module, _, name = self._files[cmd_name].partition(":")
        try:
            command: click.Command = getattr(import_module(module), name)
        except ModuleNotFoundError as error:
            missing = error.name or ""
            if (extra := _EXTRA_OF.get(missing.partition(".")[0])) is None:
                raise
            return _not_installed(cmd_name, CommandNotInstalled(extra=extra, module=missing))
        return command


def _not_installed(name: str, error: CommandNotInstalled) -> click.Command:
    """A command that takes whatever it is given and says what is missing."""

    def tell(rest: tuple[str, ...]) -> None:  # noqa: ARG001 - whatever it is given
        raise error

    return click.Command(
        name,
        callback=tell,
        params=[click.Argument(["rest"], nargs=-1, type=click.UNPROCESSED)],
        short_help=f"Needs the extra `{error.facts['extra']}`, which is not installed.",
        add_help_option=False,
        context_settings={"ignore_unknown_options": True},
    )
