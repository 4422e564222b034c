"""Where results go: data on standard output or whole files, everything else on standard error."""

import os
import sys
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from inspect import cleandoc
from pathlib import Path

import click

from coderev.errors import InputError
from coderev.files import CannotWrite, write_atomic
from coderev.finding import Result
from coderev.report import FORMATS, render, visible
from coderev.settings import environment


class OutputTwice(InputError):
    """Standard output was moved to two files."""

    message = "--output moves standard output to {first} and to {second}"
    hint = "write --output FORMAT=FILE for what comes besides; formats are " + ", ".join(FORMATS)


@dataclass(frozen=True, kw_only=True)
class Outputs:
    """One format for standard output or the file that it is moved to, and files besides."""

    format: str
    moved_to: Path | None
    besides: tuple[tuple[str, Path], ...]


def parse_outputs(format_: str, outputs: Sequence[str]) -> Outputs:
    """Read the values of `--output`: FILE moves standard output, FORMAT=FILE adds a file.

    Raises OutputTwice, and CannotWrite for a folder that is not there: nobody waits for a review to learn that.
    """
    moved_to: Path | None = None
    besides = []
    for output in outputs:
        name, equals, path = output.partition("=")
        if equals and name in FORMATS:
            besides.append((name, in_a_folder(Path(path))))
        elif moved_to is not None:
            raise OutputTwice(first=moved_to, second=output)
        else:
            moved_to = in_a_folder(Path(output))
    return Outputs(format=format_, moved_to=moved_to, besides=tuple(besides))


def examples(*commands: str) -> Callable[[click.Command], click.Command]:
    """Add lines that can be pasted and changed to the help of a command."""

    def added(command: click.Command) -> click.Command:
        command.help = f"{cleandoc(command.help or '')}\n\n\b\nExamples:\n" + "\n".join(
            f"  {each}" for each in commands
        )
        return command

    return added


def in_a_folder(path: Path) -> Path:
    """The path of a file that is to be written, if its folder is there. Raises CannotWrite."""
    if path.is_dir() or not path.parent.is_dir():
        raise CannotWrite(path=path, reason="it is a folder" if path.is_dir() else "its folder is not there")
    return path


def make_folder(path: Path) -> None:
    """Make a folder that files will be kept in. Raises CannotWrite."""
    try:
        path.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise CannotWrite(path=path, reason=error.strerror) from error


def write_outputs(result: Result, outputs: Outputs, outside_bytes: int) -> None:
    """Write every output, each wholly or not at all; one that fails keeps no other back. Raises CannotWrite."""
    files = [*outputs.besides, *([] if outputs.moved_to is None else [(outputs.format, outputs.moved_to)])]
    refused: CannotWrite | None = None
    for name, path in files:
        try:
            write_atomic(path, render(result, name, outside_bytes=outside_bytes))
        except CannotWrite as error:
            refused = error
    if outputs.moved_to is None:
        write_stdout(render(result, outputs.format, colour=on_terminal(), outside_bytes=outside_bytes))
    if refused is not None:
        raise refused


def write_stdout(content: bytes) -> None:
    """Write to standard output; a reader that has seen enough and left is no fault. Raises CannotWrite."""
    if sys.stdout is None:
        raise CannotWrite(path="standard output", reason="it is closed")
    try:
        sys.stdout.buffer.write(content)
        sys.stdout.buffer.flush()
    except OSError as error:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # or Python tries again when it ends
        if not isinstance(error, BrokenPipeError):
            raise CannotWrite(path="standard output", reason=error.strerror) from error


def write_lines(lines: Iterable[str]) -> None:
    """Write lines of plain text to standard output, unseen characters made visible. Raises CannotWrite."""
    write_stdout("".join(f"{visible(line)}\n" for line in lines).encode())


def on_terminal() -> bool:
    """Whether standard output is a terminal that may be coloured (NO_COLOR, no-color.org)."""
    return sys.stdout is not None and sys.stdout.isatty() and not environment("NO_COLOR")
