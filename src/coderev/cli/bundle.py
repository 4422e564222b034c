"""`coderev bundle`: make, sign and show what is carried in; each command stands in a file of its family."""

import click

from coderev.cli.extras import file_of

COMMANDS = {
    "create": "coderev.cli.bundle_making",
    "sign": "coderev.cli.bundle_making",
    "inspect": "coderev.cli.bundle_showing",
    "inventory": "coderev.cli.bundle_showing",
    "verify": "coderev.cli.bundle_installing",
    "install": "coderev.cli.bundle_installing",
    "fetch": "coderev.cli.bundle_carrying",
    "bootstrap": "coderev.cli.bundle_carrying",
}


class _Commands(click.Group):
    """Finds a command in its file when it is called, so that the others cost nothing."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's signature
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002 - click's signature
        if cmd_name not in COMMANDS:
            return None
        command: click.Command = getattr(file_of(COMMANDS[cmd_name]), cmd_name)
        return command


@click.group("bundle", cls=_Commands)
def command() -> None:
    """Releases that are carried in: make them, sign them, prove them, install them."""
