"""What a core installation says of the commands of an extra."""

import sys

import click
import pytest
from click.testing import CliRunner

from coderev.cli import bundle
from coderev.cli.families import CommandNotInstalled, Family

OURS = ("tuf.", "coderev.trust", "coderev.bundle", "coderev.cli.bundle_", "coderev.cli.keys", "coderev.cli.update")


@pytest.fixture
def _core(monkeypatch: pytest.MonkeyPatch) -> None:
    """As where the extra is not installed."""
    for name in [name for name in sys.modules if name.startswith(OURS)]:
        monkeypatch.delitem(sys.modules, name)
    for name in ("tuf", "securesystemslib", "backports"):
        monkeypatch.setitem(sys.modules, name, None)


@pytest.mark.usefixtures("_core")
@pytest.mark.parametrize("given", [["create", "bundle.yaml", "--roots", "tuf"], ["create", "--help"], ["verify"]])
def test_a_command_whose_extra_is_missing_names_it(given: list[str]) -> None:
    ran = CliRunner().invoke(bundle.command, given)

    assert isinstance(ran.exception, CommandNotInstalled)
    assert "needs the extra `bundle`" in str(ran.exception)
    assert "coderev-platform[bundle]" in ran.exception.next_step


@pytest.mark.usefixtures("_core")
def test_help_lists_the_commands_of_an_extra_that_is_missing() -> None:
    from coderev.cli import coderev

    ran = CliRunner().invoke(coderev, ["--help"])

    assert ran.exit_code == 0
    assert "keys     Needs the extra `bundle`" in ran.output
    assert "review" in ran.output


def test_a_module_of_ours_that_is_missing_is_our_bug() -> None:
    family = Family("x", files={"y": "coderev.cli.nothing_of_the_kind:y"})

    with pytest.raises(ModuleNotFoundError):
        family.get_command(click.Context(family), "y")
