"""What `coderev review` reviews (DESIGN section 4)."""

from pathlib import Path

import pytest
from stand_ins.command import run_coderev
from stand_ins.flaws import CLEAN, HIGH, HIGH_RULE, MEDIUM, MEDIUM_RULE
from stand_ins.model_server import ModelServer, answer
from stand_ins.repository import PaperRepository
from stand_ins.site import write_site

BOTH = [HIGH_RULE, MEDIUM_RULE]
RANGE = "main..topic"
JSON = ("--format", "json")
PATCH = b"--- /dev/null\n+++ b/gather.py\n@@ -0,0 +1,3 @@\n" + b"".join(
    b"+" + line for line in MEDIUM.encode().splitlines(keepends=True)
)
KEY = "AK" + "IA" + "QYLPMN5HHHFPZAM2"
PATCH_WITH_A_KEY = f'--- /dev/null\n+++ b/store.py\n@@ -0,0 +1 @@\n+KEY = "{KEY}"\n'.encode()


@pytest.mark.parametrize(
    ("there", "expected"),
    [
        (("upstream", "origin/HEAD", "main", "master"), "release"),
        (("origin/HEAD", "main", "master"), "develop"),
        (("main", "master"), "main"),
        (("master",), "master"),
        ((), "HEAD"),
    ],
)
def test_the_default_base_is_the_first_that_exists_of_upstream_origin_head_main_and_master(
    tmp_path: Path, there: tuple[str, ...], expected: str
) -> None:
    paper = PaperRepository(tmp_path / "repository")
    paper.branch("topic")
    commits = {}
    for name in ("master", "main", "develop", "release", "HEAD"):
        paper.write("total.py", CLEAN + f"# {name}\n")
        commits[name] = paper.commit(name)
    references = {"main": "refs/heads/main", "master": "refs/heads/master", "origin/HEAD": "refs/remotes/origin/HEAD"}
    for name in there:
        if name == "upstream":
            paper.git("branch", "release", commits["release"])
            paper.git("branch", "--quiet", "--set-upstream-to=release")
        else:
            paper.git("update-ref", references[name], commits["develop" if name == "origin/HEAD" else name])

    ran = run_coderev("review", *JSON, cwd=paper.folder)

    assert ran.json["change"]["base"] == commits[expected]


def test_the_base_is_where_the_branch_left_and_not_what_came_after(flawed: PaperRepository) -> None:
    left = flawed.git("rev-parse", "main")
    flawed.checkout("main")
    flawed.write("total.py", CLEAN + "\n\n" + MEDIUM)
    flawed.commit("main goes on")
    flawed.checkout("topic")

    ran = run_coderev("review", *JSON, cwd=flawed.folder)

    assert ran.json["change"]["base"] == left
    assert ran.rules == BOTH


def test_uncommitted_and_untracked_files_are_reviewed_and_ignored_ones_are_not(flawed: PaperRepository) -> None:
    flawed.write("total.py", CLEAN + "\n\n" + MEDIUM)
    flawed.write("untracked.py", MEDIUM)
    flawed.write("ignored.py", MEDIUM)
    flawed.write(".gitignore", "ignored.py\n")

    ran = run_coderev("review", *JSON, cwd=flawed.folder)

    paths = {finding["path"] for finding in ran.json["findings"]}
    assert paths == {"search.py", "gather.py", "total.py", "untracked.py"}


def test_a_repository_without_a_commit_is_reviewed_from_nothing(tmp_path: Path) -> None:
    paper = PaperRepository(tmp_path / "repository")
    paper.write("gather.py", MEDIUM)

    ran = run_coderev("review", *JSON, cwd=paper.folder)

    assert ran.rules == [MEDIUM_RULE]


def test_two_dots_and_three_dots_mean_the_same(flawed: PaperRepository) -> None:
    flawed.checkout("main")
    flawed.write("later.py", MEDIUM)
    flawed.commit("main goes on")

    two, three = (run_coderev("review", f"main{dots}topic", *JSON, cwd=flawed.folder) for dots in ("..", "..."))

    assert two == three
    assert two.rules == BOTH


def test_one_revision_means_from_there_to_the_work_tree(flawed: PaperRepository) -> None:
    flawed.write("untracked.py", MEDIUM)

    ran = run_coderev("review", "HEAD", *JSON, cwd=flawed.folder)

    assert [file["path"] for file in ran.json["coverage"]["files"]] == ["untracked.py"]


def test_staged_reviews_the_index_and_not_the_work_tree(flawed: PaperRepository) -> None:
    flawed.write("total.py", CLEAN + "\n\n" + MEDIUM)
    flawed.git("add", "total.py")
    flawed.write("total.py", CLEAN + "\n\n" + HIGH)
    flawed.write("untracked.py", HIGH)

    ran = run_coderev("review", "--staged", *JSON, cwd=flawed.folder)

    assert ran.rules == [MEDIUM_RULE]


