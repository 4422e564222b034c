"""Where the engine stops following, it takes nothing as clean: what is cut reaches more, and is told as less sure."""

from dataclasses import dataclass

import pytest
from analysis.taint.programs import flows, javascript, python

from coderev.analysis.taint import LANGUAGES, trace
from coderev.analysis.taint.deep import TOLD, pass_over, value_of
from coderev.analysis.taint.engine import catalogue
from coderev.analysis.taint.form import Evaluate
from coderev.analysis.taint.lowering import lower
from coderev.analysis.taint.project import Project
from coderev.analysis.taint.root import MAX_HITS
from coderev.analysis.taint.run import Run
from coderev.analysis.taint.state import State
from coderev.analysis.taint.summaries import summary_of, symbolic_parameters
from coderev.analysis.taint.value import FunctionSite, Value
from coderev.syntax import parse

LEVELS = 60  # blocks in one another, in one function


def told(files: dict[str, str]) -> set[tuple[str, str, str]]:
    """What is found: the rule, the code of the sink, and how sure it is."""
    return {(flow.rule.id, files[flow.path][flow.start : flow.end], flow.confidence) for flow in flows(files)}


def test_beyond_the_most_sinks_of_a_function_each_rule_still_reaches_the_callers_of_each_parameter() -> None:
    many = "    os.system(v)\n" * (MAX_HITS + 50)
    more = "    eval(v)\n    eval(v + 'a')\n    open(w)\n"
    program = {"app.py": python("f(x, y)", f"def f(v, w):\n{many}{more}")}

    found = told(program)

    assert ("command-injection", "os.system(v)", "high") in found
    assert ("command-injection", "os.system(v)", "medium") in found
    assert {each for each in found if each[0] != "command-injection"} == {
        ("code-injection", "eval(v)", "medium"),
        ("path-traversal", "open(w)", "medium"),
    }
    assert str(MAX_HITS) in trace({"app.py": program["app.py"].encode()}).partly["app.py"]


def test_a_sink_that_stands_for_many_fears_what_any_of_them_does() -> None:
    many = "    os.system(v['a'])\n" * MAX_HITS
    more = "    eval(v['b'])\n    eval(v['c'])\n"
    program = python("f({'a': 1, 'b': 2, 'c': x})", f"def f(v):\n{many}{more}")

    assert ("code-injection", "eval(v['b'])", "medium") in told({"app.py": program})


def test_what_is_clean_for_a_sink_stays_so_beyond_the_most() -> None:
    many = "    os.system(v)\n" * (MAX_HITS + 50)
    program = python("f('a', y)", f"def f(v, w):\n{many}    eval(v)\n    open(int(w))\n")

    assert told({"app.py": program}) == set()


def nested(name: str, line: str) -> str:
    """A function that says something below many conditions."""
    blocks = "".join(f"{' ' * level}if v:\n" for level in range(1, LEVELS + 1))
    return f"def {name}(v):\n{blocks}{' ' * (LEVELS + 1)}{line}\n return v\n"


@pytest.mark.parametrize("length", [3, 8, 30])
def test_functions_that_call_each_other_from_deep_below_conditions_lose_nothing(length: int) -> None:
    chain = "".join(nested(f"f{number}", f"v = f{number + 1}(v)") for number in range(length))
    program = {"app.py": python("os.system(f0(x))", chain + nested(f"f{length}", "eval(v)"))}

    assert told(program) == {
        ("code-injection", "eval(v)", "high"),
        ("command-injection", "os.system(f0(x))", "high"),
    }
    assert trace({"app.py": program["app.py"].encode()}).partly == {}


def script(name: str, line: str) -> str:
    return f"function {name}(v, g) {{ {'if (v) {' * 90} {line} {'}' * 90} return v; }}\n"


def test_a_sink_that_callbacks_lead_to_too_deep_is_told_as_less_sure() -> None:
    lines = ["v = f1(v);", "v = h0(v, (w) => last(w));", "v = h1(v, g);", "v = h2(v, g);", "v = g(v); eval(v);"]
    functions = map(script, ("f0", "f1", "h0", "h1", "h2"), lines)
    program = {"app.js": javascript("exec(f0(x));", "".join(functions) + "function last(w) { return w; }\n")}

    assert ("code-injection", "eval(v)", "medium") in told(program)
    assert trace({"app.js": program["app.js"].encode()}).partly == {"app.js": TOLD}


@dataclass
class Passed:
    """A function `f` whose body was passed over."""

    run: Run

    @property
    def sinks(self) -> set[tuple[str, int, bool]]:
        """The rules that its parameters break, by the parameter's number, and whether that is sure."""
        return {(hit.sink.rule, hit.label.index, hit.sink.sure and hit.mark.sure) for hit in self.run.root.hits}

    def variable(self, name: str) -> Value:
        found = self.run.now.variable(self.run.frames[0][0], name)
        assert found is not None
        return found


def function(project: Project, name: str) -> FunctionSite:
    """The function of a name."""
    (outline,) = (each for each in project.outlines() if each.name == name)
    site = project.top(outline.identity)
    assert site is not None
    return site


