"""Values are followed through a real repository: what a developer sees of a flow that a change opens or touches."""

import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from stand_ins.command import Ran, run_coderev
from stand_ins.repository import PaperRepository

from coderev.finding import Finding

OFFICIAL = Path(__file__).parents[3] / "shared/data/sarif-2.1.0.schema.json"
OURS = Path(__file__).parents[2] / "spec/findings.schema.json"
RULE = "taint/command-injection"
PAGES = """from flask import Flask, request

from web import jobs

app = Flask(__name__)


@app.route("/convert")
def convert():
    name = {name}
    return jobs.start(name)
"""
CLEAN = PAGES.format(name='"letter.doc"')
TAINTED = PAGES.format(name='request.args["name"]')
JOBS = """import subprocess


def start(name):
    return subprocess.run("convert " + name, shell=True, check=True)
"""


@pytest.fixture
def paper(tmp_path: Path) -> PaperRepository:
    """A site whose page starts a program with a fixed name; the branch `topic` is checked out."""
    paper = PaperRepository(tmp_path / "repository")
    paper.write("web/__init__.py", "")
    paper.write("web/pages.py", CLEAN)
    paper.write("web/jobs.py", JOBS)
    paper.write("web/notes.go", "package web\n")
    paper.commit("as it was")
    paper.branch("topic")
    return paper


def reviewed(paper: PaperRepository, *arguments: str) -> Ran:
    return run_coderev("review", *(arguments or ("main..topic",)), "--format=json", cwd=paper.folder)


def flows(ran: Ran) -> list[Finding]:
    return [finding for finding in ran.result.findings if finding.rule == RULE]


def taint_line(ran: Ran) -> Any:
    (line,) = [each for each in ran.json["coverage"]["analysers"] if each["name"] == "taint"]
    return line


def test_a_page_that_hands_on_a_parameter_opens_a_flow_in_a_file_that_did_not_change(paper: PaperRepository) -> None:
    paper.write("web/pages.py", TAINTED)
    paper.commit()

    ran = reviewed(paper)

    (finding,) = flows(ran)
    assert ran.status == 1
    assert (finding.path, finding.start_line, finding.status) == ("web/jobs.py", 5, "new")
    assert "the change opens this at web/pages.py:10" in finding.message
    assert finding.flow[0].path == "web/pages.py"
    assert finding.flow[0].code == 'name = request.args["name"]'
    assert (finding.flow[-1].path, finding.flow[-1].line) == ("web/jobs.py", 5)
    assert [each["path"] for each in ran.json["coverage"]["files"]] == ["web/pages.py"]


def test_the_middle_of_an_old_flow_may_change_and_fails_nothing(paper: PaperRepository) -> None:
    paper.write("web/pages.py", TAINTED)
    paper.commit("tainted")
    paper.git("branch", "--force", "main")
    paper.write("web/pages.py", TAINTED.replace("jobs.start(name)", 'jobs.start("letter/" + name)'))
    paper.commit("another middle")

    ran = reviewed(paper)

    (finding,) = flows(ran)
    assert ran.status == 0
    assert (finding.path, finding.status, finding.touched) == ("web/jobs.py", "existing", True)
    assert finding.flow


def test_a_change_beside_an_old_flow_says_nothing_of_it(paper: PaperRepository) -> None:
    paper.write("web/pages.py", TAINTED)
    paper.commit("tainted")
    paper.git("branch", "--force", "main")
    paper.write("web/other.py", "LIMIT = 3\n")
    paper.commit("elsewhere")

    ran = reviewed(paper)

    assert (ran.status, ran.result.findings) == (0, ())


def test_the_same_flow_has_one_fingerprint_in_a_diff_and_in_the_whole(paper: PaperRepository) -> None:
    paper.write("web/pages.py", TAINTED)
    paper.commit()

    diff, whole = (flows(reviewed(paper, asked)) for asked in ("main..topic", "--all"))

    assert [each.fingerprint for each in diff] == [each.fingerprint for each in whole]
    assert [each.flow for each in diff] == [each.flow for each in whole]


def test_explain_shows_every_step_with_its_code_and_what_would_have_been_safe(paper: PaperRepository) -> None:
    paper.write("web/pages.py", TAINTED)
    paper.commit()
    (finding,) = flows(reviewed(paper))

    ran = run_coderev("explain", finding.fingerprint, cwd=paper.folder)

    assert ran.status == 0
    assert all(f"{step.path}:{step.line}" in ran.stdout and step.code in ran.stdout for step in finding.flow)
    assert "safe │ subprocess.run([" in ran.stdout


@pytest.mark.skipif(not OFFICIAL.exists(), reason="the official SARIF schema is not beside this checkout")
def test_a_real_flow_is_valid_in_both_schemas(paper: PaperRepository, tmp_path: Path) -> None:
    paper.write("web/pages.py", TAINTED)
    paper.commit()

    ran = reviewed(paper, "main..topic", f"--output=sarif={tmp_path / 'sarif'}")

    sarif = json.loads((tmp_path / "sarif").read_bytes())
    jsonschema.validate(ran.json, json.loads(OURS.read_bytes()))
    jsonschema.validate(sarif, json.loads(OFFICIAL.read_bytes()))
    (result,) = [each for each in sarif["runs"][0]["results"] if each["ruleId"] == RULE]
    (thread,) = result["codeFlows"][0]["threadFlows"]
    assert len(thread["locations"]) == len(flows(ran)[0].flow)


def test_coverage_says_whether_values_were_followed(paper: PaperRepository) -> None:
    paper.write("web/notes.go", "package web // one\n")
    paper.commit("no language of the engine")
    other = taint_line(reviewed(paper))
    paper.write("web/pages.py", TAINTED)
    paper.commit("one")

    ran, off = taint_line(reviewed(paper)), taint_line(reviewed(paper, "main..topic", "--without=taint"))

    assert (other["status"], other["reason"]) == ("not-run", "no file in its languages")
    assert (ran["status"], ran["reason"], ran["failed"]) == ("ran", None, [])
    assert (off["status"], off["reason"]) == ("not-run", "switched off")


def test_what_of_a_file_does_not_parse_is_named_and_the_rest_is_followed(paper: PaperRepository) -> None:
    paper.write("web/pages.py", TAINTED + "\n\ndef broken(:\n    return 1\n")
    paper.commit()

    ran = reviewed(paper)

    assert any("web/pages.py: taint: did not parse in line" in note for note in ran.json["coverage"]["notes"])
    assert [each["rule"] for each in ran.json["findings"] if each["rule"].startswith("taint/")]


def test_two_runs_give_the_same_bytes(paper: PaperRepository) -> None:
    paper.write("web/pages.py", TAINTED)
    paper.commit()

    assert reviewed(paper).stdout == reviewed(paper).stdout
