"""Files that are made, or broken, so that the engine fails or never ends: it does neither, and says what it cut."""

import itertools
import json
import re
import sys
import sysconfig
from collections.abc import Callable
from pathlib import Path

import pytest
from analysis.taint.programs import EXPRESS, FLASK, found, javascript, marked, python
from hypothesis import given, settings
from hypothesis import strategies as st

from coderev.analysis.taint import trace
from coderev.analysis.taint.flow import Traced
from coderev.analysis.taint.root import MAX_HITS

LIBRARY = Path(sysconfig.get_path("stdlib"))
REAL = {
    f"{name}.py": (LIBRARY / f"{name}.py").read_bytes() for name in ("shlex", "cgitb", "netrc", "pipes", "webbrowser")
}
LOOP = "const { a, ...rest } = req.body;\nfor (const k in rest) { o[k][y] = rest[k]; }\nexec(`${x}`);"
SCRIPTS = {
    "app.js": javascript(LOOP, "const o = {};\n"),
    "app.ts": "export class A<T> { private v?: T; async get(n: number): Promise<T> { return await this.v!; } }\n",
    "app.jsx": "const A = ({ a, ...p }) => <i {...p} dangerouslySetInnerHTML={{ __html: a }}>{a && <b>{a}</b>}</i>;\n",
    "app.py": python(
        "import re\nfor k, v in request.form.items():\n    if m := re.match('a', v):\n        os.system(m[0])"
    ),
}
_WORDS = """
    ( ) { } : ; , . = [ ] ** * => ...x `${x}` f() x.y x[0] os.system(x) exec(x) request.args['x'] req.query.x x()
    require('./b') def if else for in while try except finally with as class return yield await async lambda global
    nonlocal del raise assert match case super self this function new export default
"""
WORDS = (*re.findall(r"\S+", _WORDS), "import b", "from b import *", "\n", "\n    ", "\n  ")


def traced(files: dict[str, bytes]) -> Traced:
    """What the engine says of any files: each flow stands in its file, and what it reports of files is of these."""
    result = trace(files)

    for flow in result.flows:
        assert 0 <= flow.start <= flow.end <= len(files[flow.path])
        assert all(0 <= step.start <= step.end <= len(files[step.path]) for step in flow.steps)
    assert set(result.unread) | set(result.partly) <= set(files)
    return result


@settings(deadline=None, max_examples=60)
@given(st.binary(max_size=300), st.sampled_from(["a.py", "a.js", "a.ts", "a.tsx", "a.html", "a"]))
def test_any_bytes_are_traced(source: bytes, path: str) -> None:
    traced({path: source})


@settings(deadline=None, max_examples=80)
@given(st.lists(st.sampled_from(WORDS), max_size=60), st.sampled_from(["a.py", "a.js"]))
def test_any_words_are_traced(words: list[str], path: str) -> None:
    head = FLASK if path == "a.py" else EXPRESS

    traced({path: (head + " ".join(words)).encode(), "b.py": b"from a import *\nx = 1\n", "b.js": b"require('./a')\n"})


@settings(deadline=None, max_examples=60)
@given(st.data())
def test_a_damaged_file_is_traced(data: st.DataObject) -> None:
    sources = REAL | {name: text.encode() for name, text in SCRIPTS.items()}
    name = data.draw(st.sampled_from(sorted(sources)))
    source = sources[name][: data.draw(st.integers(100, 4_000))]
    cut = data.draw(st.integers(0, len(source)))
    filling = data.draw(st.one_of(st.binary(max_size=5), st.sampled_from(WORDS).map(str.encode)))

    traced({name: source[:cut] + filling + source[cut + data.draw(st.integers(0, 20)) :]})


@pytest.mark.parametrize("name", sorted(REAL))
def test_a_real_file_is_traced_in_full(name: str) -> None:
    result = traced({name: REAL[name]})

    assert (result.unread, result.partly) == ({}, {})


