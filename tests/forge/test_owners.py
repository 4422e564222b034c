"""Who owns which file, in the three ways of writing it."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coderev.forge.owners import Syntax, owns, owns_everything, read_owners


def owned(text: str, path: str, syntax: Syntax, login: str = "alice") -> bool:
    return owns(read_owners(text.encode(), syntax), login, path, syntax).owned


@pytest.mark.parametrize(
    ("text", "path", "yes"),
    [
        ("* @alice", "a/b/c.py", True),
        ("* @Alice", "a.py", True),
        ("* @alice2", "a.py", False),
        ("*.py @alice", "a/b.py", True),
        ("*.py @alice", "a/b.pyc", False),
        ("/docs/ @alice", "docs/a/b.md", True),
        ("/docs/ @alice", "src/docs/a.md", False),
        ("docs/ @alice", "src/docs/a.md", True),
        ("docs/* @alice", "docs/a.md", True),
        ("docs/* @alice", "docs/a/b.md", False),
        ("apps @alice", "x/apps/y.py", True),
        ("/apps/**/x.py @alice", "apps/x.py", True),
        ("/apps/**/x.py @alice", "apps/a/b/x.py", True),
        ("/apps/** @alice", "apps/a", True),
        ("src/a.py @alice", "src/a.py", True),
        ("src/a.py @alice", "lib/src/a.py", False),
        ("a?.py @alice", "ab.py", True),
        ("a?.py @alice", "a/.py", False),
        ("a.py @alice", "axpy", False),
        ("with\\ space.py @alice", "with space.py", True),
        ("* @alice\n*.py @bob", "a.py", False),
        ("*.py @bob\n* @alice", "a.py", True),
        ("* @alice\n/secret/", "secret/a", False),
        ("* @alice # the lead", "a", True),
        ("# * @alice", "a", False),
        ("!a.py @alice", "a.py", False),
        ("", "a", False),
        ("*", "a", False),
    ],
)
def test_the_last_pattern_that_matches_counts_on_github(text: str, path: str, yes: bool) -> None:
    assert owned(text, path, "github") is yes


@pytest.mark.parametrize(
    ("text", "path", "yes"),
    [
        ("internal/README.md @alice", "lib/internal/README.md", True),
        ("/internal/README.md @alice", "lib/internal/README.md", False),
        ("* @bob\n[Docs]\n*.md @alice", "a.md", True),
        ("[Docs] @alice\n*.md\n", "a.md", True),
        ("[Docs] @alice\n*.md @bob\n", "a.md", False),
        ("[Docs][2] @alice @bob\n*.md\n", "a.md", True),
        ("^[Docs] @alice\n*.md\n", "a.md", True),
        ("[Docs] @alice\n*.md\n[docs]\n*.md @bob", "a.md", False),
        ("* @alice\n!*.rb", "a.rb", False),
        ("* @alice\n!*.rb\n*.rb @alice", "a.rb", False),
    ],
)
def test_each_section_counts_for_itself_on_gitlab(text: str, path: str, yes: bool) -> None:
    assert owned(text, path, "gitlab") is yes


@pytest.mark.parametrize(
    ("text", "path", "yes"),
    [
        (".*\\.go @alice", "a/b.go", True),
        (".*\\.go @alice", "a/b.gox", False),
        ("docs/.* @alice\n.* @bob", "docs/a.md", True),
        ("!docs/.* @alice", "src/a.py", True),
        ("!docs/.* @alice", "docs/a.md", False),
        ("(((( @alice", "a", False),
        ("!(((( @alice", "a", False),
    ],
)
def test_every_expression_counts_on_gitea(text: str, path: str, yes: bool) -> None:
    assert owned(text, path, "gitea") is yes


def test_a_group_a_role_and_an_address_own_nothing_and_are_named() -> None:
    rules = read_owners(b"* @clinic/security @@maintainer alice@clinic.internal @bob", "gitlab")

    ownership = owns(rules, "alice", "a.py", "gitlab")

    assert not ownership.owned
    assert ownership.unresolved == ("@clinic/security", "@@maintainer", "alice@clinic.internal")


@pytest.mark.parametrize(
    ("text", "yes"),
    [
        ("* @alice", True),
        ("* @alice\n*.py @alice @bob", True),
        ("* @alice\n*.py @bob", False),
        ("*.py @alice", False),
        ("* @clinic/all", False),
        ("", False),
    ],
)
def test_who_owns_everything_owns_each_rule(text: str, yes: bool) -> None:
    assert owns_everything(read_owners(text.encode(), "github"), "alice").owned is yes


@pytest.mark.parametrize("syntax", ["gitlab", "github", "gitea"])
@given(content=st.binary(max_size=200), path=st.text(max_size=40))
def test_any_file_is_read_and_makes_no_stranger_an_owner(syntax: Syntax, content: bytes, path: str) -> None:
    rules = read_owners(content, syntax)

    assert not owns(rules, "nobody-has-this-name", path, syntax).owned


@pytest.mark.parametrize(("syntax", "pattern"), [("github", "**/a" * 200), ("gitea", "(a*)*" * 100 + "b")])
def test_a_pattern_that_is_made_to_be_slow_is_not(syntax: Syntax, pattern: str) -> None:
    rules = read_owners(f"{pattern} @alice\n".encode() * 50, syntax)
    began = time.process_time()

    owns(rules, "alice", "a" * 4000, syntax)

    assert time.process_time() - began < 2


def test_a_giant_file_owns_nothing() -> None:
    assert read_owners(b"* @alice\n" * 200_000, "github") == ()
