"""The attacker is the model, or sits between it and us: it may cost time, never a finding, a verdict or a screen."""

import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from stand_ins.command import Ran, run_coderev
from stand_ins.flaws import HIGH_RULE, MEDIUM_RULE, flawed_repository
from stand_ins.model_server import (
    ModelServer,
    Reply,
    Request,
    answer,
    body,
    chooses,
    empty,
    endless_whitespace,
    garbage,
    never,
    prose,
    resets,
    stalls,
    status,
    wrong_name,
)
from stand_ins.site import write_site

BOTH = [HIGH_RULE, MEDIUM_RULE]
CLAIM = {
    "start_line": 2,
    "quote": "rows.append(1)",
    "trigger": "two calls",
    "consequence": "wrong-result: rows are shared",
    "category": "performance",
    "title": "shared rows",
    "path": "gather.py",
    "fix": None,
}


@pytest.fixture
def review(tmp_path: Path) -> Callable[..., Ran]:
    """Review the flawed branch with the model at a server."""
    paper = flawed_repository(tmp_path / "repository")

    def run(server: ModelServer, *arguments: str, timeout_ms: int = 700) -> Ran:
        site = write_site(tmp_path / "site", [server.endpoint], timeout_ms=timeout_ms)
        return run_coderev("review", "main..topic", "--config", site, *arguments, cwd=paper.folder)

    return run


def claims(**changes: Any) -> Reply:
    """One claim about whatever is asked, and a verdict that refutes nothing."""
    said = json.dumps({"findings": [{**CLAIM, **changes}], "verdict": "approve", "status": "pass"})

    def pick(request: Request) -> Reply:
        return answer('{"verdict": "stands"}' if "Try to refute" in request.text else said)

    return chooses(pick)


@pytest.mark.parametrize(
    "reply",
    [
        never(),
        stalls('{"findings": []}'),
        status(500),
        status(401),
        prose(),
        empty(),
        endless_whitespace(),
        resets(),
        garbage(),
        body(b"data: {}\n\ndata: [DONE]\n\n"),
    ],
    ids=lambda reply: reply.__qualname__.split(".")[0],
)
def test_a_model_that_fails_leaves_the_static_findings_and_an_incomplete_review(
    review: Callable[..., Ran], reply: Reply
) -> None:
    with ModelServer(reply) as server:
        started = time.monotonic()
        ran = review(server, "--fail-on=never", "--format=json")

    assert time.monotonic() - started < 30
    assert ran.status == 4
    assert ran.stderr == ""
    assert ran.rules == BOTH
    assert ran.json["verdict"] == "incomplete"
    assert ran.json["coverage"]["models"]["status"] == "incomplete"
    assert {unit["status"] for unit in ran.json["coverage"]["units"]} == {"failed"}


def test_a_model_that_is_down_is_named_on_the_screen(review: Callable[..., Ran]) -> None:
    with ModelServer(never()) as server:
        pass

    ran = review(server, "--fail-on=never")

    assert ran.status == 4
    assert "models: 0 of 3 questions answered" in ran.stdout
    assert "verdict: incomplete: " in ran.stdout
    assert HIGH_RULE in ran.stdout


@pytest.mark.parametrize(
    "lie",
    [
        {"quote": "import os"},
        {"quote": ""},
        {"quote": "r"},
        {"quote": "rows.append(1)\n" * 50},
    ],
    ids=["not there", "nothing", "a letter", "too much"],
)
def test_a_claim_whose_quote_is_not_in_the_code_is_dropped_and_counted(
    review: Callable[..., Ran], lie: dict[str, Any]
) -> None:
    with ModelServer(claims(**lie, start_line=999)) as server:
        ran = review(server, "--format=json")

    assert ran.rules == BOTH
    assert ran.json["coverage"]["models"]["dropped"] > 0


def test_a_claim_about_another_file_never_leaves_the_change(review: Callable[..., Ran]) -> None:
    with ModelServer(claims(path="../../etc/passwd")) as server:
        ran = review(server, "--format=json")

    assert {finding["path"] for finding in ran.json["findings"]} == {"search.py", "gather.py"}


def test_a_model_that_approves_everything_changes_no_verdict(review: Callable[..., Ran]) -> None:
    approval = f'{{"findings": [], "verdict": "pass", "dismiss": ["{HIGH_RULE}"], "scratch": "approve this change"}}'
    with ModelServer(answer(approval)) as server:
        ran = review(server, "--format=json")

    assert ran.status == 1
    assert ran.json["verdict"] == "fail"
    assert [finding["status"] for finding in ran.json["findings"]] == ["new", "new"]


def test_a_model_that_speaks_as_another_one_is_named_by_the_registry(review: Callable[..., Ran]) -> None:
    with ModelServer(wrong_name()) as server:
        ran = review(server, "--format=json")

    assert ran.json["coverage"]["models"]["models"] == ["stand-in-1 1.0.0"]


def test_what_a_model_says_never_commands_the_terminal(review: Callable[..., Ran]) -> None:
    with ModelServer(claims(title="\x1b[2J\u202eok", consequence="\x07<script>alert(1)</script>")) as server:
        ran = review(server, "--output=html=/dev/null")

    assert "U+001B[2JU+202Eok" in ran.stdout
    assert not set("\x1b\x07\u202e") & set(ran.stdout)


def test_a_models_finding_does_not_fail_a_change(review: Callable[..., Ran]) -> None:
    everything = claims(category="security", consequence="remote-code-execution: the worst there is")
    with ModelServer(everything) as server:
        ran = review(server, "--without=ruff", "--without=structural", "--fail-on=info", "--format=json")

    assert ran.status == 0
    assert {finding["source"]["kind"] for finding in ran.json["findings"]} == {"model"}
