"""The attacker wrote the repository under review, its `.git` folder included."""

import hashlib
import os
import zlib
from pathlib import Path

import pytest
from stand_ins.repository import PaperRepository

from coderev.diff import Change, FileChange, Unread
from coderev.git import (
    Everything,
    Patch,
    Range,
    Selection,
    Staged,
    WorkTree,
    change_between,
    open_repository,
)
from coderev.git.errors import BrokenRepository, ObjectsMissing, UnreadableIndex
from coderev.settings import Limits

SELECTIONS = (WorkTree(), Range("main..topic"), Range("main"), Staged(), Everything(), Patch(b""))


def change_of(repository: PaperRepository, selection: Selection, limits: Limits | None = None) -> Change:
    with open_repository(repository.folder, limits or Limits()) as opened:
        return change_between(opened, selection)


def by_path(change: Change) -> dict[str, FileChange]:
    return {file.path: file for file in change.files}


class BoobyTraps:
    """Programs that write their name down when anything runs them."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._sprung = folder / "sprung"
        folder.mkdir()

    def lay(self, name: str, then: str = 'cat "${1:--}"') -> str:
        """A program of that name; it hands on what it reads, so that git is content, unless told otherwise."""
        program = self._folder / name
        program.write_text(f'#!/bin/sh\necho {name} >> "{self._sprung}"\n{then}\n')
        program.chmod(0o755)
        return str(program)

    def sprung(self) -> set[str]:
        return set(self._sprung.read_text().split()) if self._sprung.exists() else set()


CONFIGURED_PROGRAMS = {
    "core.fsmonitor": "fsmonitor",
    "filter.trap.clean": "clean",
    "filter.trap.smudge": "smudge",
    "diff.trap.textconv": "textconv",
    "core.sshCommand": "ssh",
    "core.pager": "pager",
    "core.editor": "editor",
    "core.askPass": "askpass",
    "core.gitProxy": "gitproxy",
    "core.alternateRefsCommand": "alternates",
    "gpg.program": "gpg",
    "uploadpack.packObjectsHook": "pack",
    "credential.helper": "credential",
}


@pytest.fixture
def traps(tmp_path: Path) -> BoobyTraps:
    return BoobyTraps(tmp_path / "traps")


@pytest.fixture
def trapped(tmp_path: Path, traps: BoobyTraps) -> PaperRepository:
    """A repository with a topic branch, a dirty work tree, and a trap wherever git looks for a program."""
    repository = PaperRepository(tmp_path / "trapped")
    repository.write("kept.py", "a = 1\n")
    repository.write("late.py", "b = 1\n")
    repository.commit("before")
    repository.branch("topic")
    repository.write("kept.py", "a = 2\n")
    inner = PaperRepository(repository.folder / "submodule")
    inner.write("inner.py", "c = 1\n")
    inner.commit("inside")
    repository.commit("after")
    nested = PaperRepository(repository.folder / "nested")
    nested.write("nested.py", "d = 1\n")
    nested.commit("inside")
    for repo in (inner, nested):
        repo.git("config", "core.fsmonitor", traps.lay(f"fsmonitor-of-{repo.folder.name}"))
        repo.write("dirty.py", "e = 1\n")
    repository.write(".gitattributes", "* filter=trap diff=trap\n*.bin diff=external\n")
    repository.write("late.py", "b = 2\n")
    repository.write("new.py", "f = 1\n")
    for key, name in CONFIGURED_PROGRAMS.items():
        repository.git("config", key, traps.lay(name))
    repository.git("config", "diff.external", traps.lay("external"))
    repository.git("config", "filter.trap.required", "true")
    repository.git("config", "log.showSignature", "true")
    repository.git("config", "alias.diff-tree", f"!{traps.lay('alias')}")
    repository.git("config", "extensions.partialClone", "origin")
    repository.git("config", "remote.origin.promisor", "true")
    repository.git("config", "remote.origin.url", f"ext::{traps.lay('promisor', then='exit 1')}")
    repository.git("config", "protocol.ext.allow", "always")
    hooks = repository.folder / ".git" / "hooks"
    for hook in ("post-index-change", "pre-commit", "reference-transaction", "fsmonitor-watchman"):
        (hooks / hook).unlink(missing_ok=True)
        (hooks / hook).symlink_to(traps.lay(hook))
    return repository


@pytest.mark.parametrize("command", ["status", "diff", "add --all"])
def test_the_traps_do_fire_when_git_itself_is_used(trapped: PaperRepository, traps: BoobyTraps, command: str) -> None:
    expected = {"status": "fsmonitor-of-submodule", "diff": "external", "add --all": "post-index-change"}[command]

    trapped.git(*command.split(), check=False)

    assert {"fsmonitor", expected} <= traps.sprung()


def test_the_promisor_trap_does_fire_when_git_itself_is_used(trapped: PaperRepository, traps: BoobyTraps) -> None:
    trapped.git("cat-file", "-p", "1234567890" * 4, check=False)

    assert "promisor" in traps.sprung()


@pytest.mark.parametrize("selection", SELECTIONS, ids=repr)
def test_no_program_of_the_repository_runs(trapped: PaperRepository, traps: BoobyTraps, selection: Selection) -> None:
    with open_repository(trapped.folder, Limits()) as opened:
        change = change_between(opened, selection)
        opened.read(side.oid for file in change.files for side in (file.base, file.head) if side)
        opened.file_at(change.head, "kept.py")
        opened.grep({"a", "b"}, opened.scratch.references["HEAD"])

    assert traps.sprung() == set()


def test_nothing_is_written_into_the_repository(trapped: PaperRepository) -> None:
    def snapshot() -> dict[str, tuple[int, int]]:
        found = [Path(folder) / name for folder, _, names in os.walk(trapped.folder) for name in names]
        return {str(path): (path.lstat().st_mtime_ns, path.lstat().st_size) for path in found}

    before = snapshot()

    for selection in SELECTIONS:
        change_of(trapped, selection)

    assert snapshot() == before


def test_filters_do_not_change_what_is_seen(trapped: PaperRepository) -> None:
    change = change_of(trapped, WorkTree())

    assert by_path(change)["late.py"].hunks[0].lines == (b"-b = 1", b"+b = 2")


def test_a_submodule_and_a_nested_repository_are_named_and_not_entered(trapped: PaperRepository) -> None:
    change = change_of(trapped, WorkTree())

    assert by_path(change)["submodule"].unread == Unread(status="excluded", reason="a submodule")
    assert by_path(change)["nested"].unread == Unread(status="excluded", reason="a git repository inside this one")
    assert change.notes == ("submodule is a submodule: its own work tree was not looked at",)


def test_a_missing_object_is_named_and_never_fetched(trapped: PaperRepository, traps: BoobyTraps) -> None:
    lost = trapped.git("rev-parse", "topic:kept.py")
    (trapped.folder / ".git" / "objects" / lost[:2] / lost[2:]).unlink()

    change = change_of(trapped, Range("main..topic"))

    unread = by_path(change)["kept.py"].unread
    assert unread is not None
    assert unread.status == "failed"
    assert "submodule" in by_path(change)
    assert change.notes == ("1 changed files lack content in this repository; nothing was fetched",)
    assert traps.sprung() == set()


def test_an_included_configuration_is_not_read(trapped: PaperRepository, tmp_path: Path) -> None:
    (tmp_path / "included").write_text("[extensions]\n\tobjectformat = md5\n")
    with (trapped.folder / ".git" / "config").open("a") as config:
        config.write(f'[include]\n\tpath = {tmp_path}/included\n[includeIf "gitdir:/"]\n\tpath = {tmp_path}/included\n')

    change = change_of(trapped, Range("main..topic"))

    assert "kept.py" in by_path(change)


def test_the_environment_of_git_is_not_obeyed(
    trapped: PaperRepository, traps: BoobyTraps, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    expected = change_of(trapped, WorkTree())
    for name in ("GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_OBJECT_DIRECTORY", "GIT_COMMON_DIR"):
        monkeypatch.setenv(name, str(tmp_path / "elsewhere"))
    for name in ("GIT_EXTERNAL_DIFF", "GIT_SSH_COMMAND", "GIT_PAGER", "GIT_ASKPASS"):
        monkeypatch.setenv(name, traps.lay("environment"))
    monkeypatch.setenv("GIT_CONFIG_COUNT", "1")
    monkeypatch.setenv("GIT_CONFIG_KEY_0", "core.fsmonitor")
    monkeypatch.setenv("GIT_CONFIG_VALUE_0", traps.lay("environment"))

    assert change_of(trapped, WorkTree()) == expected
    assert traps.sprung() == set()


@pytest.fixture
def plain(tmp_path: Path) -> PaperRepository:
    repository = PaperRepository(tmp_path / "plain")
    repository.write("code.py", "a = 1\n")
    repository.commit("before")
    repository.branch("topic")
    return repository


def test_attributes_do_not_hide_a_file(plain: PaperRepository) -> None:
    plain.write(".gitattributes", "*.py binary -diff -text linguist-generated\n")
    plain.write("code.py", "a = 2\n")
    plain.commit("after")

    for selection in (Range("main..topic"), WorkTree(), Everything()):
        file = by_path(change_of(plain, selection))["code.py"]
        assert file.unread is None
        assert file.hunks


def test_attributes_do_not_change_the_bytes(plain: PaperRepository) -> None:
    plain.write(".gitattributes", "*.py text eol=lf ident working-tree-encoding=UTF-16\n")
    plain.write("code.py", b"a = 2 # $Id$\r\n")

    file = by_path(change_of(plain, WorkTree()))["code.py"]

    assert file.hunks[0].lines == (b"-a = 1", b"+a = 2 # $Id$\r")


def test_replaced_objects_and_grafts_are_not_obeyed(plain: PaperRepository) -> None:
    plain.write("code.py", "evil = True\n")
    evil = plain.commit("evil")
    plain.write("code.py", "a = 1\n")
    harmless = plain.commit("harmless")
    plain.git("checkout", "--quiet", evil)
    plain.git("replace", evil, harmless)
    (plain.folder / ".git" / "info" / "grafts").write_text(f"{evil}\n")

    change = change_of(plain, Range(f"main..{evil}"))

    assert by_path(change)["code.py"].hunks[0].lines == (b"-a = 1", b"+evil = True")


def test_a_commit_graph_is_not_believed(plain: PaperRepository) -> None:
    plain.write("code.py", "a = 2\n")
    plain.commit("after")
    plain.git("commit-graph", "write", "--reachable")
    graph = plain.folder / ".git" / "objects" / "info" / "commit-graph"
    graph.chmod(0o644)
    graph.write_bytes(graph.read_bytes()[:-200] + b"\xff" * 200)

    change = change_of(plain, Range("main..topic"))

    assert [file.path for file in change.files] == ["code.py"]


def test_an_object_that_is_not_what_its_id_says_is_not_read(plain: PaperRepository) -> None:
    oid = plain.git("rev-parse", "HEAD:code.py")
    loose = plain.folder / ".git" / "objects" / oid[:2] / oid[2:]
    loose.chmod(0o644)
    loose.write_bytes(zlib.compress(b"blob 9\0harmless\n"))

    with open_repository(plain.folder, Limits()) as opened:
        assert opened.read([oid]) == {}


def test_a_forged_time_stamp_in_the_index_does_not_hide_a_change(plain: PaperRepository) -> None:
    place = plain.path("code.py")
    before = place.stat()
    place.write_text("a = 6\n")
    os.utime(place, ns=(before.st_atime_ns, before.st_mtime_ns))

    change = change_of(plain, WorkTree())

    assert by_path(change)["code.py"].hunks[0].lines == (b"-a = 1", b"+a = 6")


@pytest.mark.parametrize("flag", ["--assume-unchanged", "--skip-worktree", "--fsmonitor-valid"])
def test_a_flag_in_the_index_does_not_hide_a_change(plain: PaperRepository, flag: str) -> None:
    plain.git("update-index", flag, "code.py", check=False)
    plain.write("code.py", "a = 12345\n")

    change = change_of(plain, WorkTree())

    assert "code.py" in by_path(change)


def test_a_link_is_its_target_and_is_not_followed(plain: PaperRepository, tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("not for you\n")
    plain.link("stolen.py", tmp_path / "secret")
    plain.remove("code.py")
    plain.link("code.py", tmp_path / "secret")

    with open_repository(plain.folder, Limits()) as opened:
        change = change_between(opened, WorkTree())
        read = opened.read(file.head.oid for file in change.files if file.head)

    assert {file.path: file.unread for file in change.files} == dict.fromkeys(
        ("code.py", "stolen.py"), Unread(status="excluded", reason="a symbolic link")
    )
    assert set(read.values()) == {os.fsencode(tmp_path / "secret")}


def test_a_folder_that_became_a_link_is_not_entered(plain: PaperRepository, tmp_path: Path) -> None:
    plain.write("folder/file.py", "a = 1\n")
    plain.commit("a folder")
    (tmp_path / "outside").mkdir()
    (tmp_path / "outside" / "file.py").write_text("not for you\n")
    plain.remove("folder")
    plain.link("folder", tmp_path / "outside")

    change = change_of(plain, Range("HEAD"))

    assert {file.path: file.kind for file in change.files} == {"folder": "added", "folder/file.py": "deleted"}


def test_a_pipe_in_place_of_a_file_is_not_waited_for(plain: PaperRepository) -> None:
    plain.remove("code.py")
    os.mkfifo(plain.path("code.py"))

    change = change_of(plain, WorkTree())

    assert by_path(change)["code.py"].unread == Unread(status="failed", reason="not a regular file")


@pytest.mark.parametrize("name", ["HEAD", "config", "packed-refs", "refs/heads/pipe", "info/exclude", "shallow"])
def test_a_pipe_in_the_git_folder_is_not_waited_for(plain: PaperRepository, name: str) -> None:
    place = plain.folder / ".git" / name
    place.unlink(missing_ok=True)
    os.mkfifo(place)

    with pytest.raises(BrokenRepository, match="not a regular file"):
        change_of(plain, WorkTree())


def test_an_index_that_is_a_pipe_is_refused(plain: PaperRepository) -> None:
    (plain.folder / ".git" / "index").unlink()
    os.mkfifo(plain.folder / ".git" / "index")

    with pytest.raises(UnreadableIndex, match="not a regular file"):
        change_of(plain, WorkTree())


def test_an_index_that_leads_out_of_the_work_tree_is_refused(plain: PaperRepository) -> None:
    plain.write("xx/outside.py", "a = 1\n")
    plain.git("add", "xx/outside.py")
    index = plain.folder / ".git" / "index"
    plain.git("config", "index.skipHash", "true")
    content = index.read_bytes().replace(b"xx/outside.py", b"../outside.py")
    index.write_bytes(content[:-20] + hashlib.sha1(content[:-20]).digest())

    with pytest.raises(UnreadableIndex):
        change_of(plain, WorkTree())


def hostile_tree(repository: PaperRepository, *names: bytes) -> str:
    """A commit whose tree names one blob by names that no honest tree holds."""
    blob = bytes.fromhex(repository.git("rev-parse", "HEAD:code.py"))
    tree = b"".join(b"100644 " + name + b"\0" + blob for name in names)
    oid = repository.git("hash-object", "-t", "tree", "-w", "--literally", "--stdin", stdin=tree)
    return repository.git("commit-tree", "-p", "HEAD", "-m", "hostile", oid)


@pytest.mark.parametrize("name", [b"..", b".git", b".GIT", b"../x", b"/etc/passwd", b"a/../b"])
def test_a_path_that_no_file_can_have_is_named_and_not_read(plain: PaperRepository, name: bytes) -> None:
    commit = hostile_tree(plain, name)

    change = change_of(plain, Range(f"main..{commit}"))

    assert Unread(status="failed", reason="not a path that a file can have") in [file.unread for file in change.files]


def test_a_tree_that_names_a_path_twice_is_not_half_read(plain: PaperRepository) -> None:
    commit = hostile_tree(plain, b"code.py", b"twice.py", b"twice.py")

    change = change_of(plain, Range(f"main..{commit}"))

    assert [file.path for file in change.files] == ["twice.py"]
    assert change.files[0].unread == Unread(status="failed", reason="the tree names this path twice")


def test_a_reference_with_a_strange_name_is_passed_over(plain: PaperRepository) -> None:
    heads = plain.folder / ".git" / "refs" / "heads"
    for name in ("--output=x", "a b", "x.lock", "new\nline", "~"):
        (heads / name).write_text("junk")

    change = change_of(plain, Range("main"))

    assert change.files == ()


def test_a_missing_tree_is_an_error_and_not_an_empty_change(plain: PaperRepository) -> None:
    plain.write("code.py", "a = 2\n")
    plain.commit("after")
    tree = plain.git("rev-parse", "main^{tree}")
    (plain.folder / ".git" / "objects" / tree[:2] / tree[2:]).unlink()

    with pytest.raises(ObjectsMissing, match="lacks objects"):
        change_of(plain, Range("main..topic"))


def test_a_patch_on_a_missing_tree_is_an_error(plain: PaperRepository) -> None:
    tree = plain.git("rev-parse", "HEAD^{tree}")
    (plain.folder / ".git" / "objects" / tree[:2] / tree[2:]).unlink()

    with pytest.raises(ObjectsMissing, match="lacks objects"):
        change_of(plain, Patch(b"--- a/code.py\n+++ b/code.py\n@@ -1 +1 @@\n-a = 1\n+a = 2\n"))


def spoil(repository: PaperRepository, revision: str, content: bytes | None) -> None:
    """Make an object say something else, or remove it."""
    oid = repository.git("rev-parse", revision)
    loose = repository.folder / ".git" / "objects" / oid[:2] / oid[2:]
    loose.unlink()
    if content is not None:
        loose.write_bytes(content)


def test_spoilt_content_is_an_error_and_not_an_empty_change(plain: PaperRepository) -> None:
    plain.write("code.py", "a = 2\n")
    plain.write("lost.py", "b = 1\n")
    plain.commit("after")
    spoil(plain, "HEAD:code.py", zlib.compress(b"blob 6\0a =")[:-1])

    with pytest.raises(ObjectsMissing):
        change_of(plain, Range("main..topic"))

    spoil(plain, "HEAD:lost.py", None)
    with pytest.raises(ObjectsMissing):
        change_of(plain, Range("main..topic"))


def test_a_file_that_changed_its_mode_and_lacks_content_is_named(plain: PaperRepository) -> None:
    plain.path("code.py").chmod(0o755)
    plain.commit("executable")
    spoil(plain, "HEAD:code.py", None)

    change = change_of(plain, Range("main..topic"))

    reason = "its content is not in the repository (a partial clone?)"
    assert [file.unread for file in change.files] == [Unread(status="failed", reason=reason)]


def test_a_link_that_leads_to_itself_is_an_error(plain: PaperRepository) -> None:
    (plain.folder / ".git" / "HEAD").unlink()
    (plain.folder / ".git" / "HEAD").symlink_to("HEAD")

    with pytest.raises(BrokenRepository, match="symbolic links"):
        change_of(plain, WorkTree())
