from pathlib import Path

import pytest
from stand_ins.repository import PaperRepository

from coderev.git import Range, WorkTree, change_between, open_repository, top_of
from coderev.git.errors import BrokenRepository, NotARepository
from coderev.git.place import MAX_SMALL_FILE
from coderev.git.references import upstreams
from coderev.settings import Limits


def paths_of(folder: Path, selection: Range | WorkTree) -> list[str]:
    with open_repository(folder, Limits()) as opened:
        return [file.path for file in change_between(opened, selection).files]


def filled(repository: PaperRepository) -> PaperRepository:
    """One commit on `main`, one on `topic`, one file untracked."""
    repository.write("folder/kept.py", "a = 1\n")
    repository.commit("first")
    repository.branch("topic")
    repository.write("folder/kept.py", "a = 2\n")
    repository.commit("second")
    repository.write("new.py", "b = 1\n")
    return repository


@pytest.fixture
def repository(tmp_path: Path) -> PaperRepository:
    return filled(PaperRepository(tmp_path / "repository"))


def test_a_folder_outside_every_repository_is_refused(tmp_path: Path) -> None:
    with pytest.raises(NotARepository, match="no git repository at") as caught, open_repository(tmp_path, Limits()):
        pass

    assert "--patch" in caught.value.next_step


@pytest.mark.parametrize("below", ["folder", "folder/kept.py", ".git", "."])
def test_a_repository_is_found_from_anywhere_in_it(repository: PaperRepository, below: str) -> None:
    with open_repository(repository.folder / below, Limits()) as opened:
        change = change_between(opened, Range("main..topic"))

    assert [file.path for file in change.files] == ["folder/kept.py"]


def test_the_top_is_found_without_opening(repository: PaperRepository, tmp_path: Path) -> None:
    assert top_of(repository.folder / "folder") == repository.folder
    assert top_of(tmp_path) is None


def test_an_empty_folder_named_git_hides_nothing(repository: PaperRepository) -> None:
    (repository.folder / "folder" / ".git").mkdir()

    with open_repository(repository.folder / "folder", Limits()) as opened:
        assert opened.top == repository.folder


def test_a_second_work_tree_is_its_own(repository: PaperRepository, tmp_path: Path) -> None:
    repository.git("worktree", "add", "--quiet", str(tmp_path / "second"), "main")
    (tmp_path / "second" / "other.py").write_text("c = 1\n")

    assert paths_of(tmp_path / "second", WorkTree()) == ["other.py"]
    assert paths_of(tmp_path / "second", Range("main..topic")) == ["folder/kept.py"]


def test_a_submodule_is_reviewed_from_inside_it(repository: PaperRepository, tmp_path: Path) -> None:
    outer = PaperRepository(tmp_path / "outer")
    outer.git("-c", "protocol.file.allow=always", "submodule", "--quiet", "add", str(repository.folder), "inner")

    with open_repository(outer.folder / "inner", Limits()) as opened:
        assert opened.top == outer.folder / "inner"
        assert change_between(opened, Range("HEAD~1..HEAD")).files[0].path == "folder/kept.py"


def test_borrowed_objects_are_found(repository: PaperRepository, tmp_path: Path) -> None:
    repository.git("clone", "--quiet", "--shared", str(repository.folder), str(tmp_path / "borrower"))
    repository.git("clone", "--quiet", "--shared", str(tmp_path / "borrower"), str(tmp_path / "second borrower"))

    assert paths_of(tmp_path / "second borrower", Range("HEAD~1..HEAD")) == ["folder/kept.py"]


@pytest.mark.parametrize(
    "name", ["with blank", 'with "quote"', "with\nnewline", "back\\slash", "with:colon", "é", "#x"]
)
def test_a_repository_may_lie_in_a_folder_of_any_name(tmp_path: Path, name: str) -> None:
    repository = filled(PaperRepository(tmp_path / name))

    assert paths_of(repository.folder, WorkTree()) == ["folder/kept.py", "new.py"]


def test_objects_may_be_named_by_sha_256(tmp_path: Path) -> None:
    repository = filled(PaperRepository(tmp_path / "long", "--object-format=sha256"))
    repository.write("folder/kept.py", "a = 3\n")

    with open_repository(repository.folder, Limits()) as opened:
        change = change_between(opened, WorkTree())
        read = opened.read([change.files[0].head.oid] if change.files[0].head else [])

    assert len(change.base) == 64
    assert list(read.values()) == [b"a = 3\n"]