@pytest.mark.parametrize("given", ["-", "file"])
def test_a_patch_that_applies_is_reviewed_whole(flawed: PaperRepository, elsewhere: Path, given: str) -> None:
    flawed.checkout("main")
    (elsewhere / "change.patch").write_bytes(PATCH)
    patch = "-" if given == "-" else elsewhere / "change.patch"

    ran = run_coderev("review", "--patch", patch, *JSON, cwd=flawed.folder, stdin=PATCH)

    assert ran.status == 0
    assert ran.rules == [MEDIUM_RULE]
    assert {analyser["status"] for analyser in ran.json["coverage"]["analysers"]} == {"ran"}


@pytest.mark.parametrize("head", [b"", b"diff --git a/store.py b/store.py\nindex 257cc56..5716ca5 100644\n"])
def test_a_patch_without_a_repository_is_judged_by_its_lines_and_the_rest_is_not_run(
    elsewhere: Path, head: bytes
) -> None:
    patch = head + PATCH_WITH_A_KEY

    ran = run_coderev("review", "--patch", "-", "--fail-on", "never", *JSON, cwd=elsewhere, stdin=patch)

    coverage = ran.json["coverage"]["analysers"]
    assert ran.status == 4
    assert ran.json["verdict"] == "incomplete"
    assert [finding["source"]["name"] for finding in ran.json["findings"]] == ["secrets"]
    assert {each["name"]: each["reason"] for each in coverage if each["status"] == "not-run"} == {
        "ruff": "no file",
        "structural": "no file",
        "taint": "no file",
    }


def test_a_patch_that_does_not_apply_is_judged_by_its_lines(flawed: PaperRepository) -> None:
    head = b"diff --git a/total.py b/total.py\nindex 257cc56..5716ca5 100644\n"
    patch = head + b"--- a/total.py\n+++ b/total.py\n@@ -7 +7 @@\n-nothing like it\n+SEED = '%b'\n" % KEY.encode()

    ran = run_coderev("review", "--patch", "-", *JSON, cwd=flawed.folder, stdin=patch)

    assert ran.status == 1
    assert [finding["source"]["name"] for finding in ran.json["findings"]] == ["secrets"]
    assert ran.json["coverage"]["notes"] == ["the patch does not apply to HEAD: only its own lines were looked at"]


def test_an_empty_patch_is_no_change_and_not_one_that_does_not_apply(flawed: PaperRepository) -> None:
    ran = run_coderev("review", "--patch", "-", *JSON, cwd=flawed.folder)

    assert (ran.status, ran.json["coverage"]["files"], ran.json["coverage"]["notes"]) == (0, [], [])


def test_all_reviews_every_file_as_if_added_and_nothing_is_existing(flawed: PaperRepository) -> None:
    flawed.write("untracked.py", MEDIUM)

    ran = run_coderev("review", "--all", *JSON, cwd=flawed.folder)

    assert sorted(ran.rules) == sorted([*BOTH, MEDIUM_RULE])
    assert {finding["status"] for finding in ran.json["findings"]} == {"new"}
    assert len(ran.json["coverage"]["files"]) == 4


def test_all_asks_models_only_where_somebody_says_so(flawed: PaperRepository, tmp_path: Path) -> None:
    with ModelServer(answer('{"findings": []}')) as server:
        site = write_site(tmp_path / "site", [server.endpoint])
        silent = run_coderev("review", "--all", "--config", site, *JSON, cwd=flawed.folder)
        questions_before = len(server.questions)
        asking = run_coderev("review", "--all", "--ask", "--config", site, *JSON, cwd=flawed.folder)

    assert silent.json["coverage"]["models"]["status"] == "not-asked"
    assert questions_before == 0
    assert asking.json["coverage"]["models"]["status"] == "answered"


def test_a_change_without_a_line_is_a_pass_that_says_there_was_nothing(flawed: PaperRepository) -> None:
    ran = run_coderev("review", "topic..topic", cwd=flawed.folder)

    assert ran.status == 0
    assert ran.stdout.startswith("nothing to review\n")


def test_the_repository_can_be_named_or_found_from_a_folder_inside(flawed: PaperRepository, elsewhere: Path) -> None:
    (flawed.folder / "deep" / "inside").mkdir(parents=True)

    named = run_coderev("review", RANGE, "--repo", flawed.folder, *JSON, cwd=elsewhere)
    inside = run_coderev("review", RANGE, *JSON, cwd=flawed.folder / "deep" / "inside")

    assert named.rules == inside.rules == BOTH


@pytest.mark.parametrize(
    "given",
    [("main..topic", "--staged"), ("--all", "--patch", "-")],
    ids=" ".join,
)
def test_two_selections_exclude_each_other(flawed: PaperRepository, given: tuple[str, ...]) -> None:
    ran = run_coderev("review", *given, cwd=flawed.folder)

    assert ran.status == 2
    assert "exclude each other" in ran.stderr
    assert "hint: give one of" in ran.stderr
