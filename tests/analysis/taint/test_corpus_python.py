"""The truth of the Python corpus is what running it shows, running it can show both, and it touches nothing real."""

import sys
from functools import cache
from pathlib import Path

import pytest

sys.path.append(str(Path(__file__).parents[3]))  # `benchmarks` is a folder of scripts, and not installed

from benchmarks.taint.corpus import Malformed, Pair, pairs, read
from benchmarks.taint.judging import Sealed, results, run
from benchmarks.taint.truth_python import Outcome, judge, judge_all

PRINCIPAL = [22, 78, 79, 89, 90, 94, 501, 502, 601, 611, 643, 918, 943]
FRAMEWORKS = ("flask", "django", "fastapi", "aiohttp", "bottle", "http.server", "wsgiref")
HALF = {"CWE-22", "CWE-78", "CWE-79", "CWE-89", "CWE-90", "CWE-94", "CWE-501"}
FLASK = "from flask import Flask, request, session\n\napp = Flask(__name__)\n\n\n"
BLOCK = "```python\nx = 1\n```\n"


def _cases(part: str) -> list[tuple[Pair, str]]:
    found = pairs("python", "open" if part == "open" else "sealed")
    return [(pair, label) for pair in found if pair.cwe in HALF for label in ("vulnerable", "safe")]


def _name(case: tuple[Pair, str]) -> str:
    return f"{case[0].cwe}-{case[0].name}-{case[1]}"


@cache
def _outcomes(part: str) -> dict[str, Outcome]:
    cases = _cases(part)
    files = [(pair.vulnerable if label == "vulnerable" else pair.safe, pair.cwe) for pair, label in cases]
    return {_name(case): outcome for case, outcome in zip(cases, judge_all(files), strict=True)}


def _view(*lines: str, rule: str = '"/"') -> dict[str, str]:
    body = "".join(f"    {line}\n" for line in lines)
    return {"app.py": f"{FLASK}@app.route({rule}, methods=['GET', 'POST'])\ndef view(**given):\n{body}"}


@pytest.mark.parametrize("case", _cases("open"), ids=_name)
def test_running_an_open_case_shows_what_its_label_says(case: tuple[Pair, str]) -> None:
    outcome = _outcomes("open")[_name(case)]

    assert outcome.faults == ()
    assert outcome.vulnerable is (case[1] == "vulnerable")


@pytest.mark.parametrize("case", _cases("sealed"), ids=_name)
def test_running_a_sealed_case_shows_what_its_label_says(case: tuple[Pair, str]) -> None:
    outcome = _outcomes("sealed")[_name(case)]

    assert outcome.faults == ()
    assert outcome.vulnerable is (case[1] == "vulnerable")


@pytest.mark.parametrize("number", PRINCIPAL)
def test_each_principal_weakness_has_20_pairs_and_a_third_is_sealed(number: int) -> None:
    sealed = [pair for pair in pairs("python", "sealed") if pair.cwe == f"CWE-{number}"]
    found = [pair for pair in pairs("python", "open") if pair.cwe == f"CWE-{number}"]

    assert len(sealed) >= 7
    assert len(sealed) + len(found) >= 20


def test_no_program_is_sealed_and_open() -> None:
    texts = [pair.vulnerable["app.py"] for part in ("open", "sealed") for pair, _ in _cases(part)[::2]]

    assert len(set(texts)) == len(texts)


def test_every_framework_of_the_brief_is_used() -> None:
    text = "".join(text for pair, _ in _cases("open") for text in pair.vulnerable.values())

    used = {
        name for name in ("flask", "django", "fastapi", "aiohttp", "bottle", "http.server", "wsgiref") if name in text
    }

    assert used == {"flask", "django", "fastapi", "aiohttp", "bottle", "http.server", "wsgiref"}


@pytest.mark.parametrize(
    ("cwe", "line"),
    [
        ("CWE-89", "__import__('sqlite3').connect('x').execute('SELECT ' + request.args['q'])"),
        ("CWE-78", "__import__('os').system('ls ' + request.form['q'])"),
        ("CWE-22", "open('/srv/a/' + request.cookies['q'])"),
        ("CWE-79", "return request.headers['q']"),
        ("CWE-90", "__import__('ldap').initialize('x').search_s('dc=a', 2, '(cn=' + request.args['q'] + ')')"),
        ("CWE-94", "eval(request.get_json()['q'])"),
        ("CWE-501", "session['q'] = request.args['q']"),
    ],
)
def test_the_payload_that_was_harmful_is_told(cwe: str, line: str) -> None:
    outcome = judge(_view(line, "return ''"), cwe)

    assert outcome.vulnerable
    assert "zq7" in outcome.payload
    assert "zq7" in outcome.value
    assert outcome.key == "every key"


def test_a_branch_is_opened_by_what_the_program_compares_with() -> None:
    files = _view("if request.args['do'] == 'list':", "    session['x'] = request.args['x']", "return ''")

    assert judge(files, "CWE-501").key == "x"


def test_a_key_that_is_missing_lets_the_default_through() -> None:
    files = _view("session['x'] = request.args.get('a') or request.args.get('b')", "return ''")

    assert judge(files, "CWE-501").vulnerable


