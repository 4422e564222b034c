"""The options of `coderev review` that change what a review takes in, keeps and forgets (DESIGN section 4)."""

import json
import time
from pathlib import Path

import pytest
from stand_ins.command import run_coderev
from stand_ins.flaws import HIGH_RULE, MEDIUM, MEDIUM_RULE
from stand_ins.model_server import ModelServer, Reply, Request, answer, chooses, never
from stand_ins.repository import PaperRepository
from stand_ins.site import write_site

BOTH = [HIGH_RULE, MEDIUM_RULE]
RANGE = "main..topic"
JSON = ("--format", "json")
TITLE = "callers share one list"
CLAIM = {
    "start_line": 1,
    "quote": "rows.append(1)",
    "trigger": "two calls",
    "consequence": "wrong-result: the second call sees the rows of the first",
    "category": "performance",
    "title": TITLE,
    "fix": None,
}


def claims() -> Reply:
    """One claim about `gather`, nothing about anything else, and no doubt."""

    def pick(request: Request) -> Reply:
        if "Try to refute" in request.text:
            return answer('{"verdict": "stands"}')
        about = "unit gather in gather.py" in request.text and "the change as a whole" not in request.text
        return answer(json.dumps({"findings": [CLAIM] if about else []}))

    return chooses(pick)


def test_known_findings_of_a_baseline_do_not_count(flawed: PaperRepository, elsewhere: Path) -> None:
    baseline = elsewhere / "baseline.json"
    run_coderev("review", RANGE, "--output", f"json={baseline}", cwd=flawed.folder)
    flawed.write("more.py", MEDIUM.replace("gather", "collect"))

    ran = run_coderev("review", "--baseline", baseline, "--fail-on", "medium", *JSON, cwd=flawed.folder)

    assert ran.status == 1
    assert sorted(finding["status"] for finding in ran.json["findings"]) == ["baseline", "baseline", "new"]
    assert ran.rules == [MEDIUM_RULE]


def test_a_baseline_holds_as_many_copies_of_a_flaw_as_it_counted(flawed: PaperRepository, elsewhere: Path) -> None:
    baseline = elsewhere / "baseline.json"
    run_coderev("review", RANGE, "--output", f"json={baseline}", cwd=flawed.folder)
    flawed.write("copy.py", MEDIUM)

    ran = run_coderev("review", "--baseline", baseline, *JSON, cwd=flawed.folder)

    assert ran.rules == [MEDIUM_RULE]


def test_an_analyser_that_is_left_out_is_named_as_not_run(flawed: PaperRepository) -> None:
    ran = run_coderev("review", RANGE, "--without", "ruff", "--without", "secrets", *JSON, cwd=flawed.folder)

    assert ran.rules == [HIGH_RULE]
    assert {
        each["name"]: (each["status"], each["reason"])
        for each in ran.json["coverage"]["analysers"]
        if each["status"] != "ran"
    } == {"ruff": ("not-run", "switched off"), "secrets": ("not-run", "switched off")}


def test_an_analyser_that_does_not_exist_is_status_2(flawed: PaperRepository) -> None:
    ran = run_coderev("review", RANGE, "--without", "ruf", cwd=flawed.folder)

    assert ran.status == 2
    assert (
        ran.stderr
        == "error: there is no analyser ruf\nhint: name one of ruff, characters, secrets, structural, taint\n"
    )


def test_findings_of_another_tool_are_imported_with_our_evidence(flawed: PaperRepository, elsewhere: Path) -> None:
    place = {
        "artifactLocation": {"uri": "gather.py"},
        "region": {"startLine": 2, "snippet": {"text": "what the tool says stands there"}},
    }
    found = {
        "ruleId": "X1",
        "level": "error",
        "message": {"text": "rows are counted twice"},
        "locations": [{"physicalLocation": place}],
        "suppressions": [{"kind": "inSource"}],
        "baselineState": "unchanged",
    }
    document = {
        "version": "2.1.0",
        "runs": [{"tool": {"driver": {"name": "counter", "version": "7"}}, "results": [found]}],
    }
    (elsewhere / "counter.sarif").write_text(json.dumps(document))

    ran = run_coderev("review", RANGE, "--import-sarif", elsewhere / "counter.sarif", *JSON, cwd=flawed.folder)

    (imported,) = [finding for finding in ran.json["findings"] if finding["rule"].endswith("X1")]
    assert (imported["path"], imported["start_line"], imported["status"]) == ("gather.py", 2, "new")
    assert imported["evidence"] == "    rows.append(1)"
    assert imported["message"] == "rows are counted twice"
    assert any("counter" in each["name"] for each in ran.json["coverage"]["analysers"])


