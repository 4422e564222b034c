"""Programs of a few files that refer to each other, and what may be done to them: for what is traced again in part.

Names come from few words, so that a change in one file meets what others have under the same name.
"""

import re
from collections.abc import Callable, Mapping
from importlib.util import find_spec
from pathlib import Path

import msgspec
from hypothesis import strategies as st

from coderev.analysis.taint import Traced, trace
from coderev.analysis.taint.incremental import Known, trace_anew
from coderev.analysis.taint.records import recalled

Files = dict[str, bytes]
PATHS = ("a.py", "b.py", "pkg/__init__.py", "pkg/c.py", "pkg/d.py", "z.py")
SCRIPTS = ("a.js", "b.js", "lib/c.ts", "z.js")
_NAMES = ("f", "g", "K", "V")
_PYTHON = (
    "def {0}(x):\n    return x\n",
    "def {0}(x, y=None):\n    import os\n    os.system(x)\n    return y\n",
    "def {0}(x='a'):\n    import shlex\n    return shlex.quote(x)\n",
    "def {0}(x):\n    return {1}(x)\n",
    "def {0}(*a, **k):\n    return {1}(*a, **k) or {2}\n",
    "def {0}(x):\n    global V\n    V = x\n    return V\n",
    "def {0}():\n    global V\n    V = input()\n",
    "def {0}(x, key=lambda k: {1}(k)):\n    return key(x)\n",
    "def {0}(x):\n    def inner(y):\n        return {1}(x) + y\n    return inner\n",
    "def {0}(x):\n    if x:\n        return {1}(x[1:])\n    return {0}(x)\n",
    "def {0}(n):\n    class Local:\n        def held(self):\n            return input() + n\n    return Local()\n",
    (
        "class {0}:\n    kind = input()\n"
        "    def __init__(self, x=None):\n        self.v = x\n        self.w = input()\n"
        "    def held(self):\n        return self.w\n"
        "    def run_it(self, y):\n        eval(y)\n        return self.v\n"
    ),
    "class {0}({1}):\n    def held(self):\n        self.v = input()\n        return super().held()\n",
    "class {0}:\n    @property\n    def held(self):\n        return {1}()\n",
    "V = input()\n",
    "V = []\ndef {0}(x):\n    V.append(x)\n    return V[0]\n",
    "V = {{'k': 'a'}}\ndef {0}(x):\n    V['k'] = x\n    return V['k']\n",
    "V = {0}({1}())\n",
    "{0} = {1}\n",
    "import json\njson.loads = {0}\n",
    "import os\nos.environ['A'] = input()\n",
    "import os\ndef {0}(o):\n    os.system(o.held())\n    o.run_it(o.v)\n    return os.environ['A']\n",
    "import subprocess\nsubprocess.run({0}(input()), shell=True)\n",
    "def view(request):\n    {0}(request.GET['x'])\n    eval({1}(V))\n",
    "import flask\napp = flask.Flask('a')\n@app.route('/<x>')\ndef view(x):\n    return str({0}(x)) + str({1}(V))\n",
    "import flask\napp = flask.Flask('a')\napp.add_url_rule('/<y>', view_func={0})\n",
    "try:\n    {0}()\nexcept Exception as e:\n    print(e, {1}(str(e)))\n",
    "def {0}(:\n    return {1}\n",
    "import yaml\ndef {0}(x):\n    return yaml.load(x)\n",
    "V = '\\ud800'\ndef {0}(x, y=0x1_0000_0000_0000_0000_0000):\n    return x + '\\udfff'\n",
)
_IMPORTS = (
    "from a import {0}\n", "from b import *\n", "import pkg.c\n", "from pkg import {0}\n", "from .c import {0}\n",
    "from . import d\n", "import z\nV = z.{0}\n", "from pkg.d import {0} as g\n", "from flask import request\n",
    "from os import *\n",
)  # fmt: skip
_ECMASCRIPT = (
    "function {0}(x) {{ return x; }}\nmodule.exports = {{ {0} }};\n",
    "exports.{0} = (x) => {{ require('child_process').exec(x); return x; }};\n",
    "exports.{0} = async (x) => await {1}(x);\n",
    "let V = process.argv[2];\nexports.V = V;\nexports.{0} = (x) => {{ V = x; return V; }};\n",
    "class K {{ constructor(x) {{ this.v = x; }} held() {{ eval(this.v); return this.v; }} }}\nexports.K = K;\n",
    "const app = require('express')();\napp.get('/', (req, res) => {{ res.send({0}(req.query.x)); eval({1}(V)); }});\n",
    "export function {0}(x) {{ return [x].map({1}); }}\nexport default {0};\n",
    "new K(process.argv[2]).held();\n",
)
_REQUIRES = (
    "const {{ {0} }} = require('./a');\n", "import {0} from './b';\n", "export * from './lib/c';\n",
    "const g = require('../z').{0};\n", "import {{ {0}, V }} from './z.js';\n",
)  # fmt: skip


