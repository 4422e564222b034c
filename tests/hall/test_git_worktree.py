import os
from pathlib import Path

import pytest
from stand_ins.repository import PaperRepository

from coderev.diff import Change, FileChange, Unread
from coderev.git import Everything, Range, Staged, WorkTree, change_between, open_repository
from coderev.settings import Limits

POINTER = f"version https://git-lfs.github.com/spec/v1\noid sha256:{'1' * 64}\nsize 12\n"


def changed(repository: PaperRepository, limits: Limits | None = None) -> dict[str, FileChange]:
    return {file.path: file for file in change_of(repository, limits).files}


def change_of(repository: PaperRepository, limits: Limits | None = None) -> Change:
    with open_repository(repository.folder, limits or Limits()) as opened:
        return change_between(opened, WorkTree())


def reason(file: FileChange) -> str | None:
    return f"{file.unread.status}: {file.unread.reason}" if file.unread else None


def reasons(repository: PaperRepository, limits: Limits) -> dict[str, str | None]:
    return {path: reason(file) for path, file in changed(repository, limits).items()}


@pytest.fixture
def repository(tmp_path: Path) -> PaperRepository:
    repository = PaperRepository(tmp_path / "repository")
    repository.write("kept.py", "a = 1\n")
    repository.write("folder/inner.py", "b = 1\n")
    repository.commit("first")
    return repository


@pytest.mark.parametrize(
    "name",
    [
        b"-rf",
        b"--help",
        b":(top)x",
        b"a b",
        b'"quoted"',
        b"new\nline",
        b"tab\tbed",
        b"back\\slash",
        b"caf\xc3\xa9",
        b"\xff\xfe",
        b"? x",
        b"100644 x",
        b" ",
        b"git~1",
        b"a/b/c/d",
    ],
)
def test_a_file_of_any_name_is_read(repository: PaperRepository, name: bytes) -> None:
    repository.git("config", "core.protectNTFS", "false")
    repository.write(name, "x = 1\n")

    (untracked,) = changed(repository).values()
    repository.commit("tracked")
    with open_repository(repository.folder, Limits()) as opened:
        (tracked,) = change_between(opened, Range("HEAD~1..HEAD")).files
        content = (
            opened.file_at("0" * 40, tracked.path),
            opened.file_at(opened.scratch.references["HEAD"], tracked.path),
        )

    assert untracked.path == tracked.path
    assert untracked.hunks == tracked.hunks
    assert content == (None, b"x = 1\n")


def test_two_names_never_share_one_path(repository: PaperRepository) -> None:
    repository.write(b"\xff", "1\n")
    repository.write(b"\\xff", "2\n")

    assert list(changed(repository)) == ["\\\\xff", "\\xff"]


@pytest.mark.parametrize(
    "content",
    [b"a = 1\r\nb = 2\r\n", b"no line end", b"caf\xe9 = 1\n", b"\r", b"\xef\xbb\xbfa\n", b"+++ b/x\n--- a/x\n@@"],
)
def test_text_of_any_form_is_kept_byte_by_byte(repository: PaperRepository, content: bytes) -> None:
    repository.write("text.py", content)

    file = changed(repository)["text.py"]

    lines = [line[1:] for line in file.hunks[0].lines if line[:1] == b"+"]
    assert b"\n".join(lines) == content.removesuffix(b"\n")
    assert (file.hunks[0].lines[-1][:1] == b"\\") == (not content.endswith(b"\n"))


def test_a_change_of_mode_alone_has_no_hunks(repository: PaperRepository) -> None:
    repository.path("kept.py").chmod(0o755)

    file = changed(repository)["kept.py"]

    assert (file.base and file.base.mode, file.head and file.head.mode) == (0o100644, 0o100755)
    assert (file.hunks, file.unread) == ((), None)


def test_modes_are_not_compared_where_they_mean_nothing(repository: PaperRepository) -> None:
    repository.git("config", "core.fileMode", "false")
    repository.path("kept.py").chmod(0o755)
    repository.write("new.py", "b = 1\n", mode=0o755)

    files = changed(repository)

    assert list(files) == ["new.py"]
    assert files["new.py"].head is not None
    assert files["new.py"].head.mode == 0o100644


