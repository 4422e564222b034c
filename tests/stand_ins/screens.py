"""Runs the screens of a page: each `console` block is a list of commands after `$ `, and what they print.

    run_page(ROOT / "docs/howto/keys.md", folder, env)

All blocks run in their order, in one folder; `cd` lasts, as it does on a screen. A command must succeed, and print the
lines that follow it: `…` stands for anything within a line, a line of nothing but `…` for any number of lines. Standard
error is not part of a screen where a command succeeds. A command goes on where a line ends with a backslash.

What a reader does or sees elsewhere, such as on a forge's pages, is a comment `<!-- by hand: NAME -->`, with the block
of text that follows it, if one does: the caller has a function for each name, which gets that text.
"""

import re
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

SECONDS = 120


@dataclass(frozen=True, kw_only=True)
class Screen:
    """One command and the lines that it should print."""

    command: str
    expected: list[str]
    line: int  # of the page


Hands = Mapping[str, Callable[[str], None]]


def by_hand(page: Path) -> list[tuple[int, str, str]]:
    """The line, the name, and the text of each thing that a reader does or sees elsewhere."""
    found = re.finditer(
        r"^<!-- by hand: (.+) -->\n(?:\n?```text\n((?:.*\n)*?)```\n)?", page.read_text(encoding="utf-8"), re.MULTILINE
    )
    return [(each.string.count("\n", 0, each.start()) + 1, each[1], each[2] or "") for each in found]


def screens_of(page: Path) -> Iterator[Screen]:
    """The commands of all console blocks of a page."""
    inside, command, expected, start, indent = False, "", list[str](), 0, ""
    for number, line in enumerate(page.read_text(encoding="utf-8").splitlines(), start=1):
        text = line.removeprefix(indent) if inside else line
        fence = text.strip().startswith("```")
        if inside and (fence or text.startswith("$ ")) and command:
            yield Screen(command=command, expected=expected, line=start)
            command, expected = "", []
        if fence:
            inside = not inside and text.strip() == "```console"
            indent = text[: text.index("`")]
        elif inside and text.startswith("$ "):
            command, start = text.removeprefix("$ "), number
        elif inside and command.endswith("\\") and not expected:
            command = command.removesuffix("\\").rstrip() + " " + text.strip()
        elif inside:
            expected.append(text)


def run_page(page: Path, folder: Path, env: Mapping[str, str], hands: Hands | None = None) -> list[Screen]:
    """Run all commands of a page in a folder; the first screen that is another than the page says fails the test."""
    ran, waiting = [], by_hand(page)
    assert {name for _, name, _ in waiting} == set(hands or {})
    for screen in screens_of(page):
        _do(hands or {}, waiting, screen.line)
        if moved := re.fullmatch(r"cd (\S+)", screen.command):
            folder = (folder / moved[1]).resolve()
        else:
            _check(page, screen, folder, env)
        ran.append(screen)
    _do(hands or {}, waiting, sys.maxsize)
    return ran


def _do(hands: Hands, waiting: list[tuple[int, str, str]], line: int) -> None:
    """Do by hand what stands before a line of the page."""
    while waiting and waiting[0][0] < line:
        _, name, text = waiting.pop(0)
        hands[name](text)


def shows(expected: str, text: str) -> bool:
    """Whether a text is what a page says, where `…` stands for anything, as in a screen."""
    return re.fullmatch("".join(map(_pattern, expected.splitlines())), text.rstrip("\n") + "\n") is not None


def _check(page: Path, screen: Screen, folder: Path, env: Mapping[str, str]) -> None:
    done = subprocess.run(
        ["sh", "-c", screen.command], cwd=folder, env=env, capture_output=True, text=True, check=False, timeout=SECONDS
    )
    where = f"{page.name}:{screen.line}: $ {screen.command}"
    assert done.returncode == 0, f"{where}\nexit status {done.returncode}\n{done.stdout}{done.stderr}"
    pattern = "".join(map(_pattern, screen.expected))
    assert re.fullmatch(pattern, done.stdout), (
        f"{where}\nthe page says\n{chr(10).join(screen.expected)}\nand it printed\n{done.stdout}{done.stderr}"
    )


def _pattern(line: str) -> str:
    if line.strip() == "…":
        return r"(?:.*\n)*?"
    return ".*".join(map(re.escape, line.split("…"))) + r"\n"


def command_folder(folder: Path) -> Path:
    """A folder for PATH with the command `coderev` of this source tree."""
    folder.mkdir(parents=True, exist_ok=True)
    command = folder / "coderev"
    command.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m coderev "$@"\n')
    command.chmod(0o755)
    return folder
