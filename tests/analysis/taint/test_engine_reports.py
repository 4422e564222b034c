"""What a finding says: its steps, its confidence, its place; and that the same files always have the same findings."""

import itertools
import random

import pytest
from analysis.taint.programs import EXPRESS, FLASK, flows, found, javascript, marked, python

from coderev.analysis.taint import trace
from coderev.analysis.taint.project import STEPS

CHAIN = {
    "app.py": python("v = x.strip()\nrun('ls ' + v)", "from help import run\n"),
    "help.py": "import os\ndef run(command):\n    line = f'{command}!'\n    os.system(line)  # flow\n",
}


def test_the_steps_go_from_the_source_to_the_sink_in_order() -> None:
    (flow,) = flows(CHAIN)

    texts = [CHAIN[step.path].encode()[step.start : step.end].decode() for step in flow.steps]
    assert texts[0] == "request.args"
    assert texts[-1] == "os.system(line)"
    assert [step.path for step in flow.steps] == sorted(
        (step.path for step in flow.steps), key=["app.py", "help.py"].index
    )
    ends = [(step.path, step.end) for step in flow.steps]
    assert ends == sorted(ends)


def test_the_first_step_says_where_the_value_comes_from_and_the_last_what_it_reaches() -> None:
    (flow,) = flows(CHAIN)

    assert "request" in flow.steps[0].note
    assert flow.rule.title in flow.steps[-1].note
    assert any("run" in step.note for step in flow.steps)


def test_the_source_is_told_by_unit_and_kind() -> None:
    (flow,) = flows(CHAIN)

    assert flow.source == "view\0request"


def test_every_step_is_a_span_of_its_file() -> None:
    for flow in flows(CHAIN):
        for step in flow.steps:
            assert 0 <= step.start < step.end <= len(CHAIN[step.path].encode())


@pytest.mark.parametrize(
    ("body", "confidence"),
    [
        ("os.system(x)", "high"),
        ("os.system('ls ' + x.strip())", "high"),
        ("os.system(unknown(x))", "medium"),
        ("os.system(change(x))", "medium"),
        ("os.system(obj.method(x))", "medium"),
        ("os.system(unknown(x) if y else x)", "high"),
    ],
)
def test_a_finding_is_sure_where_every_step_is_known(body: str, confidence: str) -> None:
    (flow,) = flows({"app.py": python(body, "from elsewhere import change\n")})

    assert flow.confidence == confidence


def test_what_only_some_files_are_asked_for_is_told_of_these() -> None:
    files = {path: text.encode() for path, text in CHAIN.items()}

    assert trace(files, only=frozenset(["app.py"])).flows == ()
    assert len(trace(files, only=frozenset(["help.py"])).flows) == 1


def test_one_sink_that_two_sources_reach_is_two_flows() -> None:
    (one, other) = flows({"app.py": python("os.system(x + request.form['z'])")})

    assert (one.rule, one.start) == (other.rule, other.start)
    assert one.steps[0].start < other.steps[0].start


PROJECT = {
    "app.py": python("help.run(x)\nos.system(store.last)", "import help, store\n"),
    "help.py": "import os, store\ndef run(v):\n    store.put(v)\n    os.system(v)\n",
    "store.py": "last = ''\ndef put(v):\n    global last\n    last = v\n",
    "other.py": python("os.system(y)\nv = open(x).read()"),
    "app.js": javascript("run(x); exec(y);", "const { run } = require('./run');\n"),
    "run.js": "const { exec } = require('child_process');\nexports.run = (v) => exec(v);\n",
}


def test_two_runs_find_the_same() -> None:
    assert flows(PROJECT) == flows(PROJECT)


@pytest.mark.parametrize("seed", range(4))
def test_the_order_of_the_files_does_not_matter(seed: int) -> None:
    names = sorted(PROJECT)
    random.Random(seed).shuffle(names)

    assert flows({name: PROJECT[name] for name in names}) == flows(PROJECT)


def test_a_file_that_nothing_leads_to_changes_nothing() -> None:
    more = PROJECT | {"zzz.py": "import os\ndef f(v):\n    return v\n", "zzz.js": "exports.f = (v) => v;\n"}

    assert flows(more) == flows(PROJECT)


@pytest.mark.parametrize("count", [1, 40])
def test_views_that_are_alike_are_found_one_by_one(count: int) -> None:
    view = "@app.get('/{n}')\ndef view{n}():\n    v = request.args['v']\n    os.system(v)  # flow\n"
    program = {"app.py": FLASK + "".join(view.format(n=n) for n in range(count))}

    assert found(program) == marked(program)
    assert len(marked(program)) == count