def test_packed_references_and_objects_are_read(repository: PaperRepository) -> None:
    repository.git("tag", "--annotate", "--message", "a tag", "v1", "main")
    repository.git("gc", "--quiet")
    repository.git("commit-graph", "write", "--reachable")
    repository.git("multi-pack-index", "write")

    assert paths_of(repository.folder, Range("v1..topic")) == ["folder/kept.py"]


def test_a_loose_reference_is_newer_than_a_packed_one(repository: PaperRepository) -> None:
    repository.git("pack-refs", "--all")
    repository.git("update-ref", "refs/heads/main", "topic")

    assert paths_of(repository.folder, Range("main..topic")) == []


def test_a_head_remembered_by_git_can_be_named(repository: PaperRepository) -> None:
    repository.git("update-ref", "ORIG_HEAD", "main")

    assert paths_of(repository.folder, Range("ORIG_HEAD..HEAD")) == ["folder/kept.py"]


@pytest.mark.parametrize(
    ("file", "content", "reason"),
    [
        ("HEAD", "nonsense", "its HEAD names nothing"),
        ("HEAD", "ref: refs/heads/../../x", "its HEAD names nothing"),
        ("config", "[core", "bad config"),
        ("config", "[extensions]\n\trefStorage = reftable\n", "format unknown here"),
        ("config", "[extensions]\n\tobjectFormat = md5\n", "format unknown here"),
        ("config", "#" * (MAX_SMALL_FILE + 1), "larger than"),
        ("commondir", "elsewhere", "its objects are not there"),
    ],
)
def test_a_broken_repository_says_what_is_wrong(
    repository: PaperRepository, file: str, content: str, reason: str
) -> None:
    (repository.folder / ".git" / file).write_text(content)

    with pytest.raises(BrokenRepository, match=reason) as caught, open_repository(repository.folder, Limits()):
        pass

    assert "git fsck" in caught.value.next_step


@pytest.mark.parametrize("content", ["nonsense", "gitdir: ../nowhere"])
def test_a_git_file_that_leads_nowhere_is_refused(tmp_path: Path, content: str) -> None:
    (tmp_path / ".git").write_text(content)

    with pytest.raises(BrokenRepository, match="names no git repository"), open_repository(tmp_path, Limits()):
        pass


def test_references_that_name_each_other_in_a_ring_name_nothing(repository: PaperRepository) -> None:
    repository.git("symbolic-ref", "refs/heads/one", "refs/heads/two")
    repository.git("symbolic-ref", "refs/heads/two", "refs/heads/one")

    with open_repository(repository.folder, Limits()) as opened:
        assert "refs/heads/one" not in opened.scratch.references


def test_what_we_write_is_gone_afterwards(repository: PaperRepository) -> None:
    with open_repository(repository.folder, Limits()) as opened:
        change_between(opened, WorkTree())
        folder = opened.scratch.folder
        assert folder.exists()

    assert not folder.exists()


@pytest.mark.parametrize(
    ("remote", "fetch", "followed"),
    [
        (".", [], "refs/heads/main"),
        ("origin", ["+refs/heads/*:refs/remotes/origin/*"], "refs/remotes/origin/main"),
        ("origin", ["refs/heads/x:refs/y", "refs/heads/main:refs/z"], "refs/z"),
        ("origin", ["refs/heads/m*n:refs/m/*/n"], "refs/m/ai/n"),
    ],
)
def test_an_upstream_is_where_a_fetch_puts_it(remote: str, fetch: list[str], followed: str) -> None:
    settings = {"branch.a.b.remote": [remote], "branch.a.b.merge": ["refs/heads/main"], "remote.origin.fetch": fetch}

    assert upstreams(settings) == {"refs/heads/a.b": followed}


@pytest.mark.parametrize(
    "settings",
    [
        {"branch.x.merge": ["refs/heads/main"]},
        {"branch.x.merge": ["refs/heads/main"], "branch.x.remote": ["origin"], "remote.origin.fetch": ["junk"]},
        {"branch.x.merge": ['refs/heads/"\n'], "branch.x.remote": ["."]},
        {"branch.a b.merge": ["refs/heads/main"], "branch.a b.remote": ["."]},
        {"branch.merge": ["refs/heads/main"]},
        {"core.bare": ["true"]},
    ],
)
def test_a_setting_that_names_no_upstream_is_passed_over(settings: dict[str, list[str]]) -> None:
    assert upstreams(settings) == {}