LEVELS = 5_000
NESTED = {
    "calls.py": python("os.system(" + "str(" * LEVELS + "x" + ")" * LEVELS + ")"),
    "sums.py": python("os.system(" + "(x + " * LEVELS + "'a'" + ")" * LEVELS + ")"),
    "lists.py": python("v = " + "[" * LEVELS + "x" + "]" * LEVELS + "\nos.system(v)"),
    "attributes.py": python("os.system(x" + ".a" * LEVELS + ")"),
    "choices.py": python("os.system(" + "x if y else " * LEVELS + "x)"),
    "ifs.py": FLASK + "".join("\t" * level + "if a:\n" for level in range(LEVELS // 10)),
    "functions.py": FLASK + "".join("\t" * level + "def f(a):\n" for level in range(LEVELS // 10)),
    "lambdas.py": python("f = " + "lambda a: " * LEVELS + "a\nf(x)"),
    "calls.js": javascript("exec(" + "f(" * LEVELS + "x" + ")" * LEVELS + ");"),
    "arrows.js": javascript("const f = " + "(a) => " * LEVELS + "exec(x); f(x);"),
    "blocks.js": javascript("{" * LEVELS + "exec(x);" + "}" * LEVELS),
    "objects.js": javascript("const o = " + "{a:" * LEVELS + "x" + "}" * LEVELS + "; exec(o);"),
    "open.js": "(" * LEVELS,
    "elements.jsx": "const a = " + "<a>" * LEVELS,
}


@pytest.mark.parametrize("path", NESTED)
def test_what_nests_without_end_is_traced_and_told(path: str) -> None:
    result = traced({path: NESTED[path].encode()})

    assert path in result.partly | result.unread


@pytest.mark.parametrize("path", ["calls.py", "sums.py", "attributes.py", "calls.js"])
def test_taint_below_the_deepest_level_is_not_lost(path: str) -> None:
    files = {path: NESTED[path]}

    assert len(found(files)) == 1


def test_a_long_chain_of_calls_nests_nothing() -> None:
    source = javascript("p" + ".then((v) => v)" * LEVELS + ".then((v) => exec(x));")

    assert traced({"app.js": source.encode()}).partly == {}
    assert len(found({"app.js": source})) == 1


SHADOWS = "str = int = len = open = list = dict = print = isinstance = super = lambda *v: v\n"


@pytest.mark.parametrize(
    "files",
    [
        {"app.py": python("f(x)", "def f(v):\n    return f(v)\n")},
        {"app.py": python("f(x)", "def f(v):\n    return [f(p) for p in v] + [f]\n")},
        {"app.py": python("a = [x]\na.append(a)\na[0] = a\nos.system(str(a))")},
        {"app.py": python("d = {}\nd[0] = d\nd[d[0][0]] = x\nos.system(str(d))")},
        {"app.py": python("f = lambda g: g(g)\nf(f)")},
        {"app.py": python("from app import view\nview()\nimport app\napp.app.view()")},
        {
            "app.py": python(
                "A(x).a.b.a.v", "class A:\n    def __init__(self, v):\n        self.a = A(v)\n        self.a.b = self\n"
            )
        },
        {"app.py": python("x.f()", "class A(A):\n    pass\nclass B(C):\n    pass\nclass C(B):\n    pass\n")},
        {"app.py": python("os.system(str(x))", SHADOWS)},
        {"app.py": python("f(x)", "@f\ndef f(v):\n    return v\n")},
        {"a.py": "from b import *\n", "b.py": "from c import *\n", "c.py": "from a import *\nfrom b import x\n"},
        {"a/__init__.py": "from . import *\nfrom .a import a\n", "a/a.py": "from . import a\nimport a.a.a\n"},
        {"a.js": "module.exports = require('./b');\n", "b.js": "module.exports = require('./a');\n"},
        {"a.mjs": "export * from './b.mjs';\nexport * from './a.mjs';\n", "b.mjs": "export * from './a.mjs';\n"},
        {"a.js": "function f() { return this.f(); } f.prototype = f; f.prototype.prototype = new f(); new f().f();\n"},
        {"a.js": "const p = new Promise((r) => r(p)); p.then((v) => p).then(p.then); Promise.all(p).then(Promise);\n"},
        {"a.js": "var undefined = 1, require = require; exports = exports = this; (function () { this(); })();\n"},
        {"a.js": "class A extends A { constructor() { super(super()); this.x = super.x(); } }\nnew A().x;\n"},
    ],
    ids=lambda files: "".join(files.values())[-60:].strip().replace("\n", " "),
)
def test_what_refers_to_itself_is_traced(files: dict[str, str]) -> None:
    traced({path: text.encode() for path, text in files.items()})


def circle(size: int) -> dict[str, str]:
    """Functions that call each other in a circle, each with a sink."""
    one = "def f{}(v, w):\n    if w:\n        os.system(v)  # flow\n    return f{}(v, w)\n"
    before = "".join(one.format(n, (n + 1) % size) for n in range(size))
    return {"app.py": python("os.system(f0(x, int(y)))  # flow", before)}


def test_a_circle_of_functions_ends_and_hands_on() -> None:
    program = circle(150)

    assert found(program) == marked(program)


def test_a_circle_of_a_thousand_functions_ends_and_what_is_left_out_is_told() -> None:
    result = traced({path: text.encode() for path, text in circle(1_000).items()})

    assert MAX_HITS < len(result.flows) < 1_000
    assert str(MAX_HITS) in result.partly["app.py"]


def test_a_circle_of_files_ends_and_hands_on() -> None:
    files = {
        f"m{n}.py": f"import os\nimport m{(n + 1) % 60} as after\ndef f(v):\n    os.system(v)\n    return after.f(v)\n"
        for n in range(60)
    }

    lines = found(files | {"app.py": python("m0.f(x)", "import m0\n")})

    assert ("m0.py", 4) in lines


def measured(files: dict[str, str]) -> tuple[int, Traced]:
    """How many functions are called while files are traced, and what is found: the first is work without a clock."""
    counted = itertools.count()

    def count(_frame: object, event: str, _argument: object) -> None:
        if event == "call":
            next(counted)

    trace({"a.py": b"a", "a.js": b"a"})  # what is made once is made before
    sys.setprofile(count)
    try:
        result = trace({path: text.encode() for path, text in files.items()})
    finally:
        sys.setprofile(None)
    return next(counted), result


def repeated(line: str, times: int) -> str:
    return "".join(line.replace("%n%", str(number)) for number in range(times))


VIEW = "@app.get('/%n%')\ndef f%n%():\n    os.system(request.args['x'])\n"
HANDLER = "app.get('/%n%', (req, res) => { const v = { a: [req.query.x] }; exec(v.a[0]); });\n"
GENERATED: dict[str, Callable[[int], str]] = {
    "statements.py": lambda size: FLASK + repeated("v = request.args\n", size),
    "branches.py": lambda size: python(repeated("if y == '%n%':\n    v%n% = x\n", size // 8)),
    "views.py": lambda size: FLASK + repeated(VIEW, size // 3),
    "callees.py": lambda size: python(
        repeated("f%n%(x)\n", size // 4), repeated("def f%n%(v):\n    return v\n", size // 4)
    ),
    "table.py": lambda size: f"t = {{\n{repeated('    %n%: [1, %n%, (1, 2)],', size)}}}\n",
    "routes.js": lambda size: EXPRESS + repeated("app.get('/%n%', (req, res) => exec(req.query.x));\n", size),
    "tries.py": lambda size: python(repeated("try:\n    v%n% = {'a': x}\nexcept ValueError:\n    pass\n", size // 4)),
    "loops.py": lambda size: python(repeated("for p in y:\n    v%n% = {'a': x}\n", size // 4)),
    "objects.js": lambda size: EXPRESS + repeated(HANDLER, size // 2),
    "tests.js": lambda size: repeated(
        "describe('%n%', () => { it('a', () => { const v = { a: [1] }; ok(v.a); }); });\n", size
    ),
    "cases.js": lambda size: javascript("switch (x) {" + repeated("case '%n%': v = '%n%'; break;", size) + "}"),
}


@pytest.mark.parametrize("path", GENERATED)
def test_what_generated_files_take_is_in_proportion(path: str) -> None:
    few, many = (measured({path: GENERATED[path](lines)})[0] for lines in (400, 1_600))

    assert many < 6 * few


def test_fifty_thousand_lines_are_read_in_bounded_steps() -> None:
    view = "@app.get('/')\ndef view():\n    os.system(request.args['x'])  # flow\n"
    source = {"app.py": FLASK + "v = 'a' + 'b'\n" * 50_000 + view}

    calls, result = measured(source)

    assert calls < 250 * 50_000
    assert len(result.flows) == 1


@pytest.mark.parametrize("shape", ["{%s}", "[%s]", "(%s,)"])
def test_a_huge_literal_is_read_in_bounded_steps(shape: str) -> None:
    items = ", ".join(f"'k{n}': {n}" if shape == "{%s}" else f"'k{n}'" for n in range(20_000))
    program = {"app.py": python("os.system(TABLE[x])\nos.system(x)  # flow", f"TABLE = {shape % items}\n")}

    calls, result = measured(program)

    assert calls < 250 * 20_000
    assert len(result.flows) == 1


def test_a_huge_json_in_a_script_is_one_value() -> None:
    data = json.dumps([{"a": [n, str(n)], "b": {"c": None}} for n in range(3_000)])

    program = {"app.js": javascript("exec(data[x].a[1]);\nexec(x); // flow", f"const data = {data};\n")}

    assert found(program) == marked(program)


@pytest.mark.parametrize("encoding", ["latin-1", "utf-16", "utf-8-sig"])
def test_a_file_in_another_encoding_is_traced(encoding: str) -> None:
    traced({"app.py": python("v = 'Grüße'\nos.system(x)").encode(encoding)})
