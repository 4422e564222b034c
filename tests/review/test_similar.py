"""The similar tier in a review: merged reviews of similar code are told aside, and nothing is answered from them."""

import asyncio
import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from stand_ins.model_server import ModelServer, Reply, Request, answer, chooses
from stand_ins.repository import PaperRepository
from stand_ins.sentence_encoder import tiny
from stand_ins.site import a_site

from coderev.finding import Result
from coderev.gateway import open_gateway
from coderev.git import Range, change_between, open_repository
from coderev.review import Order, review

ROOT = Path(__file__).parents[2]
FIRST = "def total(items):\n    value = 0\n    for item in items:\n        value += item\n    return value\n"
SECOND = FIRST.replace("total", "product").replace("+=", "*=")
ASIDE = "=== begin earlier reviews of similar code ==="
CLAIM: dict[str, Any] = {
    "start_line": 4,
    "quote": "value += item",
    "trigger": "no number",
    "consequence": "crash: it falls",
    "category": "bug",
    "title": "items are not checked",
    "fix": None,
}


def claims(request: Request) -> Reply:
    if "Try to refute" in request.text:
        return answer(json.dumps({"scratch": "", "verdict": "stands", "proof": ""}))
    found = [CLAIM] if CLAIM["quote"] in request.text and "as a whole" not in request.text else []
    return answer(json.dumps({"scratch": "", "findings": found}))


Run = Callable[..., Result]


@pytest.fixture
def paper(tmp_path: Path) -> PaperRepository:
    paper = PaperRepository(tmp_path / "repository")
    paper.write("README", "paper\n")
    paper.commit()
    return paper


@pytest.fixture
def run(tmp_path: Path, paper: PaperRepository) -> Run:
    encoder = tiny(tmp_path / "encoder")

    def run_review(
        server: ModelServer, range_: str, more: str = "", repository: str = "here", index: str = ""
    ) -> Result:
        similar = f"{{embedder: {encoder}, threshold: 0.01{index}}}"
        settings = f"recall: {{patience_ms: 10000, {more}similar: {similar}}}\n"

        async def go() -> Result:
            configuration = a_site(tmp_path / "site", [server.endpoint], cache=True, settings=settings)
            with open_repository(paper.folder, configuration.settings.limits) as opened:
                change = change_between(opened, Range(range_))
                async with open_gateway(configuration) as gateway:
                    order = Order(repository=repository)
                    return await review(change, opened, configuration.settings, order, gateway=gateway)

        return asyncio.run(go())

    return run_review


def asked_about(server: ModelServer, name: str) -> str:
    """The question about one unit."""
    return next(
        request.text
        for request in server.requests
        if f"begin unit {name} in" in request.text and "Try to refute" not in request.text
    )


def commit(paper: PaperRepository, path: str, text: str, branch: str) -> None:
    paper.git("checkout", "--quiet", "-B", branch, "main")
    paper.write(path, text)
    paper.commit()


def test_a_merged_review_is_told_with_similar_code(run: Run, paper: PaperRepository) -> None:
    with ModelServer(chooses(claims)) as server:
        commit(paper, "total.py", FIRST, "one")
        run(server, "main..one")
        paper.git("checkout", "--quiet", "main")
        paper.git("merge", "--quiet", "--ff-only", "one")
        commit(paper, "product.py", SECOND, "two")

        run(server, "main..two")

    shown = asked_about(server, "product")
    assert ASIDE in shown
    assert "total in total.py (" in shown
    assert "): bug: items are not checked" in shown
    assert shown.index(ASIDE) < shown.index("begin unit product")


@pytest.mark.parametrize("repository", ["here", "elsewhere"])
def test_a_review_that_is_not_merged_or_of_another_repository_is_not_told(
    run: Run, paper: PaperRepository, repository: str
) -> None:
    with ModelServer(chooses(claims)) as server:
        commit(paper, "total.py", FIRST, "one")
        run(server, "main..one", repository=repository)
        if repository == "elsewhere":
            paper.git("checkout", "--quiet", "main")
            paper.git("merge", "--quiet", "--ff-only", "one")
        commit(paper, "product.py", SECOND, "two")

        run(server, "main..two")

    assert ASIDE not in asked_about(server, "product")


def test_similar_code_is_asked_about_all_the_same(run: Run, paper: PaperRepository) -> None:
    with ModelServer(chooses(claims)) as server:
        commit(paper, "total.py", FIRST, "one")
        run(server, "main..one")
        commit(paper, "total.py", FIRST.replace("+=", "-="), "two")

        run(server, "main..two")

    assert "value -= item" in server.requests[-1].text


def test_serving_answers_about_similar_code_is_unsafe_and_each_result_says_so(run: Run, paper: PaperRepository) -> None:
    with ModelServer(chooses(claims)) as server:
        commit(paper, "total.py", FIRST, "one")
        first = run(server, "main..one", "unsafe_serve_similar: true, ")
        commit(paper, "total.py", FIRST.replace("value = 0", "value = 1"), "two")

        second = run(server, "main..two", "unsafe_serve_similar: true, ")

    assert first.coverage.models.notes == ()
    assert second.coverage.models.notes == ("unsafe_serve_similar: 2 answers were given about other, similar code",)
    assert not any(
        "value = 1" in request.text and "Does this change make the unit" in request.text for request in server.requests
    )


def test_the_guides_script_makes_examples_for_everybody(run: Run, paper: PaperRepository, tmp_path: Path) -> None:
    patterns, index = tmp_path / "patterns", tmp_path / "embeddings"
    patterns.mkdir()
    (patterns / "total.py").write_text(FIRST)
    script = [sys.executable, str(ROOT / "scripts" / "precompute_embeddings.py")]
    arguments = ["--patterns", str(patterns), "--output", str(index), "--model", str(tmp_path / "encoder")]

    done = subprocess.run([*script, *arguments], capture_output=True, check=False, text=True)

    assert (done.returncode, done.stdout, done.stderr) == (0, "", "1 files: 1 units embedded\n")
    commit(paper, "product.py", SECOND, "two")
    with ModelServer(chooses(claims)) as server:
        run(server, "main..two", index=f", index: {index}")

    assert "total in total.py (" in asked_about(server, "product")


@pytest.mark.parametrize("missing", ["patterns", "model"])
def test_the_guides_script_says_what_is_wrong(tmp_path: Path, missing: str) -> None:
    (tmp_path / "patterns").mkdir()
    encoder = tmp_path / "nothing" if missing == "model" else tiny(tmp_path / "encoder")
    script = [sys.executable, str(ROOT / "scripts" / "precompute_embeddings.py")]
    arguments = ["--patterns", tmp_path / "patterns", "--output", tmp_path / "out", "--model", encoder]

    done = subprocess.run([*script, *map(str, arguments)], capture_output=True, check=False, text=True)

    assert done.returncode == 2
    assert done.stderr.startswith("error: ")
    assert "\nhint: " in done.stderr
