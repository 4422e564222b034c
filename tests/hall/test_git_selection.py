from pathlib import Path

import pytest
from stand_ins.repository import PaperRepository

from coderev.diff import Change, FileChange, Unread, UnreadablePatch
from coderev.git import Everything, Patch, Range, Selection, Staged, WorkTree, change_between, open_repository
from coderev.git.errors import NoWorkTree, ObjectsMissing, UnknownRevision, UnmergedIndex, UnreadableIndex
from coderev.settings import Limits

LINES_ONLY = "the patch does not apply to HEAD: only its own lines were looked at"


def change_of(repository: PaperRepository, selection: Selection) -> Change:
    with open_repository(repository.folder, Limits()) as opened:
        return change_between(opened, selection)


def kinds(change: Change) -> dict[str, str]:
    return {file.path: file.kind for file in change.files}


@pytest.fixture
def repository(tmp_path: Path) -> PaperRepository:
    """`main` went on after `topic` left it; `topic` is checked out, with one file staged and two not."""
    repository = PaperRepository(tmp_path / "repository")
    repository.write("old.py", "".join(f"line {number}\n" for number in range(9)))
    repository.write("kept.py", "a = 1\n")
    repository.commit("first")
    repository.branch("topic")
    repository.git("mv", "old.py", "moved.py")
    repository.write("topic.py", "b = 1\n")
    repository.commit("second")
    repository.checkout("main")
    repository.write("main.py", "c = 1\n")
    repository.commit("third")
    repository.checkout("topic")
    repository.write("staged.py", "d = 1\n")
    repository.git("add", "staged.py")
    repository.write("kept.py", "a = 2\n")
    repository.write("new.py", "e = 1\n")
    repository.write("ignored.pyc", "junk")
    (repository.folder / ".git" / "info" / "exclude").write_text("*.pyc\n")
    return repository


COMMITTED = {"moved.py": "renamed", "topic.py": "added"}
UNCOMMITTED = {"kept.py": "modified", "new.py": "added", "staged.py": "added"}


@pytest.mark.parametrize(
    ("selection", "expected"),
    [
        (WorkTree(), COMMITTED | UNCOMMITTED),
        (Range("main..topic"), COMMITTED),
        (Range("main...topic"), COMMITTED),
        (Range("main.."), COMMITTED),
        (Range("..main"), {"main.py": "added"}),
        (Range("main"), COMMITTED | UNCOMMITTED),
        (Range("HEAD"), UNCOMMITTED),
        (Range("topic~1..topic^{/second}"), COMMITTED),
        (Staged(), {"staged.py": "added"}),
        (
            Everything(),
            dict.fromkeys(("kept.py", "moved.py", "new.py", "staged.py", "topic.py"), "added"),
        ),
    ],
    ids=repr,
)
def test_a_selection_is_the_change_that_it_names(
    repository: PaperRepository, selection: Selection, expected: dict[str, str]
) -> None:
    assert kinds(change_of(repository, selection)) == expected


def test_a_change_names_its_sides_and_sorts_its_files(repository: PaperRepository) -> None:
    change = change_of(repository, Range("main..topic"))

    assert (change.base, change.head) == tuple(repository.git("rev-parse", "main~1", "topic").split())
    assert [file.path for file in change.files] == ["moved.py", "topic.py"]
    assert change.files[0].old_path == "old.py"
    assert change.notes == ()


def test_a_tree_can_stand_in_a_range(repository: PaperRepository) -> None:
    empty = repository.git("hash-object", "-t", "tree", "/dev/null")

    assert kinds(change_of(repository, Range(f"{empty}..main~1"))) == {"kept.py": "added", "old.py": "added"}


def test_everything_counts_lines_and_leaves_them_out(repository: PaperRepository) -> None:
    files = {file.path: file for file in change_of(repository, Everything()).files}

    assert (files["moved.py"].hunks[0].new_lines, files["moved.py"].hunks[0].lines) == (9, ())


@pytest.mark.parametrize("text", ["nobody", "main..nobody", "nobody..main", "a\nb", "--output=x", "main:kept.py", "é"])
def test_an_unknown_revision_is_named(repository: PaperRepository, text: str) -> None:
    with pytest.raises(UnknownRevision, match="unknown revision"):
        change_of(repository, Range(text))


def test_the_default_base_is_the_upstream_before_any_other(repository: PaperRepository) -> None:
    repository.git("update-ref", "refs/remotes/origin/topic", "topic")
    repository.git("config", "remote.origin.fetch", "+refs/heads/*:refs/remotes/origin/*")
    repository.git("config", "branch.topic.remote", "origin")
    repository.git("config", "branch.topic.merge", "refs/heads/topic")

    assert kinds(change_of(repository, WorkTree())) == UNCOMMITTED
    assert kinds(change_of(repository, Range("@{upstream}"))) == UNCOMMITTED


