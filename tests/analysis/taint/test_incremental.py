"""What is traced by what is known of another side is what is traced alone, whatever changed; and only that is new."""

import os
import subprocess
import sys
from pathlib import Path

import msgspec
import pytest
from analysis.taint.changing import SIDES, Files, Following, edited, functions, package
from analysis.taint.programs import javascript, python
from hypothesis import HealthCheck, given, settings

from coderev.analysis.taint import trace
from coderev.analysis.taint.incremental import trace_anew
from coderev.analysis.taint.records import recalled

BASE: Files = {
    "app.py": python("helpers.run(helpers.clean(x))", "import helpers").encode(),
    "helpers.py": b"import os, shlex\ndef clean(v):\n    return shlex.quote(v)\n\n\ndef run(v):\n    os.system(v)\n",
    "other.py": b"def one(v):\n    return v\n\n\ndef two(v):\n    return one(v)\n\n\neval(two(input()))\n",
}
APART: Files = {
    f"apart_{number}.py": f"def f_{number}(v):\n    return v\n\n\neval(f_{number}(input()))\n".encode()
    for number in range(4)
}


@settings(deadline=None, max_examples=300, suppress_health_check=[HealthCheck.too_slow])
@given(SIDES)
def test_whatever_changes_the_flows_are_those_of_tracing_the_side_alone(sides: list[Files]) -> None:
    following = Following()

    for files in sides:
        following.trace(files)


@settings(deadline=None, max_examples=100, suppress_health_check=[HealthCheck.too_slow])
@given(SIDES)
def test_a_side_that_is_known_is_not_walked_again(sides: list[Files]) -> None:
    following = Following()
    following.trace(sides[0])

    again = following.trace(sides[0])

    assert (again.walks, again.files) == (0, 0)


@pytest.mark.parametrize("name", ["click", "jinja2", "aiohttp"])
def test_a_changed_function_of_a_real_package_is_traced_as_in_the_whole(name: str) -> None:
    files = package(name)
    following = Following()
    following.trace(files)
    paths = sorted((path for path in files if functions(files[path])), key=lambda path: len(files[path]))

    for path, line, at in (
        (paths[-1], b"import os; os.system(input())", 0.5),
        (paths[len(paths) // 2], b"self = input()", 0.0),
        (paths[0], b"return None", 1.0),
    ):
        files = {**files, path: edited(files[path], line, at)}
        following.trace(files)


def test_where_a_check_goes_in_another_file_the_flow_through_it_is_found() -> None:
    following = Following()
    following.trace(BASE)

    known = following.trace({**BASE, "helpers.py": BASE["helpers.py"].replace(b"shlex.quote(v)", b"v")})

    assert known.walks > 0
    assert [flow.path for flow in trace({**BASE, "helpers.py": b"import os\ndef run(v):\n    os.system(v)\n"}).flows]


def test_what_a_changed_file_does_not_reach_is_neither_read_nor_walked() -> None:
    following = Following()
    following.trace(APART)

    known = following.trace({**APART, "apart_1.py": APART["apart_1.py"] + b"eval(input())\n"})

    assert (known.walks, known.files) == (1, 1)  # it is loaded


def test_callers_are_not_walked_again_where_the_summary_is_the_same() -> None:
    following = Following()
    calling = {"calling.py": b"from helpers import run\ndef calls(v):\n    return run(v)\n\n\ncalls(input())\n"}
    following.trace(BASE | calling)

    same = following.trace(BASE | calling | {"helpers.py": BASE["helpers.py"] + b"    w = 1\n"})
    other = following.trace(BASE | calling | {"helpers.py": BASE["helpers.py"] + b"    return v\n"})

    assert same.walks < other.walks


def test_another_file_of_the_name_of_an_import_is_another_import() -> None:
    following = Following()
    importing = {"pkg/app.py": b"import helper\nhelper.run(input())\n", "helper.py": b"def run(v):\n    pass\n"}
    following.trace(importing)

    known = following.trace(importing | {"pkg/helper.py": b"def run(v):\n    eval(v)\n"})

    assert known.walks > 0


def test_what_one_language_brings_in_changes_all_that_the_packs_know() -> None:
    following = Following()
    following.trace(APART)

    known = following.trace(APART | {"app.js": javascript("eval(x)").encode()})

    assert known.walks > len(APART)  # other kinds of sources are feared: nothing of the past is used


def test_what_one_process_wrote_down_another_reads_whatever_the_order_of_its_sets(tmp_path: Path) -> None:
    files = package("click")
    _, known = trace_anew(files, None)
    told = known.told()
    assert told is not None
    (tmp_path / "told").write_bytes(told)
    (tmp_path / "files").write_bytes(msgspec.msgpack.encode(files))
    program = (
        "import sys, pathlib, msgspec\n"
        "from coderev.analysis.taint.incremental import trace_anew\n"
        "from coderev.analysis.taint.records import recalled\n"
        "folder = pathlib.Path(sys.argv[1])\n"
        "files = msgspec.msgpack.decode((folder / 'files').read_bytes(), type=dict[str, bytes])\n"
        "_, known = trace_anew(files, recalled((folder / 'told').read_bytes()))\n"
        "print(known.walks, known.files)\n"
    )

    ran = [
        subprocess.run(
            [sys.executable, "-c", program, str(tmp_path)],
            check=True, capture_output=True, text=True, env={**os.environ, "PYTHONHASHSEED": seed},
        ).stdout
        for seed in ("1", "2")
    ]  # fmt: skip

    assert ran == ["0 0\n"] * 2


def test_a_long_chain_of_calls_is_followed_to_its_end_again() -> None:
    lines = [f"def f{number}(v):\n    return f{number + 1}(v)\n" for number in range(200)]
    files = {"chain.py": "".join([*lines, "def f200(v):\n    eval(v)\n", "f0(input())\n"]).encode()}
    following = Following()
    following.trace(files | APART)

    following.trace(files | APART | {"chain.py": files["chain.py"].replace(b"eval(v)", b"exec(v)")})


def test_records_keep_no_more_than_twice_what_they_need() -> None:
    files = package("click")
    told: list[int] = []
    past = None
    for number in range(5):
        changed = {path: b"#" * (number + 1) + b"\n" + content for path, content in files.items()}
        _, known = trace_anew(changed, past)
        content = known.told()
        assert content is not None
        told.append(len(content))
        past = recalled(content)

    assert max(told) < 3 * told[0]
    assert told[-1] < max(told)


@pytest.mark.parametrize("odd", ["'\\ud800'", "1" + "0" * 40, "b'\\xff'", "1e999"])
def test_what_cannot_be_written_down_is_traced_as_what_can(odd: str) -> None:
    following = Following()
    files = BASE | {"odd.py": f"V = {odd}\ndef f(x=V, *, y={odd}):\n    return {{V: x, {odd}: y}}\n".encode()}
    using = {"using.py": b"import odd\neval(odd.f(input())[odd.V])\n"}
    following.trace(files)

    following.trace(files | using)
    following.trace(files | using | {"odd.py": files["odd.py"] + b"V = input()\n"})
