"""A developer's afternoon with recall: each push costs what it changes, a bug of one token is found, memory is seen."""

import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from stand_ins.command import Ran, run_coderev
from stand_ins.model_server import ModelServer, Reply, Request, answer, chooses
from stand_ins.repository import PaperRepository
from stand_ins.site import write_site

PRICES = '''LIMIT = 100


def total(prices):
    """Add up what is due."""
    due = 0
    for price in prices:
        if price < LIMIT:
            due += price
    return due


def discount(price, share):
    return price - price * share
'''
FIXED = PRICES.replace("price - price * share", "max(0, price - price * share)").replace(
    "    due = 0\n", "    # what is free counts nothing\n    due = 0\n"
)
REFORMATTED = (
    FIXED.replace("due", "owed")
    .replace("Add up what is owed", "Add up what a customer owes")
    .replace("        if price < LIMIT:\n", "\n        if (price < LIMIT):  # dear things are paid at once\n")
    .replace("max(0, price - price * share)", "max(\n        0,\n        price - price * share,\n    )")
)
BROKEN = REFORMATTED.replace("(price < LIMIT)", "(price <= LIMIT)")
TITLE = "a price at the limit is counted"
CLAIM = {
    "start_line": 8,
    "quote": "if (price <= LIMIT):",
    "trigger": "a `price` of exactly 100",
    "consequence": "wrong-result: it is paid twice",
    "category": "bug",
    "title": TITLE,
    "fix": None,
}
Review = Callable[..., tuple[list[str], Ran]]


def a_model_that_knows_the_bug() -> Reply:
    def pick(request: Request) -> Reply:
        if "Try to refute" in request.text:
            return answer('{"scratch": "", "verdict": "stands", "proof": ""}')
        sees = "the change as a whole" not in request.text and "price <= LIMIT" in request.text
        return answer(json.dumps({"scratch": "", "findings": [CLAIM] if sees else []}))

    return chooses(pick)


@pytest.fixture
def server() -> Iterator[ModelServer]:
    with ModelServer(a_model_that_knows_the_bug()) as server:
        yield server


@pytest.fixture
def site(tmp_path: Path, server: ModelServer) -> Path:
    return write_site(tmp_path / "site", [server.endpoint], cache=True)


@pytest.fixture
def paper(tmp_path: Path) -> PaperRepository:
    paper = PaperRepository(tmp_path / "repository")
    paper.write("README", "a shop\n")
    paper.commit()
    paper.branch("topic")
    return paper


@pytest.fixture
def push(paper: PaperRepository, server: ModelServer, site: Path) -> Review:
    """Commit a version of prices.py and review the branch: what the model was asked about, and the run."""

    def run(text: str) -> tuple[list[str], Ran]:
        paper.write("prices.py", text)
        paper.commit()
        before = len(server.questions)
        ran = run_coderev("review", "main..topic", "--config", site, "--format", "json", cwd=paper.folder)
        return sorted(map(asked_about, server.questions[before:])), ran

    return run


def asked_about(request: Request) -> str:
    if "Try to refute" in request.text:
        return "a doubt"
    found = re.search(r"=== begin unit (\S+) in", request.text)
    return found[1] if found else "the whole"


def titles(ran: Ran) -> list[str]:
    return [finding.title for finding in ran.result.findings if finding.source.kind == "model"]


def test_a_push_costs_what_it_changes_and_a_bug_of_one_token_is_found(push: Review) -> None:
    asked, ran = push(PRICES)
    assert (asked, titles(ran)) == (["<module>", "discount", "the whole", "total"], [])

    asked, ran = push(FIXED)
    assert (asked, titles(ran)) == (["discount", "the whole"], [])

    asked, ran = push(REFORMATTED)
    assert (asked, titles(ran)) == (["the whole"], [])

    asked, ran = push(BROKEN)
    assert (asked, titles(ran)) == (["a doubt", "the whole", "total"], [TITLE])
    (finding,) = (each for each in ran.result.findings if each.title == TITLE)
    assert finding.evidence.strip() == "if (price <= LIMIT):  # dear things are paid at once"
    assert ran.result.coverage.models.status == "answered"

    asked, ran = push(BROKEN)
    assert (asked, titles(ran)) == ([], [TITLE])


def test_what_is_remembered_is_seen_explained_and_forgotten(
    push: Review, paper: PaperRepository, server: ModelServer, site: Path
) -> None:
    def recall(*arguments: str) -> list[str]:
        ran = run_coderev("recall", *arguments, "--config", site, cwd=paper.folder)
        assert (ran.status, ran.stderr) == (0, "")
        return ran.stdout.splitlines()

    push(FIXED)
    push(REFORMATTED)
    paper.write("prices.py", BROKEN)
    paper.commit()
    asked = len(server.questions)

    stats = recall("stats")
    explained = recall("explain", "main..topic")

    assert len(server.questions) == asked
    assert stats[1:5] == [
        "asked: 8",
        "  the same question: 1 (12 %)",
        "  code of the same structure: 2 (25 %)",
        "  asked at the same time: 0",
    ]
    assert sorted(explained) == [
        "prices.py: <module>: code-review: remembered: the same question",
        "prices.py: discount: code-review: remembered: code of the same structure",
        "prices.py: total: code-review: not remembered: the first token that differs is '<=' in line 10",
        ("the change as a whole: change-review: not remembered: it is known by its bytes only, and they are new"),
    ]

    assert recall("purge", "--path", "elsewhere.py") == ["forgotten: 0 entries"]
    assert re.fullmatch(r"forgotten: [1-9]\d* entries", recall("purge", "--path", "prices.py")[0])
    asked_anew, _ = push(REFORMATTED)
    assert asked_anew == ["<module>", "discount", "total"]