def entered(text: str, path: str = "app.py") -> Passed:
    """A function `f` at its beginning."""
    language = "python" if path.endswith(".py") else "javascript"
    module = lower(parse(text.encode(), language), path)
    assert module is not None
    project = Project.of({path: module}, lambda name: catalogue(None, LANGUAGES[name]))
    project.load(path)
    site = function(project, "f")
    frame, state = project.new_frame(), State()
    state.enter(frame)
    frames = ((frame, site.function.bound | {"this"}), *site.frames)
    run = Run(project=project, file=project.file(path), function=site.function, frames=frames, state=state, key=("f",))
    for name, value in symbolic_parameters(run, site).items():
        state.assign(frame, name, value)
    return Passed(run)


def passed(text: str, path: str = "app.py") -> Passed:
    found = entered(text, path)
    pass_over(found.run, found.run.function.body)
    return found


def indices(value: Value) -> set[tuple[int, bool]]:
    """The numbers of the parameters that a value may come from, and whether that is sure."""
    return {(label.index, mark.sure) for label, mark in value.taint.items() if label.kind == "parameter"}


BOTH = {(0, False), (1, False)}


@pytest.mark.parametrize(
    ("line", "rule"),
    [
        ("os.system(v)", "command-injection"),
        ("x = [y for y in [eval(v)]]", "code-injection"),
        ("subprocess.run(v, shell=True)", "command-injection"),
        ("sqlite3.connect('a').cursor().execute(v)", "sql-injection"),
    ],
)
def test_a_sink_with_a_name_is_judged_where_code_is_passed_over(line: str, rule: str) -> None:
    found = passed(f"import os, sqlite3, subprocess\ndef f(v, w):\n    {line}\n    return w\n")

    assert {(rule, 0, False), (rule, 1, False)} <= found.sinks


def test_a_store_with_a_name_is_judged_where_code_is_passed_over() -> None:
    found = passed("function f(v) { document.body.innerHTML = v; }", "app.js")

    assert ("cross-site-scripting", 0, False) in found.sinks


def test_a_variable_whose_name_says_what_it_is_for_is_judged_where_code_is_passed_over() -> None:
    found = passed("import hashlib\ndef f(v):\n    session_token = v\n")

    assert [index for _, index, is_sure in found.sinks if not is_sure] == [0]


def test_what_a_function_of_the_project_does_is_judged_where_code_is_passed_over() -> None:
    text = "def g(v):\n    eval(v)\ndef f(v):\n    g(v)\n"
    found = entered(text)
    summary_of(found.run.project, function(found.run.project, "g"))
    pass_over(found.run, found.run.function.body)

    assert ("code-injection", 0, False) in found.sinks


@pytest.mark.parametrize(
    "line", ["x = w", "x: str = w", "x, (*y, z) = w", "for x in w: pass", "(x := w)", "x = g(w, v)", "import x"]
)
def test_a_variable_may_hold_all_that_goes_in(line: str) -> None:
    found = passed(f"def f(v, w):\n    x = 'a'\n    {line}\n    g(v, w)\n")

    assert indices(found.variable("x")) == BOTH
    assert found.variable("x").constants is None


def test_what_is_assigned_may_also_not_be() -> None:
    found = entered("def f(v):\n    v = 'a'\n")
    before = found.variable("v")
    pass_over(found.run, found.run.function.body)

    assert {label.index for label in before.taint} == {label.index for label in found.variable("v").taint} == {0}


def test_an_object_may_hold_all_that_goes_in_and_every_way_out_is_taken() -> None:
    found = passed(
        "def f(v, w):\n    w.append(v)\n    if v:\n        return 1\n    yield v\n    raise v\n"
        "    def inner():\n        return None\n"
    )

    run = found.run
    held = [value for cells in run.now.heap.values() for value in cells.values()]
    assert any({0, 1} <= {index for index, _ in indices(value)} for value in held)
    ways = [*(value for value, _ in run.returns), *run.yields, *run.thrown[-1]]
    assert list(map(indices, ways)) == [BOTH] * 3
    assert run.state is not None


def test_a_loop_is_left_where_code_that_is_passed_over_leaves_it() -> None:
    found = passed("function f(v) { a: for (;;) { break a; } for (;;) { continue; } }", "app.js")

    assert {"break a", "continue"} <= found.run.exits.keys()


def test_a_source_with_a_name_is_one_where_code_is_passed_over() -> None:
    found = passed("from flask import request\ndef f():\n    x = request.args['a']\n    y = input()\n")

    assert {label.kind for label in found.variable("x").taint} >= {"request"}
    assert {label.kind for label in found.variable("y").taint} == {label.kind for label in found.variable("x").taint}


def test_where_nothing_goes_in_nothing_is_judged() -> None:
    found = passed("import os\ndef f():\n    os.system('a')\n    return 'a'\n")

    assert found.sinks == set()
    assert [indices(value) for value, _ in found.run.returns] == [set()]


def test_an_expression_gives_all_that_goes_in() -> None:
    found = entered("def f(v, w):\n    (lambda: [v, {'a': str(w)}])()\n")
    (statement,) = found.run.function.body
    assert isinstance(statement, Evaluate)

    assert indices(value_of(found.run, statement.value)) == BOTH


def test_what_no_way_leads_to_does_nothing() -> None:
    found = entered("def f(v):\n    return v\n")
    found.run.state = None

    pass_over(found.run, found.run.function.body)

    assert found.run.returns == []