def test_the_run_record_holds_times_attempts_and_hosts_and_the_result_none(
    flawed: PaperRepository, tmp_path: Path, elsewhere: Path
) -> None:
    with ModelServer(claims()) as server:
        site = write_site(tmp_path / "site", [server.endpoint])
        ran = run_coderev(
            "review", RANGE, "--config", site, "--run-record", elsewhere / "run", *JSON, cwd=flawed.folder
        )

    record = json.loads((elsewhere / "run").read_text())
    assert record["seconds"] > 0
    assert record["started"][:2] == "20"
    assert record["gateway"]["answered"] == len(server.questions)
    assert [attempt["model"] for attempt in record["attempts"]] == ["stand-in-1"] * len(server.questions)
    assert str(server.port) not in ran.stdout
    assert record["started"] not in ran.stdout


def test_the_last_result_keeps_its_run_record(flawed: PaperRepository, tmp_path: Path) -> None:
    ran = run_coderev("review", RANGE, *JSON, cwd=flawed.folder)

    kept = tmp_path / "home" / "data" / "coderev"
    assert json.loads((kept / "last-result.json").read_text()) == ran.json
    assert json.loads((kept / "last-run-record.json").read_text())["argv"][0] == "review"
    assert {path.stat().st_mode & 0o777 for path in kept.iterdir()} == {0o600}
    assert kept.stat().st_mode & 0o777 == 0o700


def test_a_recorded_review_is_replayed_to_the_byte_with_the_models_gone(
    flawed: PaperRepository, tmp_path: Path, elsewhere: Path
) -> None:
    def outputs(name: str) -> list[str]:
        return [f"--output=json={elsewhere / name}.json", f"--output=sarif={elsewhere / name}.sarif"]

    with ModelServer(claims()) as server:
        site = write_site(tmp_path / "site", [server.endpoint])
        settings = ("review", RANGE, "--config", site)
        first = run_coderev(*settings, "--record", elsewhere / "tape", *outputs("first"), cwd=flawed.folder)
        asked = len(server.questions)
        run_coderev(*settings, "--replay", elsewhere / "tape", *outputs("second"), cwd=flawed.folder)
        asked_again = len(server.requests) - len(server.questions), len(server.questions) - asked
    gone = run_coderev(*settings, "--replay", elsewhere / "tape", *outputs("third"), cwd=flawed.folder)

    assert TITLE in first.stdout
    assert asked_again[1] == 0
    assert gone == first
    for form in ("json", "sarif"):
        runs = {(elsewhere / f"{name}.{form}").read_bytes() for name in ("first", "second", "third")}
        assert len(runs) == 1


def test_a_replay_of_another_change_connects_to_nothing_and_is_incomplete(
    flawed: PaperRepository, tmp_path: Path, elsewhere: Path
) -> None:
    with ModelServer(claims()) as server:
        site = write_site(tmp_path / "site", [server.endpoint])
        ran = run_coderev(
            "review", RANGE, "--fail-on=never", "--config", site, "--replay", elsewhere, *JSON, cwd=flawed.folder
        )

    assert server.requests == []
    assert ran.status == 4
    assert ran.rules == BOTH
    assert "holds no answer of stand-in-1" in ran.json["coverage"]["units"][0]["reason"]


@pytest.mark.parametrize("place", ["/dev/null/tape", "/proc/tape"])
def test_a_tape_that_cannot_be_written_is_status_2(flawed: PaperRepository, tmp_path: Path, place: str) -> None:
    with ModelServer(claims()) as server:
        site = write_site(tmp_path / "site", [server.endpoint])
        ran = run_coderev("review", RANGE, "--config", site, "--record", place, cwd=flawed.folder)

    assert ran.status == 2
    assert ran.stderr.startswith("error: cannot write ")


def test_a_deadline_ends_the_questions_and_the_static_findings_stand(flawed: PaperRepository, tmp_path: Path) -> None:
    with ModelServer(never()) as server:
        site = write_site(tmp_path / "site", [server.endpoint], timeout_ms=60_000)
        started = time.monotonic()
        ran = run_coderev(
            "review", RANGE, "--fail-on=never", "--deadline=0.5", "--config", site, *JSON, cwd=flawed.folder
        )

    assert time.monotonic() - started < 30
    assert ran.status == 4
    assert ran.rules == BOTH
    assert {unit["reason"] for unit in ran.json["coverage"]["units"]} == {"no answer within the deadline of 0.5 s"}


def test_a_model_is_heard_and_does_not_decide(flawed: PaperRepository, tmp_path: Path) -> None:
    flawed.remove("search.py")
    with ModelServer(claims()) as server:
        site = write_site(tmp_path / "site", [server.endpoint])
        ran = run_coderev("review", "--fail-on", "info", "--without", "ruff", "--config", site, cwd=flawed.folder)

    assert ran.status == 0
    assert TITLE in ran.stdout
    assert "advisory" in ran.stdout


def test_no_model_configured_is_told_in_one_line(flawed: PaperRepository, elsewhere: Path) -> None:
    ran = run_coderev("review", RANGE, f"--output=json={elsewhere / 'result'}", cwd=flawed.folder)

    assert "models: not run (none configured)\n" in ran.stdout
    result = json.loads((elsewhere / "result").read_bytes())
    assert result["coverage"]["models"]["status"] == "not-configured"
