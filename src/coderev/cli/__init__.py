"""The command: parse, call, print. One file per command family, imported when its command is called."""

import sys

import click

from coderev import __version__
from coderev.cli.families import Family
from coderev.errors import CoderevError, InputError

__all__ = ["main"]

COMMANDS = {
    "review": "coderev.cli.review:command",
    "explain": "coderev.cli.explain:command",
    "models": "coderev.cli.models:command",
    "route": "coderev.cli.route:command",
    "recall": "coderev.cli.recall:command",
    "bundle": "coderev.cli.bundle:command",
    "update": "coderev.cli.update:command",
    "keys": "coderev.cli.keys:command",
    "serve": "coderev.cli.serve:command",
    "worker": "coderev.cli.worker:command",
    "store": "coderev.cli.store:command",
}
BUG_STATUS = 70
INTERRUPTED_STATUS = 130


@click.group(cls=Family, files=COMMANDS, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="coderev", message="%(prog)s %(version)s")
def coderev() -> None:
    """Review code changes with local models; nothing leaves this site."""


def main() -> None:
    """Run the command and leave with its documented exit status (`docs/reference/commands.md`)."""
    sys.exit(_status())


def _status() -> int:
    try:
        status = coderev.main(prog_name="coderev", standalone_mode=False)
    except click.ClickException as error:
        return _misused(error)
    except (KeyboardInterrupt, click.Abort):
        return INTERRUPTED_STATUS
    except CoderevError as error:
        _tell(f"error: {error}", f"hint: {error.next_step}")
        return error.exit_status
    except Exception:  # noqa: BLE001 - the last door: whatever comes here is our bug, and is said to be
        import traceback

        _tell(*traceback.format_exc().splitlines())
        _tell("error: coderev met a fault of its own", "hint: report the lines above")
        return BUG_STATUS
    return status if isinstance(status, int) else 0


def _misused(error: click.ClickException) -> int:
    """Say what is wrong with a command line as we say everything else; a bare group shows its help."""
    if isinstance(error, click.exceptions.NoArgsIsHelpError):
        error.show()
        return InputError.exit_status
    context = error.ctx if isinstance(error, click.UsageError) else None
    reason = error.format_message().removesuffix(".")
    _tell(
        f"error: {reason[:1].lower()}{reason[1:]}",
        f"hint: see `{context.command_path if context else 'coderev'} --help`",
    )
    return InputError.exit_status


def _tell(*lines: str) -> None:
    from coderev.report import visible

    for line in lines:
        click.echo(visible(line), err=True)