@pytest.mark.parametrize(
    ("remote", "fetch"),
    [(".", None), ("origin", "refs/heads/main:refs/kept/there"), ("origin", "refs/other/*:refs/x/*")],
)
def test_an_upstream_may_be_local_or_fetched_by_name(
    repository: PaperRepository, remote: str, fetch: str | None
) -> None:
    repository.git("update-ref", "refs/kept/there", "topic~1")
    repository.git("config", "branch.topic.remote", remote)
    repository.git("config", "branch.topic.merge", "refs/heads/main")
    if fetch:
        repository.git("config", "remote.origin.fetch", fetch)

    assert kinds(change_of(repository, WorkTree())) == COMMITTED | UNCOMMITTED


def test_origin_comes_before_main(repository: PaperRepository) -> None:
    repository.git("update-ref", "refs/remotes/origin/trunk", "topic")
    repository.git("symbolic-ref", "refs/remotes/origin/HEAD", "refs/remotes/origin/trunk")

    assert kinds(change_of(repository, WorkTree())) == UNCOMMITTED


def test_with_no_branch_to_compare_with_head_is_the_base(repository: PaperRepository) -> None:
    repository.git("branch", "--move", "main", "trunk")

    assert kinds(change_of(repository, WorkTree())) == UNCOMMITTED


def test_a_detached_head_is_compared_too(repository: PaperRepository) -> None:
    repository.git("checkout", "--quiet", "--detach")

    assert kinds(change_of(repository, WorkTree())) == COMMITTED | UNCOMMITTED


def test_before_the_first_commit_all_is_added(tmp_path: Path) -> None:
    repository = PaperRepository(tmp_path / "unborn")
    repository.write("first.py", "a = 1\n")

    assert kinds(change_of(repository, WorkTree())) == {"first.py": "added"}
    assert kinds(change_of(repository, Staged())) == {}
    assert kinds(change_of(repository, Patch(b"--- /dev/null\n+++ b/x\n@@ -0,0 +1 @@\n+a\n"))) == {"x": "added"}
    with pytest.raises(UnknownRevision):
        change_of(repository, Range("HEAD"))


def test_the_root_commit_is_the_end_of_a_range(tmp_path: Path) -> None:
    repository = PaperRepository(tmp_path / "root")
    repository.write("first.py", "a = 1\n")
    repository.commit()

    assert kinds(change_of(repository, Range("HEAD"))) == {}
    assert kinds(change_of(repository, WorkTree())) == {}


def test_histories_with_nothing_in_common_are_compared_with_nothing(repository: PaperRepository) -> None:
    repository.git("checkout", "--quiet", "--force", "--orphan", "other")
    repository.commit("another root")

    change = change_of(repository, Range("main..other"))

    assert set(kinds(change).values()) == {"added"}
    assert change.notes == ("the two sides have no common history: every file counts as added",)


def test_a_merge_is_compared_with_where_it_left(repository: PaperRepository) -> None:
    repository.git("stash", "--include-untracked")
    repository.git("merge", "--quiet", "--no-edit", "main")

    assert kinds(change_of(repository, Range("main..topic"))) == COMMITTED


def shallow_clone(repository: PaperRepository, *options: str) -> PaperRepository:
    """A clone that holds the last commit of each branch."""
    clone = PaperRepository(repository.folder.parent / "shallow")
    clone.git("fetch", "--quiet", "--depth=1", *options, f"file://{repository.folder}", "main", "topic:topic")
    clone.git("update-ref", "refs/heads/main", "FETCH_HEAD")
    return clone


def test_a_cut_history_is_named_and_compared_as_it_is(repository: PaperRepository) -> None:
    clone = shallow_clone(repository)

    change = change_of(clone, Range("main..topic"))

    assert kinds(change) == COMMITTED | {"main.py": "deleted"}
    assert change.notes == (
        "the history is cut (a shallow clone)",
        "no merge base in the history that is there: compared with the named commit itself",
    )
    assert change_of(clone, Range("main..main")).notes == ("the history is cut (a shallow clone)",)


def test_a_cut_history_whose_boundary_is_lost_is_an_error(repository: PaperRepository) -> None:
    clone = shallow_clone(repository)
    (clone.folder / ".git" / "shallow").unlink()

    with pytest.raises(ObjectsMissing, match="lacks objects"):
        change_of(clone, Range("main..topic"))


