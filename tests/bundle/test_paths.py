import json
import string
import unicodedata
from pathlib import Path, PureWindowsPath
from typing import Any

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from coderev.bundle.format.paths import (
    MAX_NAME_BYTES,
    MAX_PATH_BYTES,
    MAX_PATH_DEPTH,
    PathRefused,
    check_path,
    check_tree,
    fold,
    folders_of,
    path_fault,
    tree_fault,
)

SPEC = Path(__file__).parents[2] / "spec/bundle"
PATHS = json.loads((SPEC / "paths.json").read_text(encoding="utf-8"))
TREES = json.loads((SPEC / "trees.json").read_text(encoding="utf-8"))

nasty = st.sampled_from(
    [*'./\\:*?"<>| ~$\x00\n\x7f', "con", "NUL", "com1", "..", ".coderev", "e\u0301", "\u202e", "\ufb01"]
)
names = st.lists(nasty | st.characters() | st.sampled_from(string.ascii_letters), max_size=8).map("".join)
paths = st.lists(names, min_size=1, max_size=4).map("/".join)
plain = st.lists(st.text("abAB", min_size=1, max_size=2), min_size=1, max_size=3).map("/".join)


@pytest.mark.parametrize("path", PATHS["accepted"])
def test_the_vectors_of_good_paths_are_accepted(path: str) -> None:
    """3: the vectors."""
    assert path_fault(path) is None


@pytest.mark.parametrize("case", PATHS["refused"], ids=lambda case: f"{case['clause']} {ascii(case['path'])[:40]}")
def test_the_vectors_of_bad_paths_are_refused_by_their_clause(case: dict[str, str]) -> None:
    """3.1, 3.2, 3.3, 3.4, 3.5, 3.6, 3.7, 3.8: the vectors."""
    with pytest.raises(PathRefused) as caught:
        check_path(case["path"])

    assert caught.value.facts["clause"] == case["clause"]


def test_every_clause_of_paths_has_a_vector() -> None:
    """3: no rule is without an example that breaks it."""
    clauses = {case["clause"] for case in PATHS["refused"]} | {case["clause"] for case in TREES["refused"]}

    assert clauses == {f"3.{number}" for number in range(1, 12)}


@pytest.mark.parametrize("tree", TREES["accepted"], ids=ascii)
def test_the_vectors_of_good_trees_are_accepted(tree: list[str]) -> None:
    """3.9, 3.10, 3.11: the vectors."""
    check_tree(tree)

    assert tree_fault(tree) is None


@pytest.mark.parametrize("case", TREES["refused"], ids=ascii)
def test_the_vectors_of_bad_trees_are_refused_by_their_clause(case: dict[str, Any]) -> None:
    """3.9, 3.10, 3.11: the vectors."""
    with pytest.raises(PathRefused) as caught:
        check_tree(case["paths"])

    assert caught.value.facts["clause"] == case["clause"]


@given(path=paths)
@example(path="a/b")
def test_a_path_that_is_accepted_is_safe_on_every_file_system(path: str) -> None:
    """3.1 to 3.8, told in other words than the code's."""
    assume(path_fault(path) is None)

    windows = PureWindowsPath(path)
    assert not windows.is_absolute()
    assert not windows.drive
    assert not windows.is_reserved()
    assert windows.parts == Path(path).parts == tuple(path.split("/"))
    assert "/" + path == str(Path("/") / path)
    assert unicodedata.normalize("NFC", path) == path
    assert path.encode().decode() == path
    assert len(path.encode()) <= MAX_PATH_BYTES
    assert len(path.split("/")) <= MAX_PATH_DEPTH
    assert all(0 < len(name.encode()) <= MAX_NAME_BYTES for name in path.split("/"))
    assert all(name == name.strip(" ").rstrip(".") for name in path.split("/"))
    assert all(character.isprintable() or unicodedata.category(character) == "Zs" for character in path)
    assert not set(path) & set('\\:*?"<>|')
    assert path.split("/", maxsplit=1)[0].casefold() != ".coderev"


@given(tree=st.lists(plain, max_size=6))
def test_a_tree_that_is_accepted_can_be_made_where_case_does_not_count(tree: list[str]) -> None:
    """3.9, 3.10, 3.11: laid out on a file system without case, no file meets another."""
    assume(tree_fault(tree) is None)
    made: dict[str, str] = {}  # as a file system without case sees it

    for path in tree:
        parts = path.split("/")
        for depth in range(1, len(parts)):
            assert made.setdefault("/".join(parts[:depth]).lower(), "folder") == "folder"
        assert made.setdefault(path.lower(), "file") == "file"
        made[path.lower()] = "file taken"

    assert tree == sorted(set(tree))


@given(tree=st.lists(paths | plain, max_size=6))
def test_sorting_good_paths_leaves_only_collisions(tree: list[str]) -> None:
    """3.9, 3.10, 3.11."""
    good = {path for path in tree if path_fault(path) is None}

    fault = tree_fault(sorted(good))

    assert fault is None or fault.clause in {"3.10", "3.11"}


@given(name=st.text(max_size=10))
def test_folding_is_done_once_and_knows_neither_case_nor_composition(name: str) -> None:
    """3.10."""
    folded = fold(name)

    assert fold(folded) == folded
    assert fold(unicodedata.normalize("NFD", name)) == folded
    assert fold(name.casefold()) == folded


def test_folders_are_named_once() -> None:
    """2.4: inodes are counted by them."""
    assert list(folders_of(["a/b/c", "a/b/d", "a/e", "f", "g/h"])) == ["a/b", "a", "g"]


def test_a_refusal_names_path_reason_and_clause() -> None:
    """3.4."""
    with pytest.raises(PathRefused, match=r"the path 'c:/x' is refused: it has the character : \(spec/bundle.md 3.4\)"):
        check_path("c:/x")
