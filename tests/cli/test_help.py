"""The help of what carries bundles: short enough for a list, with examples that name what there is."""

import shlex
from collections.abc import Iterator

import click
import pytest

from coderev.cli import coderev

FAMILIES = ("bundle", "update", "keys")


def commands() -> Iterator[tuple[str, click.Command]]:
    for family in FAMILIES:
        group = coderev.get_command(click.Context(coderev), family)
        assert isinstance(group, click.Group)
        context = click.Context(group)
        for name in group.list_commands(context):
            command = group.get_command(context, name)
            assert command is not None
            yield f"{family} {name}", command


COMMANDS = dict(commands())


def examples_of(command: click.Command) -> str:
    return (command.help or "").partition("\nExamples:\n")[2]


@pytest.mark.parametrize("name", COMMANDS)
def test_a_list_of_commands_cuts_no_sentence(name: str) -> None:
    assert not COMMANDS[name].get_short_help_str(60).endswith("...")


@pytest.mark.parametrize("name", COMMANDS)
def test_a_help_ends_with_examples_of_its_own_command(name: str) -> None:
    lines = examples_of(COMMANDS[name]).splitlines()

    assert lines
    assert all(line.startswith(f"  coderev {name}") for line in lines)


@pytest.mark.parametrize("name", COMMANDS)
def test_an_example_names_options_that_there_are(name: str) -> None:
    command = COMMANDS[name]
    known = {option for parameter in command.params for option in parameter.opts}
    used = {word for word in shlex.split(examples_of(command)) if word.startswith("--")}

    assert used - known == set()
