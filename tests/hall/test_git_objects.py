import os
import resource
import shutil
from pathlib import Path

import pytest
from stand_ins.repository import PaperRepository

from coderev.git import Everything, Range, Repository, Staged, WorkTree, change_between, open_repository
from coderev.git import repository as repository_module
from coderev.git import scratch as scratch_module
from coderev.git.errors import ChangeTooLarge, ObjectsMissing
from coderev.settings import Limits


@pytest.fixture
def paper(tmp_path: Path) -> PaperRepository:
    paper = PaperRepository(tmp_path / "paper")
    paper.write("src/caller.py", "from lib import helper\nhelper(1)\n")
    paper.write("src/other.py", "helpers = 1\nhelper_two = 2\n")
    paper.write("lib.py", "def helper(x):\n    return x\n")
    paper.write("--odd name\n.py", "helper(2)\n")
    paper.write("binary", b"helper\0")
    paper.link("link", "lib.py")
    paper.commit("first")
    return paper


def oid_of(paper: PaperRepository, path: str) -> str:
    return paper.git("rev-parse", f"HEAD:{path}")


def test_blobs_are_read_by_their_ids(paper: PaperRepository) -> None:
    oids = [oid_of(paper, "lib.py"), oid_of(paper, "binary"), oid_of(paper, "lib.py")]

    with open_repository(paper.folder, Limits()) as opened:
        found = opened.read(oids)

    assert found == {oids[0]: b"def helper(x):\n    return x\n", oids[1]: b"helper\0"}


def test_a_tree_is_listed_with_ids_and_sizes_and_without_links(paper: PaperRepository) -> None:
    with open_repository(paper.folder, Limits()) as opened:
        listed = opened.listing(paper.git("rev-parse", "HEAD"))

    assert listed[0] == ("--odd name\n.py", oid_of(paper, "--odd name\n.py"), 10)
    assert [path for path, _, _ in listed[1:]] == ["binary", "lib.py", "src/caller.py", "src/other.py"]


def test_a_file_whose_content_is_missing_is_listed_without_a_size(paper: PaperRepository) -> None:
    oid = oid_of(paper, "lib.py")
    (paper.folder / ".git/objects" / oid[:2] / oid[2:]).unlink()

    with open_repository(paper.folder, Limits()) as opened:
        sizes = {path: size for path, _, size in opened.listing(paper.git("rev-parse", "HEAD"))}

    assert (sizes["lib.py"], sizes["binary"]) == (-1, 7)


@pytest.mark.parametrize("tree", ["patch", "--help", ""])
def test_what_is_no_id_lists_nothing(paper: PaperRepository, tree: str) -> None:
    with open_repository(paper.folder, Limits()) as opened:
        assert opened.listing(tree) == ()


def test_a_tree_that_is_not_there_cannot_be_listed(paper: PaperRepository) -> None:
    with open_repository(paper.folder, Limits()) as opened, pytest.raises(ObjectsMissing):
        opened.listing("1" * 40)


def test_what_is_no_blob_missing_or_oversize_is_left_out(paper: PaperRepository) -> None:
    small, large = oid_of(paper, "binary"), oid_of(paper, "lib.py")
    tree = paper.git("rev-parse", "HEAD^{tree}")

    with open_repository(paper.folder, Limits(file_bytes=10)) as opened:
        assert opened.read(["1" * 40, large, tree, "HEAD", "--help", "x\ny", small]) == {small: b"helper\0"}
        assert opened.sizes([large]) == {large: 28}
        assert opened.read([large]) == {}
        assert opened.read([]) == {}


def test_more_than_one_output_holds_is_read_in_parts(paper: PaperRepository, monkeypatch: pytest.MonkeyPatch) -> None:
    contents = {f"large{number}.py": f"{number}\n" * 400 for number in range(9)}
    for path, content in contents.items():
        paper.write(path, content)
    paper.commit("second")
    oids = {oid_of(paper, path): content.encode() for path, content in contents.items()}
    for module in (scratch_module, repository_module):
        monkeypatch.setattr(module, "MAX_OUTPUT", 2000)

    with open_repository(paper.folder, Limits()) as opened:
        assert opened.read(oids) == oids
        assert opened.read([*oids, "1" * 40]) == oids


def test_a_listing_that_is_cut_off_is_an_error(paper: PaperRepository, monkeypatch: pytest.MonkeyPatch) -> None:
    paper.write("lib.py", "new = 1\n")
    paper.write("new.py", "new = 1\n")
    paper.git("add", "--all")

    with open_repository(paper.folder, Limits()) as opened:
        monkeypatch.setattr(scratch_module, "MAX_OUTPUT", 90)
        for selection in (Staged(), WorkTree(), Everything()):
            with pytest.raises(ChangeTooLarge, match="wrote more than"):
                change_between(opened, selection)


def test_a_whole_tree_that_is_cut_off_is_an_error(paper: PaperRepository, monkeypatch: pytest.MonkeyPatch) -> None:
    with open_repository(paper.folder / ".git", Limits()) as opened:
        monkeypatch.setattr(scratch_module, "MAX_OUTPUT", 120)
        with pytest.raises(ChangeTooLarge):
            change_between(opened, Everything())


