"""What can be asked for, and how each becomes two trees."""

import re
from dataclasses import dataclass, replace
from typing import assert_never

from coderev.diff import Change, lines_only, parse_patch, shown_path
from coderev.git.comparison import Sides, compare
from coderev.git.errors import NoWorkTree, ObjectsMissing, UnknownRevision, UnmergedIndex, UnreadableIndex
from coderev.git.repository import Repository
from coderev.git.scratch import complaint
from coderev.git.worktree import look

MAX_NAMED = 20  # paths in one message
DEFAULT_BASES = ("refs/remotes/origin/HEAD", "refs/heads/main", "refs/heads/master")  # after the branch's upstream

_RANGE = re.compile(r"(?P<base>.*?)(?P<dots>\.{2,3}(?P<head>.*))?", re.DOTALL)
_CUT = "the history is cut (a shallow clone)"
_NO_BASE = "the two sides have no common history: every file counts as added"
_NO_BASE_IN_CUT = "no merge base in the history that is there: compared with the named commit itself"
_LINES_ONLY = "the patch does not apply to HEAD: only its own lines were looked at"


@dataclass(frozen=True, slots=True)
class WorkTree:
    """From where the branch left its upstream to the work tree as it stands, with untracked unignored files."""


@dataclass(frozen=True, slots=True)
class Range:
    """`A..B` or `A...B`: from their merge base to B. `A`: from its merge base with HEAD to the work tree."""

    text: str


@dataclass(frozen=True, slots=True)
class Staged:
    """From HEAD to the index."""


@dataclass(frozen=True, slots=True)
class Patch:
    """A unified diff: on HEAD where it applies, else its own lines."""

    text: bytes


@dataclass(frozen=True, slots=True)
class Everything:
    """Every file of the work tree as if added; of HEAD in a bare repository."""


Selection = WorkTree | Range | Staged | Patch | Everything


@dataclass(frozen=True, slots=True)
class _Start:
    """The base of a change, and what a reader must know of how it was found."""

    base: str
    notes: tuple[str, ...] = ()


def change_between(repository: Repository, selection: Selection) -> Change:
    """The change that a selection names; every changed file is in it, with the reason if its text is not looked at.

    Raises NoWorkTree, UnknownRevision, UnreadableIndex, UnmergedIndex, ObjectsMissing, ChangeTooLarge, UnreadablePatch.
    """
    match selection:
        case WorkTree():
            return compare(repository, _to_work_tree(repository, _default_start(repository)))
        case Range(text=text):
            return compare(repository, _range(repository, text))
        case Staged():
            return compare(repository, _staged(repository))
        case Everything():
            return compare(repository, _everything(repository), with_lines=False)
        case Patch(text=text):
            described = parse_patch(text)
            applied = _applied(repository, text) if described.files else None
            return compare(repository, applied) if applied else _by_lines(described)
        case _:
            assert_never(selection)


def _by_lines(described: Change) -> Change:
    return replace(lines_only(described), notes=(_LINES_ONLY,)) if described.files else described


def _default_start(repository: Repository) -> _Start:
    references, branch = repository.scratch.references, repository.scratch.head
    names = (repository.scratch.upstreams.get(branch or "", ""), *DEFAULT_BASES)
    head = references.get("HEAD")
    if head is None:
        return _Start(repository.empty_tree)
    return _fork(repository, next((references[name] for name in names if name in references), head), head)


def _range(repository: Repository, text: str) -> Sides:
    asked = _RANGE.fullmatch(text)
    base_name, head_name = (asked["base"], asked["head"]) if asked else (text, None)
    base, head = _revisions(repository, [base_name or "HEAD", head_name or "HEAD"])
    start = _fork(repository, base.oid, head.oid) if base.commit and head.commit else _Start(base.oid)
    if head_name is None and not repository.scratch.place.bare:
        return _to_work_tree(repository, start)
    return Sides(base=start.base, head=head.oid, notes=start.notes)


@dataclass(frozen=True, slots=True)
class _Revision:
    oid: str
    commit: bool  # else a tree


def _revisions(repository: Repository, names: list[str]) -> list[_Revision]:
    """The commits, or else trees, of these names: `cat-file` takes any revision and never an option."""
    for name in names:
        if set(name) & set("\n\0"):
            raise UnknownRevision(name=name)
    asked = "".join(f"{name}^{{commit}}\n{name}^{{tree}}\n" for name in names)
    done = repository.scratch.git("cat-file", "--batch-check", stdin=asked.encode(errors="surrogateescape"))
    answers = [line.split(b" ") for line in done.stdout.splitlines()]
    answers += [[b"unanswered"]] * (2 * len(names) - len(answers))  # git gives up at `@{u}` where nothing is followed
    found = []
    for name, commit, tree in zip(names, answers[::2], answers[1::2], strict=True):
        known = commit if commit[-1].isdigit() else tree
        if not known[-1].isdigit():
            raise UnknownRevision(name=name)
        found.append(_Revision(known[0].decode(), known is commit))
    return found


def _fork(repository: Repository, base: str, head: str) -> _Start:
    """Where the history of `head` left that of `base`."""
    cut = (_CUT,) if repository.scratch.shallow else ()
    if base == head:
        return _Start(base, cut)
    done = repository.scratch.git("merge-base", base, head)
    if done.status not in (0, 1) or (done.status and done.stderr):  # 1 is also said where a parent is missing
        raise ObjectsMissing(reason=complaint(done))
    if found := done.stdout.decode().split():
        return _Start(found[0], cut)
    return _Start(base, (*cut, _NO_BASE_IN_CUT)) if cut else _Start(repository.empty_tree, (_NO_BASE,))


def _to_work_tree(repository: Repository, start: _Start) -> Sides:
    if repository.scratch.place.bare:
        raise NoWorkTree(path=repository.top)
    seen = look(repository.scratch)
    return Sides(
        base=start.base,
        head=repository.scratch.tree_of_index(seen.edits),
        unread=tuple(seen.unread),
        notes=(*start.notes, *seen.notes),
    )


def _everything(repository: Repository) -> Sides:
    start = _Start(repository.empty_tree)
    if repository.scratch.place.bare:
        return Sides(base=start.base, head=repository.scratch.references.get("HEAD", repository.empty_tree))
    return _to_work_tree(repository, start)


def _staged(repository: Repository) -> Sides:
    scratch = repository.scratch
    if scratch.place.bare:
        raise NoWorkTree(path=repository.top)
    scratch.copy_index()
    try:
        head = scratch.tree_of_index()
    except UnreadableIndex:
        listed = scratch.git("ls-files", "--unmerged", "-z").stdout.split(b"\0")[:-1]
        paths = sorted({shown_path(line.partition(b"\t")[2]) for line in listed})
        if paths:
            raise UnmergedIndex(paths=", ".join(paths[:MAX_NAMED])) from None
        raise
    return Sides(base=scratch.references.get("HEAD", repository.empty_tree), head=head)


def _applied(repository: Repository, text: bytes) -> Sides | None:
    """HEAD and the tree that a patch makes of it; None where it does not apply."""
    base = repository.scratch.references.get("HEAD", repository.empty_tree)
    repository.scratch.load(base)
    done = repository.scratch.git("apply", "--cached", "--whitespace=nowarn", "-", stdin=text)
    return None if done.status else Sides(base=base, head=repository.scratch.tree_of_index())