def test_what_is_encoded_is_sent_encoded() -> None:
    files = _view("from base64 import b64decode", "eval(b64decode(request.args['x']).decode())", "return ''")

    assert judge(files, "CWE-94").vulnerable


def test_a_route_keeps_out_what_does_not_fit_it() -> None:
    loose = judge(_view("open('/srv/a/' + str(given['x']))", "return ''", rule='"/<path:x>"'), "CWE-22")
    strict = judge(_view("open('/srv/a/' + str(given['x']))", "return ''", rule='"/<int:x>"'), "CWE-22")

    assert (loose.vulnerable, strict.vulnerable) == (True, False)


def test_expansions_within_double_quotes_are_structure() -> None:
    double = """__import__('os').system('echo "%s"' % request.args['x'].replace('"', ''))"""
    single = """__import__('os').system("echo '%s'" % request.args['x'].replace("'", ''))"""

    outcomes = judge_all([(_view(line, "return ''"), "CWE-78") for line in (double, single)])

    assert [outcome.vulnerable for outcome in outcomes] == [True, False]


def test_a_program_that_always_fails_is_not_called_safe() -> None:
    outcome = judge(_view("raise KeyError(request.args['x'])"), "CWE-89")

    assert outcome.faults[:2] == ("view: KeyError('7')", "view: KeyError('alice')")
    assert not outcome.vulnerable


def test_a_program_that_does_not_compile_is_not_called_safe() -> None:
    assert "SyntaxError" in judge({"app.py": "def"}, "CWE-89").faults[0]


def test_what_no_stand_in_covers_is_refused(tmp_path: Path) -> None:
    target = tmp_path / "made"

    outcome = judge(_view(f"__import__('os').link('/etc/hostname', {str(target)!r})", "return ''"), "CWE-22")

    assert "Forbidden" in outcome.faults[0]
    assert not target.exists()


def test_nothing_real_is_run_or_written(tmp_path: Path) -> None:
    target = tmp_path / "made"

    judge(
        _view(f"__import__('os').system('touch {target}')", f"open({str(target)!r}, 'w').write('x')", "return ''"),
        "CWE-78",
    )

    assert not target.exists()


def test_one_program_leaves_nothing_to_the_next() -> None:
    first = _view("__import__('os').system = None", "return ''")
    second = _view("__import__('os').system(request.args['x'])", "return ''")

    outcomes = judge_all([(first, "CWE-78"), (second, "CWE-78")])

    assert [outcome.vulnerable for outcome in outcomes] == [False, True]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("# CWE-7: x\n", "first line"),
        (f"# CWE-89: x\n## a\nwhat\n### safe\n{BLOCK}", "must follow"),
        (f"# CWE-89: x\n## a\n### vulnerable\n{BLOCK}### safe\n{BLOCK}", "turn on"),
        (f"# CWE-89: x\n## a\nwhat\n### vulnerable\n{BLOCK}### safe\n{BLOCK}", "twins are one"),
        (f"# CWE-89: x\n## a\nwhat\n### vulnerable\n{BLOCK}{BLOCK}### safe\n{BLOCK}", "twice"),
        ("# CWE-89: x\n## a\nwhat\n### vulnerable\n```python\n# file: b.py\n```\n### safe\n", "no file"),
    ],
)
def test_a_file_of_the_corpus_that_is_not_well_written_is_refused(text: str, told: str) -> None:
    with pytest.raises(Malformed, match=told):
        read(text, "CWE-89", "app.py")


def test_blocks_name_their_files_and_pairs_what_else_counts() -> None:
    other = "```python\n# file: b.py\ny = 1\n```\n"
    text = f"# CWE-78: x\n## a\nwhat\nAlso: CWE-88\n### vulnerable\n{BLOCK}{other}### safe\n{BLOCK}"

    (pair,) = read(text, "CWE-78", "app.py")

    assert pair == Pair(
        cwe="CWE-78",
        name="a",
        what="what",
        also=("CWE-88",),
        vulnerable={"app.py": "x = 1\n", "b.py": "# file: b.py\ny = 1\n"},
        safe={"app.py": "x = 1\n"},
    )


def test_an_equivalent_weakness_counts_as_found() -> None:
    pair = Pair(cwe="CWE-94", name="a", what="b", vulnerable={"app.py": "1"}, safe={"app.py": "2"}, also=("CWE-78",))

    def told(cwe: str) -> list[bool]:
        return [result.found for result in results((pair,), lambda _files: frozenset({cwe}))]

    assert (told("CWE-95"), told("CWE-78"), told("CWE-79")) == ([True, True], [True, True], [False, False])


def test_the_sealed_part_is_run_three_times_and_tells_no_cases(tmp_path: Path) -> None:
    log = tmp_path / "runs.md"

    told = [run("python", "sealed", lambda _files: frozenset(), log)[1] for _ in range(3)]
    with pytest.raises(Sealed):
        run("python", "sealed", lambda _files: frozenset(), log)

    assert told == [[], [], []]
    assert log.read_text().count("principal: recall 0.000") == 3


def test_an_open_run_tells_what_is_wrong() -> None:
    table, wrong = run("python", "open", lambda _files: frozenset())

    assert table.macro.recall.value == 0.0
    assert {result.vulnerable for result in wrong} == {True}
