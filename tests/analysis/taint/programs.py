"""Small programs for the engine's tests: a line that ends with `flow` in a comment is a sink that a source reaches."""

import re
from collections.abc import Callable, Mapping
from pathlib import Path
from textwrap import dedent, indent

from coderev.analysis.taint import trace
from coderev.analysis.taint.flow import Flow

FLASK = "import os, shlex\nfrom flask import Flask, request\napp = Flask(__name__)\n"
EXPRESS = "const { exec } = require('child_process');\nconst app = require('express')();\n"
_MARK = re.compile(r"(?:#|//) flow\b")
Files = Mapping[str, str]
CLAIMS = Path(__file__).parent / "cases" / "engine"
_CLAIM = re.compile(r"^## +(.+)$", re.MULTILINE)
_BLOCK = re.compile(r"^```\w+\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_FILE = re.compile(r"\A(?:#|//) file: (\S+)\n")


def python(body: str, before: str = "") -> str:
    """A Flask program: some definitions, then a view with `x` and `y` from the request and some lines."""
    head = (
        f"{FLASK}{dedent(before)}\n@app.get('/')\ndef view():\n    x = request.args['x']\n    y = request.args['y']\n"
    )
    return head + indent(dedent(body), "    ")


def javascript(body: str, before: str = "") -> str:
    """An Express program: some definitions, then a handler with `x` and `y` from the request and some lines."""
    head = (
        f"{EXPRESS}{dedent(before)}\napp.get('/', async (req, res) => {{\n  const x = req.query.x, y = req.query.y;\n"
    )
    return f"{head}{indent(dedent(body), '  ')}\n}});\n"


def flows(files: Files) -> tuple[Flow, ...]:
    """All that the engine finds in some files."""
    return trace({path: text.encode() for path, text in files.items()}).flows


def found(files: Files, rule: str = "command-injection") -> set[tuple[str, int]]:
    """The lines with a finding of a rule, by path, counted from 1."""
    return {
        (flow.path, files[flow.path].encode()[: flow.start].count(b"\n") + 1)
        for flow in flows(files)
        if flow.rule.id == rule
    }


def marked(files: Files) -> set[tuple[str, int]]:
    """The lines that say that a finding is there."""
    return {
        (path, number)
        for path, text in files.items()
        for number, line in enumerate(text.splitlines(), 1)
        if _MARK.search(line)
    }


def shown(files: Files) -> tuple[set[tuple[str, int]], set[tuple[str, int]]]:
    """The lines that are found, and those that are marked."""
    return found(files), marked(files)


def claims(path: Path) -> tuple[str, dict[str, Files]]:
    """The rule that a file of claims is about, which is the last word of its heading, and the program of each claim.

    A program is some blocks that name their files, or the lines of a handler, with what stands before the handler in a
    block of its own.
    """
    head, *parts = _CLAIM.split(path.read_text("utf-8"))
    write = python if ".python." in path.name else javascript
    found = {claim: _BLOCK.findall(text) for claim, text in zip(parts[::2], parts[1::2], strict=True)}
    return head.split()[-1], {claim: _files(blocks, write) for claim, blocks in found.items()}


def _files(blocks: list[str], write: Callable[[str, str], str]) -> Files:
    named = {match[1]: block for block in blocks if (match := _FILE.match(block))}
    before, body = ("", *blocks)[-2:]
    return named or {"app.py" if write is python else "app.js": write(body, before)}
