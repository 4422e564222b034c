"""The truth of the JavaScript corpus is what running it shows, and running it can show both."""

import shutil
import sys
from functools import cache
from pathlib import Path

import pytest

sys.path.append(str(Path(__file__).parents[3]))  # `benchmarks` is a folder of scripts, and not installed

from benchmarks.taint.corpus import Pair, pairs
from benchmarks.taint.plain_javascript import plain
from benchmarks.taint.truth_javascript import Outcome, judge, judge_all

pytestmark = pytest.mark.skipif(shutil.which("node") is None, reason="node, which runs the corpus, is not on PATH")

PRINCIPAL = [22, 78, 79, 89, 90, 94, 501, 502, 601, 611, 643, 918, 943, 1321]
TYPED = """\
import type { Kind } from 'kinds';
interface Row { id: number }
class Rows<T extends Row> {
  constructor(private readonly first: T) {}
  get(id?: number): T | undefined { return (this.first as T)!; }
}
export default new Rows<Row>({ id: 1 });
"""
EXPRESS = """\
const express = require('express');
const cp = require('child_process');
const path = require('path');
const db = require('mysql').createPool({});
const users = new (require('mongodb').MongoClient)('').db('').collection('users');
const app = express();
"""


def _cases(part: str) -> list[tuple[Pair, str]]:
    found = pairs("javascript", "open" if part == "open" else "sealed")
    return [(pair, label) for pair in found for label in ("vulnerable", "safe")]


def _name(case: tuple[Pair, str]) -> str:
    return f"{case[0].cwe}-{case[0].name}-{case[1]}"


@cache
def _outcomes(part: str) -> dict[str, Outcome]:
    cases = _cases(part)
    files = [(pair.vulnerable if label == "vulnerable" else pair.safe, pair.cwe) for pair, label in cases]
    return {_name(case): outcome for case, outcome in zip(cases, judge_all(files), strict=True)}


@pytest.mark.parametrize("case", _cases("open"), ids=_name)
def test_what_an_open_case_does_is_its_label(case: tuple[Pair, str]) -> None:
    outcome = _outcomes("open")[_name(case)]

    assert not outcome.faults
    assert outcome.vulnerable == (case[1] == "vulnerable"), outcome


@pytest.mark.parametrize("case", _cases("sealed"), ids=_name)
def test_what_a_sealed_case_does_is_its_label(case: tuple[Pair, str]) -> None:
    outcome = _outcomes("sealed")[_name(case)]

    assert not outcome.faults
    assert outcome.vulnerable == (case[1] == "vulnerable"), outcome