def test_a_partial_clone_names_what_it_lacks(repository: PaperRepository) -> None:
    repository.git("config", "uploadpack.allowFilter", "true")
    place = repository.folder.parent / "partial"
    repository.git("clone", "--quiet", "--bare", "--filter=blob:none", f"file://{repository.folder}", str(place))

    with open_repository(place, Limits()) as opened:
        change = change_between(opened, Range("main..topic"))
        everything = change_between(opened, Everything())

    assert [(file.path, file.unread and file.unread.status) for file in change.files] == [
        ("moved.py", "failed"),
        ("old.py", "failed"),
        ("topic.py", "failed"),
    ]
    assert change.notes == ("3 changed files lack content in this repository; nothing was fetched",)
    assert {file.unread and file.unread.status for file in everything.files} == {"failed"}


def test_a_bare_repository_has_ranges_and_no_work_tree(repository: PaperRepository) -> None:
    place = repository.folder.parent / "bare.git"
    repository.git("clone", "--quiet", "--bare", str(repository.folder), str(place))

    with open_repository(place, Limits()) as bare:
        assert kinds(change_between(bare, Range("main..topic"))) == COMMITTED
        assert kinds(change_between(bare, Range("main"))) == COMMITTED
        assert len(change_between(bare, Everything()).files) == 3
        for selection in (WorkTree(), Staged()):
            with pytest.raises(NoWorkTree, match="bare repository"):
                change_between(bare, selection)


def test_a_conflict_cannot_be_reviewed_as_staged(repository: PaperRepository) -> None:
    conflict(repository)

    with pytest.raises(UnmergedIndex, match=r"the index has conflicts: both\.py$"):
        change_of(repository, Staged())


def test_a_conflict_is_reviewed_as_it_stands_in_the_work_tree(repository: PaperRepository) -> None:
    conflict(repository)

    file = {file.path: file for file in change_of(repository, WorkTree()).files}["both.py"]

    assert b"+=======" in file.hunks[0].lines


def test_a_conflict_over_a_deleted_file_is_a_deletion(repository: PaperRepository) -> None:
    conflict(repository)
    repository.remove("both.py")

    assert "both.py" not in kinds(change_of(repository, WorkTree()))
    assert kinds(change_of(repository, Range("topic")))["both.py"] == "deleted"


def conflict(repository: PaperRepository) -> None:
    repository.git("stash", "--include-untracked")
    repository.write("both.py", "mine = 1\n")
    repository.commit("mine")
    repository.checkout("main")
    repository.write("both.py", "theirs = 1\n")
    repository.commit("theirs")
    repository.checkout("topic")
    repository.git("merge", "main", check=False)


def test_an_unreadable_index_is_an_error(repository: PaperRepository) -> None:
    (repository.folder / ".git" / "index").write_bytes(b"DIRC nonsense")

    for selection in (WorkTree(), Staged()):
        with pytest.raises(UnreadableIndex, match="cannot read the index"):
            change_of(repository, selection)


def test_a_patch_that_applies_to_head_is_compared_whole(repository: PaperRepository) -> None:
    repository.git("add", "--all")
    patch = repository.git("diff", "--cached").encode() + b"\n"
    repository.git("reset", "--quiet", "--hard")

    change = change_of(repository, Patch(patch))

    assert kinds(change) == UNCOMMITTED
    assert change.base == repository.git("rev-parse", "HEAD")
    assert change.notes == ()


def test_a_patch_that_does_not_apply_is_its_lines(repository: PaperRepository) -> None:
    change = change_of(repository, Patch(b"--- a/kept.py\n+++ b/kept.py\n@@ -7 +7 @@\n-z = 1\n+z = 2\n"))

    assert (change.base, change.head, kinds(change)) == ("patch", "patch", {"kept.py": "modified"})
    assert change.notes == (LINES_ONLY,)


def test_an_unreadable_patch_is_refused(repository: PaperRepository) -> None:
    with pytest.raises(UnreadablePatch, match="no diff was found"):
        change_of(repository, Patch(b"hello"))


def test_an_empty_change_is_empty(repository: PaperRepository) -> None:
    assert change_of(repository, Range("topic..topic")).files == ()


def test_a_submodule_in_a_range_is_named(repository: PaperRepository) -> None:
    commit = repository.git("rev-parse", "HEAD")
    repository.git("update-index", "--add", "--cacheinfo", f"160000,{commit},module")

    change = change_of(repository, Staged())

    assert FileChange(
        path="module",
        kind="added",
        head=next(file.head for file in change.files if file.path == "module"),
        unread=Unread(status="excluded", reason="a submodule"),
    ) in (change.files)