def test_a_patch_that_is_cut_off_names_the_files_that_it_lost(
    paper: PaperRepository, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(5):
        paper.write(f"file{number}.py", "x = 1\n" * 100)
    paper.commit("second")
    monkeypatch.setattr(scratch_module, "MAX_OUTPUT", 2500)

    with open_repository(paper.folder, Limits()) as opened:
        change = change_between(opened, Range("HEAD~1..HEAD"))

    assert [bool(file.hunks) for file in change.files] == [True, True, False, False, False]
    assert {file.unread.status for file in change.files[2:] if file.unread} == {"failed"}


@pytest.mark.parametrize(
    ("path", "content"),
    [
        ("lib.py", b"def helper(x):\n    return x\n"),
        ("--odd name\n.py", b"helper(2)\n"),
        ("link", None),
        ("src", None),
        ("nowhere.py", None),
        ("src/*.py", None),
        (":(top)lib.py", None),
    ],
)
def test_a_file_is_read_by_its_path(paper: PaperRepository, path: str, content: bytes | None) -> None:
    with open_repository(paper.folder, Limits()) as opened:
        assert opened.file_at(head_of(opened), path) == content
        assert opened.file_at("HEAD", path) is None


def test_words_are_found_whole_in_plain_files(paper: PaperRepository) -> None:
    with open_repository(paper.folder, Limits()) as opened:
        found = opened.grep({"helper", "-x", "a\nb", ""}, head_of(opened))

    assert [path for path, _ in found] == ["--odd name\n.py", "lib.py", "src/caller.py"]
    assert dict(found)["lib.py"] == oid_of(paper, "lib.py")


@pytest.mark.parametrize("words", [set[str](), {""}, {"nowhere"}, {"\0"}])
def test_no_words_are_found_nowhere(paper: PaperRepository, words: set[str]) -> None:
    with open_repository(paper.folder, Limits()) as opened:
        assert opened.grep(words, head_of(opened)) == ()
        assert opened.grep({"helper"}, "HEAD") == ()


def head_of(opened: Repository) -> str:
    return opened.scratch.references["HEAD"]


def test_a_small_change_costs_few_processes_and_little_time(
    paper: PaperRepository, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    counter = tmp_path / "bin" / "git"
    counter.parent.mkdir()
    counter.write_text(f'#!/bin/sh\necho "$1" >> "{tmp_path}/started"\nexec "{shutil.which("git")}" "$@"\n')
    counter.chmod(0o755)
    monkeypatch.setenv("PATH", str(counter.parent), prepend=os.pathsep)
    paper.branch("topic")
    paper.write("lib.py", "def helper(x):\n    return x + 1\n")
    paper.commit("second")
    paper.write("src/other.py", "helpers = 2\n")
    (tmp_path / "started").unlink()
    before = resource.getrusage(resource.RUSAGE_CHILDREN)

    with open_repository(paper.folder, Limits()) as opened:
        change_between(opened, WorkTree())

    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    assert len((tmp_path / "started").read_text().split()) <= 6
    assert after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime < 0.06


def test_a_patch_for_people_has_context_and_runs_nothing_of_theirs(paper: PaperRepository, tmp_path: Path) -> None:
    paper.write(".gitattributes", "*.py diff=loud\n")
    paper.git("config", "diff.loud.textconv", f"touch {tmp_path / 'ran'};")
    paper.write("lib.py", "def helper(x):\n    return x + 1\n")
    paper.commit("second")

    with open_repository(paper.folder, Limits()) as opened:
        patch = opened.patch(paper.git("rev-parse", "HEAD~1"), paper.git("rev-parse", "HEAD"))

    assert b" def helper(x):\n-    return x\n+    return x + 1\n" in patch
    assert not (tmp_path / "ran").exists()


def test_a_patch_that_is_too_long_ends_with_a_whole_file(paper: PaperRepository) -> None:
    paper.write("a.py", "a = 1\n")
    paper.write("b.py", "b = 1\n" * 1000)
    paper.commit("second")

    with open_repository(paper.folder, Limits()) as opened:
        patch = opened.patch(paper.git("rev-parse", "HEAD~1"), paper.git("rev-parse", "HEAD"), most=1000)

    assert patch.startswith(b"diff --git a/a.py b/a.py\n")
    assert patch.endswith(b"+a = 1\n")


def test_a_patch_of_what_is_not_there_cannot_be_had(paper: PaperRepository) -> None:
    head = paper.git("rev-parse", "HEAD")

    with open_repository(paper.folder, Limits()) as opened, pytest.raises(ObjectsMissing):
        opened.patch("0" * 40, head)


def test_a_patch_of_what_is_no_id_is_empty(paper: PaperRepository) -> None:
    head = paper.git("rev-parse", "HEAD")

    with open_repository(paper.folder, Limits()) as opened:
        patch = opened.patch("--output=x", head)

    assert patch == b""
