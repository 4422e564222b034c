"""`coderev recall`: a person sees what is remembered, why something is not, and forgets."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from stand_ins.command import Ran, run_coderev
from stand_ins.model_server import ModelServer, answer
from stand_ins.repository import PaperRepository
from stand_ins.site import write_site

NOTHING = '{"scratch": "", "findings": []}'
GATHER = "def gather(rows):\n    found = []\n    for row in rows:\n        found.append(row)\n    return found\n"


@pytest.fixture
def server() -> Iterator[ModelServer]:
    with ModelServer(answer(NOTHING)) as server:
        yield server


@pytest.fixture
def site(tmp_path: Path, server: ModelServer) -> Path:
    return write_site(tmp_path / "site", [server.endpoint], cache=True)


@pytest.fixture
def paper(tmp_path: Path) -> PaperRepository:
    """On `topic`, which brings one function over `main`."""
    paper = PaperRepository(tmp_path / "repository")
    paper.write("README", "a paper repository\n")
    paper.commit()
    paper.branch("topic")
    paper.write("gather.py", GATHER)
    paper.commit()
    return paper


def reviewed(paper: PaperRepository, site: Path, *more: str) -> Ran:
    ran = run_coderev("review", "main..topic", "--config", site, *more, cwd=paper.folder)
    assert ran.status == 0, ran.stderr
    return ran


def explained(paper: PaperRepository, site: Path) -> list[str]:
    ran = run_coderev("recall", "explain", "main..topic", "--config", site, cwd=paper.folder)
    assert (ran.status, ran.stderr) == (0, "")
    return ran.stdout.splitlines()


def test_a_review_remembers_by_default_and_its_result_does_not_change_by_it(
    paper: PaperRepository, site: Path, server: ModelServer
) -> None:
    first = reviewed(paper, site, "--format", "json")
    second = reviewed(paper, site, "--format", "json", "--run-record", "record.json")

    record = json.loads(paper.path("record.json").read_text())
    assert first.stdout == second.stdout
    assert len(server.questions) == 2
    assert record["recall"]["counts"]["exact"] == 2
    assert {served["source"] for served in record["recall"]["served"]} == {"exact"}
    assert record["attempts"] == []


def test_no_recall_asks_anew(paper: PaperRepository, site: Path, server: ModelServer) -> None:
    reviewed(paper, site)
    reviewed(paper, site, "--no-recall")

    assert len(server.questions) == 4


def test_recall_may_be_off_by_the_route_and_by_the_settings(
    paper: PaperRepository, tmp_path: Path, server: ModelServer
) -> None:
    by_route = write_site(tmp_path / "by-route", [server.endpoint])
    by_settings = write_site(
        tmp_path / "by-settings", [server.endpoint], cache=True, settings="recall: {enabled: false}\n"
    )

    for site in (by_route, by_route, by_settings, by_settings):
        reviewed(paper, site)

    assert len(server.questions) == 8


def test_stats_tell_what_was_saved(paper: PaperRepository, site: Path) -> None:
    reviewed(paper, site)
    reviewed(paper, site)

    ran = run_coderev("recall", "stats", "--config", site, cwd=paper.folder)

    assert (ran.status, ran.stderr) == (0, "")
    lines = ran.stdout.splitlines()
    assert lines[0].startswith("remembered: 4 entries, 0.0 MB, the oldest of ")
    assert lines[1:6] == [
        "asked: 4",
        "  the same question: 2 (50 %)",
        "  code of the same structure: 0 (0 %)",
        "  asked at the same time: 0",
        "  answered by a model: 2 (50 %)",
    ]
    assert lines[6].startswith("saved: ")


def test_explain_names_the_first_token_that_made_a_miss(
    paper: PaperRepository, site: Path, server: ModelServer
) -> None:
    before = explained(paper, site)
    reviewed(paper, site)
    after = explained(paper, site)
    paper.write("gather.py", "# moved\n\n" + GATHER.replace("append(row)", "extend(row)"))
    paper.commit()

    changed = explained(paper, site)

    miss = "code-review: not remembered: "
    assert f"gather.py: gather: {miss}it was never asked about, or that was forgotten" in before
    assert after == [
        "the change as a whole: change-review: remembered: the same question",
        "gather.py: gather: code-review: remembered: the same question",
    ]
    assert f"gather.py: gather: {miss}the first token that differs is 'extend' in line 6" in changed
    assert len(server.questions) == 2


def test_explain_tells_code_of_the_same_structure(paper: PaperRepository, site: Path) -> None:
    reviewed(paper, site)
    paper.write("gather.py", GATHER.replace("found", "kept").replace("[]", "[]  # the rows"))
    paper.commit()

    assert "gather.py: gather: code-review: remembered: code of the same structure" in explained(paper, site)


@pytest.mark.parametrize(
    ("options", "left"),
    [
        (("--path", "gather.py"), 1),
        (("--path", "other.py"), 4),
        (("--model", "stand-in-1"), 1),
        (("--model", "other"), 4),
        (("--older-than", "1"), 4),
        (("--older-than", "0"), 0),
        (("--tenant", "other", "--all"), 4),
        (("--all",), 0),
    ],
)
def test_purge_forgets_what_is_named(paper: PaperRepository, site: Path, options: tuple[str, ...], left: int) -> None:
    reviewed(paper, site)

    ran = run_coderev("recall", "purge", "--config", site, *options, cwd=paper.folder)

    assert (ran.status, ran.stdout) == (0, f"forgotten: {4 - left} entries\n")
    stats = run_coderev("recall", "stats", "--config", site, cwd=paper.folder)
    assert stats.stdout.startswith(f"remembered: {left} entries")


def test_purge_wants_to_be_told_what(paper: PaperRepository) -> None:
    ran = run_coderev("recall", "purge", cwd=paper.folder)

    assert ran.status == 2
    assert "hint: give --older-than, --model or --path, or --all" in ran.stderr


def test_warming_asks_ahead_of_time_and_goes_on_where_it_stopped(
    paper: PaperRepository, site: Path, server: ModelServer
) -> None:
    paper.write("more/second.py", GATHER.replace("gather", "second"))
    paper.write("more/notes.txt", "not code, and read all the same\n")
    paper.commit()

    first = run_coderev("recall", "warm", paper.path("more"), "--config", site, cwd=paper.folder)
    whole = run_coderev("recall", "warm", paper.folder, "--config", site, "--rate", "6000", cwd=paper.folder)

    assert first.stderr.splitlines()[-1] == "2 files: 2 questions asked, 0 remembered, 0 without an answer"
    assert whole.stderr.splitlines()[-1] == "4 files: 2 questions asked, 2 remembered, 0 without an answer"
    assert (first.status, whole.status) == (0, 0)
    assert len(server.questions) == 4


def test_examples_that_stand_in_no_repository_are_warmed_too(tmp_path: Path, site: Path, server: ModelServer) -> None:
    examples = tmp_path / "examples"
    (examples / "deep").mkdir(parents=True)
    (examples / "deep" / "gather.py").write_text(GATHER)
    (examples / "link.py").symlink_to(examples / "deep" / "gather.py")

    ran = run_coderev("recall", "warm", examples, "--config", site, cwd=examples)

    assert ran.stderr.splitlines()[-1] == "1 files: 1 questions asked, 0 remembered, 0 without an answer"
    assert len(server.questions) == 1


def test_a_model_that_is_down_while_warming_is_told(tmp_path: Path, paper: PaperRepository) -> None:
    with ModelServer(answer(NOTHING)) as gone:
        site = write_site(tmp_path / "gone", [gone.endpoint], cache=True)

    ran = run_coderev("recall", "warm", paper.folder, "--config", site, cwd=paper.folder)

    assert ran.status == 4
    assert ran.stderr.splitlines()[-1] == "2 files: 0 questions asked, 0 remembered, 2 without an answer"


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        (("recall", "explain"), "no model is configured"),
        (("recall", "warm", "."), "no model is configured"),
        (("recall", "warm", ".", "--no-ask"), "recall.similar.embedder is not set"),
    ],
)
def test_what_is_not_configured_is_said(paper: PaperRepository, arguments: tuple[str, ...], reason: str) -> None:
    ran = run_coderev(*arguments, cwd=paper.folder)

    assert ran.status == 2
    assert reason in ran.stderr
    assert "hint: " in ran.stderr


def test_the_folder_to_warm_must_hold_something(tmp_path: Path, site: Path) -> None:
    (tmp_path / "empty").mkdir()

    ran = run_coderev("recall", "warm", tmp_path / "empty", "--config", site, cwd=tmp_path / "empty")

    assert ran.status == 2
    assert "there is no file to read below" in ran.stderr


def test_a_user_without_a_home_is_reviewed_without_recall(paper: PaperRepository, site: Path) -> None:
    nowhere = {"HOME": "/proc/nowhere", "XDG_DATA_HOME": "/proc/nowhere", "XDG_CACHE_HOME": "/proc/nowhere"}

    ran = run_coderev("review", "main..topic", "--config", site, cwd=paper.folder, env=nowhere)

    assert ran.status == 0
    assert "2 of 2 questions answered" in ran.stdout