@pytest.mark.parametrize("number", PRINCIPAL)
def test_a_principal_weakness_has_twenty_pairs_and_a_third_of_them_is_sealed(number: int) -> None:
    cwe = f"CWE-{number}"

    count = {part: sum(pair.cwe == cwe for pair, _ in _cases(part)) // 2 for part in ("open", "sealed")}

    assert count["open"] + count["sealed"] >= 20
    assert count["sealed"] == 7


def test_a_program_that_uses_what_no_stand_in_covers_is_at_fault_and_not_safe() -> None:
    outcome = judge({"app.js": "require('unheard-of')(1);\n"}, "CWE-89")

    assert "no stand-in for unheard-of" in outcome.faults[0]


def test_a_program_without_an_entry_is_at_fault() -> None:
    outcome = judge({"app.js": "const one = 1;\n"}, "CWE-89")

    assert outcome.faults == ("the program has no entry",)


def test_a_sink_that_gets_a_constant_is_reached_and_safe() -> None:
    app = EXPRESS + "app.get('/', (req, res) => res.send('<p>hello</p>'));\n"

    outcome = judge({"app.js": app}, "CWE-79")

    assert (outcome.vulnerable, outcome.reached, outcome.faults) == (False, True, ())


JUDGED = {
    "an escape for tags does not make a script safe": (
        "CWE-79",
        "app.get('/', (req, res) => res.send(`<script>f('${req.query.q.replace(/</g, '')}')</script>`));",
        True,
    ),
    "text is safe where no client takes it for markup": (
        "CWE-79",
        "app.get('/', (req, res) => res.type('text/plain').send(req.query.q));",
        False,
    ),
    "a parameter is no part of the statement": (
        "CWE-89",
        "app.get('/:id', (req, res) => db.query('SELECT ?', [req.params.id], () => res.end()));",
        False,
    ),
    "a quote that is doubled still ends a text of MySQL behind a backslash": (
        "CWE-89",
        """app.get('/', (q, r) => db.query("SELECT '" + q.query.a.replace(/'/g, "''") + "'", () => r.end()));""",
        True,
    ),
    "double quotes do not stop a shell from substituting": (
        "CWE-78",
        """app.get('/', (req, res) => cp.exec('ls "' + req.query.a.replace(/"/g, '') + '"', () => res.end()));""",
        True,
    ),
    "single quotes stop it": (
        "CWE-78",
        """app.get('/', (req, res) => cp.exec("ls '" + req.query.a.replace(/'/g, '') + "'", () => res.end()));""",
        False,
    ),
    "a folder beside the folder is outside of it": (
        "CWE-22",
        "app.get('/', (q, r) => { const f = path.resolve('/a', q.query.f); if (f.startsWith('/a')) r.sendFile(f); });",
        True,
    ),
    "an operator inside of $eq is a value": (
        "CWE-943",
        "app.post('/', (q, r) => users.findOne({ a: { $eq: q.body.a } }, () => r.end()));",
        False,
    ),
    "an operator beside of it is one": (
        "CWE-943",
        "app.post('/', (q, r) => users.findOne({ a: q.body.a, b: { $eq: 1 } }, () => r.end()));",
        True,
    ),
    "a field is tried alone where another one would keep it from the sink": (
        "CWE-601",
        "app.get('/', (req, res) => res.redirect(req.query.safe ? '/' : req.query.to));",
        True,
    ),
    "a raw body is sent as a form too": (
        "CWE-601",
        "app.use(async (q, r) => { for await (const t of q) r.redirect(new URLSearchParams(`${t}`).get('to')); });",
        True,
    ),
    "what an error handler sends is seen": (
        "CWE-79",
        "app.get('/', (q, r, next) => next(Error(q.query.a))); app.use((e, q, r, n) => r.send(e.message));",
        True,
    ),
}


@pytest.mark.parametrize("claim", JUDGED)
def test_of_a_small_program(claim: str) -> None:
    cwe, line, vulnerable = JUDGED[claim]

    outcome = judge({"app.js": EXPRESS + line + "\n"}, cwe)

    assert outcome.faults == ()
    assert outcome.vulnerable == vulnerable, outcome


def test_what_a_page_reads_from_its_address_is_tried() -> None:
    page = "document.body.innerHTML = decodeURIComponent(location.hash.slice(1));\n"

    outcome = judge({"app.js": page}, "CWE-79")

    assert (outcome.vulnerable, outcome.sink) == (True, "html")


def test_a_method_that_no_stand_in_has_is_a_fault() -> None:
    app = EXPRESS + "app.get('/', (req, res) => res.sendWarmly(req.query.q));\n"

    outcome = judge({"app.js": app}, "CWE-79")

    assert outcome.faults == ("res.sendWarmly is not a function",)


def test_a_polluted_prototype_does_not_outlive_its_run() -> None:
    polluting = EXPRESS + "app.get('/', (req, res) => { const o = {}; o[req.query.a].x = 1; res.json(o); });\n"
    clean = EXPRESS + "app.get('/', (req, res) => res.json({}));\n"

    first, second = judge_all([({"app.js": polluting}, "CWE-1321"), ({"app.js": clean}, "CWE-1321")])

    assert first.vulnerable
    assert not second.vulnerable


def test_types_are_erased_and_what_they_assign_is_kept() -> None:
    text = plain("rows.ts", TYPED)

    assert "interface" not in text
    assert "Kind" not in text
    assert "this.first = first;" in text
    assert "exports.default = new Rows ({ id: 1 });" in text


def test_markup_in_a_script_becomes_calls() -> None:
    text = plain("page.jsx", "const page = <p className='a' {...rest}>hello {name}<br /></p>;\n")

    assert text == 'const page = jsx("p", {"className": \'a\', ...rest}, "hello ", name, jsx("br", {}));\n'