# --- budgets


def branching(levels: int) -> str:
    """Functions that call the next twice each: walked again at each call they would be 2 ** levels walks."""
    functions = [f"def f{n}(v, g):\n    f{n + 1}(v, g)\n    f{n + 1}(v + 'a', g)\n" for n in range(levels)]
    return "".join(functions) + f"def f{levels}(v, g):\n    os.system(g(v))  # flow\n"


def test_callees_are_not_walked_without_end() -> None:
    program = {"app.py": python("f0(x, lambda v: v)", branching(30))}

    assert found(program) == marked(program)


def test_a_budget_that_is_spent_is_told_and_loses_no_taint() -> None:
    before = "def g(h, v):\n" + "    h(v)\n" * 200 + "    return v\n"
    program = {"app.py": python("g(lambda v: v, x)\n" * 80 + "os.system(g(lambda v: v, x))  # flow", before)}

    traced = trace({path: text.encode() for path, text in program.items()})

    assert found(program) == marked(program)
    assert str(STEPS) in traced.partly["app.py"]


def test_a_program_within_its_budget_has_nothing_unread() -> None:
    traced = trace({path: text.encode() for path, text in PROJECT.items()})

    assert (traced.unread, traced.partly) == ({}, {})


def test_a_loop_that_never_settles_is_left_after_some_rounds() -> None:
    names = [f"v{n}" for n in range(30)]
    moves = "\n".join(f"    {one} = {other}" for one, other in itertools.pairwise(names))
    program = {
        "app.py": python(
            "\n".join(f"{n} = 'ls'" for n in names) + f"\nwhile y:\n{moves}\n    v29 = x\nos.system(v29)  # flow"
        )
    }

    assert found(program) == marked(program)


# --- entries


@pytest.mark.parametrize(
    ("route", "parameter", "is_source"),
    [("<v>", "v", True), ("<path:v>", "v", True), ("<int:v>", "v", False), ("<string:v>", "v: int", True)],
)
def test_a_parameter_is_clean_only_where_the_route_enforces_its_type(
    route: str, parameter: str, *, is_source: bool
) -> None:
    program = FLASK + f"@app.get('/{route}')\ndef view({parameter}):\n    os.system('ls ' + str(v))\n"

    assert bool(found({"app.py": program})) is is_source


@pytest.mark.parametrize(
    ("annotation", "is_source"),
    [("int", False), ("str", True), ("bool", False), ("uuid.UUID", False), ("Elsewhere", True)],
)
def test_a_parameter_is_clean_where_fastapi_enforces_its_annotation(annotation: str, *, is_source: bool) -> None:
    head = "import os, uuid\nfrom fastapi import FastAPI\nfrom elsewhere import Elsewhere\napp = FastAPI()\n"
    program = f"{head}@app.get('/{{v}}')\ndef view(v: {annotation}):\n    os.system('ls ' + str(v))\n"

    assert bool(found({"app.py": program})) is is_source


@pytest.mark.parametrize(
    "program",
    [
        "import os\ndef view(v):\n    os.system(v)\n",
        "import os\nclass Task:\n    def run(self, v):\n        os.system(v)\n",
        "import os\nimport elsewhere\n@elsewhere.task\ndef view(v):\n    os.system(v)\n",
    ],
)
def test_parameters_of_functions_that_no_framework_calls_are_no_sources(program: str) -> None:
    assert found({"app.py": program}) == set()


@pytest.mark.parametrize(
    "program",
    [
        f"{EXPRESS}app.get('/', (req, res) => exec(req.query.x));\n",
        f"{EXPRESS}app.post('/', (req, res, next) => exec(req.body.x));\n",
        f"{EXPRESS}app.use((req, res, next) => exec(req.params.x));\n",
        f"{EXPRESS}app.route('/a').get((req, res) => exec(req.query.x));\n",
        f"{EXPRESS}const check = (req, res, next) => next(); app.get('/', check, (req, res) => exec(req.query.x));\n",
        f"{EXPRESS}app.get('/', [(req, res, next) => next(), (req, res) => exec(req.query.x)]);\n",
        f"{EXPRESS}function show(req, res) {{ exec(req.query.x); }}\napp.get('/', show);\n",
        f"{EXPRESS}const wrap = (f) => (a, b, c) => f(a).catch(c);\napp.get('/', wrap((a) => exec(a.query.x)));\n",
        f"{EXPRESS}const r = require('express').Router();\nr.get('/', (req, res) => exec(req.query.x));\n",
    ],
)
def test_functions_that_are_handed_to_a_router_are_entries(program: str) -> None:
    assert len(found({"app.js": program})) == 1