def test_a_link_that_became_a_file_is_read(repository: PaperRepository) -> None:
    repository.link("link", "kept.py")
    repository.commit("a link")
    repository.remove("link")
    repository.write("link", "a = 2\n")

    file = changed(repository)["link"]

    assert (file.kind, file.unread) == ("modified", None)
    assert file.hunks[0].lines == (b"-kept.py", b"\\ No newline at end of file", b"+a = 2")


def test_a_file_that_became_a_folder_is_both(repository: PaperRepository) -> None:
    repository.remove("kept.py")
    repository.write("kept.py/inside.py", "other = 1\n")

    assert {path: file.kind for path, file in changed(repository).items()} == {
        "kept.py": "deleted",
        "kept.py/inside.py": "added",
    }


def test_a_file_that_is_announced_to_the_index_is_added(repository: PaperRepository) -> None:
    repository.write("announced.py", "a = 1\n")
    repository.write("empty.py", "")
    repository.git("add", "--intent-to-add", "announced.py", "empty.py")

    assert {path: file.kind for path, file in changed(repository).items()} == {
        "announced.py": "added",
        "empty.py": "added",
    }


def test_a_file_left_out_of_a_sparse_work_tree_is_not_deleted(repository: PaperRepository) -> None:
    repository.git("sparse-checkout", "set", "--sparse-index", "nowhere")
    repository.write("folder2/kept.py", "c = 1\n")

    assert not repository.path("folder/inner.py").exists()
    assert list(changed(repository)) == ["folder2/kept.py"]


def test_a_split_index_is_read(repository: PaperRepository) -> None:
    repository.git("update-index", "--split-index")
    repository.write("kept.py", "a = 2\n")
    repository.write("added.py", "c = 1\n")
    repository.git("add", "added.py")

    assert list(changed(repository)) == ["added.py", "kept.py"]


@pytest.mark.parametrize("version", ["2", "3", "4"])
def test_each_version_of_the_index_is_read(repository: PaperRepository, version: str) -> None:
    repository.git("update-index", "--index-version", version)
    repository.write("kept.py", "a = 2\n")

    assert list(changed(repository)) == ["kept.py"]


def test_a_copied_work_tree_is_read_anew_and_found_unchanged(repository: PaperRepository, tmp_path: Path) -> None:
    repository.write("large.bin", b"\0" * 5000)
    repository.commit("large")
    copy = PaperRepository(tmp_path / "copy")
    copy.remove(".git")
    repository.git("clone", "--quiet", "--no-hardlinks", str(repository.folder), str(copy.folder))
    for path in ("kept.py", "large.bin"):
        content = copy.path(path).read_bytes()
        copy.remove(path)
        copy.write(path, content)

    assert changed(copy, Limits(file_bytes=1000)) == {}


def test_lines_checked_out_with_carriage_returns_are_unchanged(repository: PaperRepository) -> None:
    repository.write("kept.py", "a = 1\r\n")

    assert changed(repository) == {}


def test_what_gitignore_names_is_left_out(repository: PaperRepository) -> None:
    repository.write(".gitignore", "*.log\n")
    repository.write("folder/noise.log", "x\n")

    assert list(changed(repository)) == [".gitignore"]


def test_what_git_cannot_list_is_noted(repository: PaperRepository) -> None:
    repository.link(".gitignore", "/etc/passwd")

    notes = change_of(repository).notes

    assert len(notes) == 1
    assert ".gitignore" in notes[0]