def _file(imports: tuple[str, ...], blocks: tuple[str, ...]) -> st.SearchStrategy[bytes]:
    names = st.tuples(*[st.sampled_from(_NAMES)] * 3)
    above = st.lists(st.tuples(st.sampled_from(imports), names), max_size=3)
    below = st.lists(st.tuples(st.sampled_from(blocks), names), max_size=4)
    return st.tuples(above, below).map(
        lambda parts: "".join(text.format(*named) for part in parts for text, named in part).encode()
    )


def _sides(paths: tuple[str, ...], file: st.SearchStrategy[bytes]) -> st.SearchStrategy[list[Files]]:
    """A program, and what it is after each of some changes: to one file, which comes, goes, moves or is another."""
    change = st.tuples(st.sampled_from(paths), st.one_of(file, st.none(), st.sampled_from(paths)))
    begin = st.dictionaries(st.sampled_from(paths), file, min_size=2)
    return st.tuples(begin, st.lists(change, min_size=1, max_size=4)).map(_changed)


def _changed(drawn: tuple[Files, list[tuple[str, bytes | str | None]]]) -> list[Files]:
    sides = [drawn[0]]
    for path, content in drawn[1]:
        files = dict(sides[-1])
        before = files.pop(path, b"")
        if isinstance(content, bytes):
            files[path] = content
        elif content is not None:
            files[content] = before
        sides.append(files)
    return sides


SIDES = st.one_of(_sides(PATHS, _file(_IMPORTS, _PYTHON)), _sides(SCRIPTS, _file(_REQUIRES, _ECMASCRIPT)))


class Following:
    """Sides that are traced one after the other, each by what is known of the one before, written down and read."""

    def __init__(self, engine: Callable[..., tuple[Traced, Known]] = trace_anew) -> None:
        self._engine = engine
        self._told: bytes | None = None

    def trace(self, files: Mapping[str, bytes]) -> Known:
        """Trace a side, which says what tracing it alone says; how much of it was new."""
        past = recalled(self._told) if self._told is not None else None
        traced, known = self._engine(files, past)
        assert msgspec.json.encode(traced) == msgspec.json.encode(trace(files))
        self._told = known.told()
        assert self._told is not None
        return known


def package(name: str) -> Files:
    """The Python files of an installed package."""
    spec = find_spec(name)
    assert spec is not None
    assert spec.origin is not None
    root = Path(spec.origin).parent
    return {str(path.relative_to(root)): path.read_bytes() for path in sorted(root.rglob("*.py"))}


def functions(content: bytes) -> list[re.Match[bytes]]:
    """The functions of a file whose heads stand on one line."""
    return list(re.finditer(rb"^( *)def \w+\([^\n]*\)[^\n]*:\n", content, re.MULTILINE))


def edited(content: bytes, line: bytes, at: float) -> bytes:
    """A file with a line more at the beginning of one of its `functions`; `at` says which, from 0 to 1."""
    found = functions(content)
    match = found[int(at * (len(found) - 1))]
    return content[: match.end()] + match[1] + b"    " + line + b"\n" + content[match.end() :]
