"""`coderev bundle`: make, sign and show what is carried in; each command stands in a file of its family."""

import click

from coderev.cli.families import Family

COMMANDS = {
    "create": "coderev.cli.bundle_making:create",
    "sign": "coderev.cli.bundle_making:sign",
    "inspect": "coderev.cli.bundle_showing:inspect",
    "inventory": "coderev.cli.bundle_showing:inventory",
    "verify": "coderev.cli.bundle_installing:verify",
    "install": "coderev.cli.bundle_installing:install",
    "fetch": "coderev.cli.bundle_carrying:fetch",
    "bootstrap": "coderev.cli.bundle_carrying:bootstrap",
}


@click.group("bundle", cls=Family, files=COMMANDS)
def command() -> None:
    """Releases that are carried in, from making to installing."""