def test_every_cap_names_what_is_over_it(repository: PaperRepository) -> None:
    repository.write("kept.py", "a = 1\n" * 200)
    repository.write("long.py", "c = 1\n" * 60)
    repository.write("new.py", "d = 1\n" * 20)
    repository.write("other.py", "e = 1\n")

    assert reasons(repository, Limits(file_bytes=1000)) == {
        "kept.py": "failed: larger than limits.file_bytes (1000)",
        "long.py": None,
        "new.py": None,
        "other.py": None,
    }
    assert reasons(repository, Limits(change_lines=221)) == {
        "kept.py": None,
        "long.py": "failed: over limits.change_lines (221)",
        "new.py": None,
        "other.py": None,
    }
    assert reasons(repository, Limits(files=2)) == {
        "kept.py": "failed: over limits.files (2)",
        "long.py": None,
        "new.py": None,
        "other.py": "failed: over limits.files (2)",
    }


def test_the_caps_hold_for_ranges_too(repository: PaperRepository) -> None:
    repository.write("kept.py", "a = 1\n" * 200)
    repository.write("new.py", "d = 1\n")
    repository.commit("second")

    def over(limits: Limits) -> list[str | None]:
        with open_repository(repository.folder, limits) as opened:
            change = change_between(opened, Range("HEAD~1..HEAD"))
        return [reason(file) for file in change.files]

    assert over(Limits(file_bytes=1000)) == ["failed: larger than limits.file_bytes (1000)", None]
    assert over(Limits(files=1)) == [None, "failed: over limits.files (1)"]
    assert over(Limits(change_lines=100)) == ["failed: over limits.change_lines (100)", None]


def test_what_is_no_text_is_excluded_with_its_reason(repository: PaperRepository) -> None:
    repository.write("binary", b"\0\1\2")
    repository.write("model.bin", POINTER)
    repository.write("pretender.sh", POINTER + "rm -rf /\n")
    repository.write("empty", "")

    for selection in (WorkTree(), Everything()):
        with open_repository(repository.folder, Limits()) as opened:
            files = {file.path: file.unread for file in change_between(opened, selection).files}

        assert files["binary"] == Unread(status="excluded", reason="binary")
        assert files["model.bin"] is not None
        assert files["model.bin"].reason.startswith("a Git LFS pointer")
        assert files["pretender.sh"] is None
        assert files["empty"] is None


def test_staged_and_unstaged_changes_are_told_apart(repository: PaperRepository) -> None:
    repository.write("kept.py", "a = 2\n")
    repository.git("add", "kept.py")
    repository.write("kept.py", "a = 3\n")

    with open_repository(repository.folder, Limits()) as opened:
        staged = change_between(opened, Staged()).files[0].hunks[0].lines
        standing = change_between(opened, WorkTree()).files[0].hunks[0].lines

    assert (staged, standing) == ((b"-a = 1", b"+a = 2"), (b"-a = 1", b"+a = 3"))


def test_a_large_file_that_changed_is_named_and_not_held(repository: PaperRepository) -> None:
    repository.write("large.bin", b"1" * 5000)
    repository.commit("large")
    repository.write("large.bin", b"2" * 5000)

    assert reasons(repository, Limits(file_bytes=1000)) == {"large.bin": "failed: larger than limits.file_bytes (1000)"}


def test_a_conflict_in_a_submodule_is_named(repository: PaperRepository) -> None:
    stages = "".join(f"160000 {str(stage) * 40} {stage}\tmodule\n" for stage in (1, 2, 3))
    repository.git("update-index", "--index-info", stdin=stages.encode())

    assert change_of(repository).notes == ("module is a submodule: its own work tree was not looked at",)


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_what_may_not_be_read_is_named(repository: PaperRepository) -> None:
    repository.write("closed.py", "a = 1\n", mode=0)
    repository.path("folder").chmod(0)

    try:
        assert reasons(repository, Limits()) == {
            "closed.py": "failed: cannot be read: Permission denied",
            "folder/inner.py": "failed: cannot be read: Permission denied",
        }
    finally:
        repository.path("folder").chmod(0o755)


def test_a_name_too_long_to_look_at_is_named(repository: PaperRepository) -> None:
    entry = f"100644 {repository.git('rev-parse', 'HEAD:kept.py')}\t{'x' * 300}\n"
    repository.git("update-index", "--index-info", stdin=entry.encode())

    assert reasons(repository, Limits()) == {"x" * 300: "failed: cannot be read: File name too long"}
