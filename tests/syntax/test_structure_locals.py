"""Which names lead to a local, by rules that hold in any language; the scopes are those of small Python programs."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coderev.syntax import Query, parse
from coderev.syntax.queries import captures
from coderev.syntax.structure.locals import LONGEST, MEANING, Locals, words

SCOPES = """
(function_definition) @function
(class_definition) @class
(for_statement body: (block) @scope)
(with_statement body: (block) @wall)
(list_comprehension) @scope
(list_comprehension body: (_) . (for_in_clause right: (_) @outside))
(for_in_clause left: (identifier) @local)
(assignment left: (identifier) @local)
(augmented_assignment left: (identifier) @hoisted)
(assignment type: (_)) @after
(keyword_argument name: (identifier) @other)
((call function: (identifier) @dynamic) (#eq? @dynamic "eval"))
"""


def bound(text: str, span: tuple[int, int] | None = None, *, ordered: bool = True) -> Locals:
    source = text.encode()
    found = captures(Query("python", SCOPES, "scopes"), parse(source, "python")._tree)
    return Locals(found, source, span or (0, len(source)), ordered=ordered)


def leads(text: str, *, ordered: bool = True, name: str = "x") -> list[bool]:
    """Whether each occurrence of a name leads to a local, in order."""
    places = [match.start() for match in re.finditer(rf"\b{name}\b", text)]
    found = bound(text, ordered=ordered)
    return [name.encode() in found.names and found.leads_to_local(place, name.encode()) for place in places]


def test_a_name_leads_to_its_declaration_in_the_scope_or_around_it() -> None:
    assert leads("def f():\n x = 1\n for a in b:\n  x\n x\n") == [True, True, True]


def test_a_name_does_not_lead_into_a_scope_that_is_over() -> None:
    assert leads("def f():\n for a in b:\n  x = 1\n  x\n x\n") == [True, True, False]


def test_a_hoisted_declaration_belongs_to_the_function() -> None:
    assert leads("def f():\n for a in b:\n  x += 1\n x\n") == [True, True]
    assert leads("def f():\n for a in b:\n  x += 1\nx\n") == [True, False]


def test_a_name_before_its_declaration_leads_to_it_only_where_order_says_nothing() -> None:
    text = "def f():\n x\n x = 1\n x\n"

    assert leads(text) == [False, True, True]
    assert leads(text, ordered=False) == [True, True, True]


def test_a_late_declaration_does_not_hold_in_its_own_value() -> None:
    assert leads("def f():\n x: int = x\n x\n") == [True, False, True]
    assert leads("def f():\n x = x\n x\n") == [True, True, True]


def test_a_part_that_is_outside_sees_what_is_around_the_scope() -> None:
    assert leads("def f():\n [x for x in x]\n", ordered=False) == [True, True, False]
    assert leads("def f():\n x = 1\n [a for a in x]\n") == [True, True]


def test_a_scope_that_is_wholly_outside_another_is_no_part_of_it() -> None:
    assert leads("def f():\n [x for x in [x for a in b]]\n", ordered=False) == [True, True, False]
    assert leads("def f():\n [a for a in [x for x in b]]\n", ordered=False) == [True, True]


def test_no_name_leads_through_a_wall() -> None:
    assert leads("def f():\n x = 1\n with a:\n  x\n  [b for b in x]\n x\n") == [True, False, False, True]


def test_a_member_of_a_class_is_no_local() -> None:
    assert leads("def f():\n class A:\n  x = 1\n  x\n") == [False, False]
    assert b"x" not in bound("def f():\n x = 1\n class A:\n  x = 1\n").names


def test_a_name_right_in_a_class_does_not_lead_out_of_it_for_the_class_may_hold_it() -> None:
    assert leads("def f():\n x = 1\n class A:\n  x\n  [a for a in x]\n  def m():\n   x\n") == [True, False, False, True]


def test_what_is_no_variable_leads_nowhere() -> None:
    assert leads("def f():\n x = 1\n g(x=x)\n") == [True, False, True]


def test_what_is_declared_at_the_top_of_a_file_is_no_local() -> None:
    assert leads("x = 1\ndef f():\n x\n") == [False, False]


def test_nothing_is_local_beside_what_sees_names_by_their_spelling() -> None:
    assert bound("def f():\n x = 1\n eval(a)\n").names == frozenset()


def test_only_scopes_and_declarations_within_the_span_count() -> None:
    text = "def f():\n x = 1\ndef g():\n y = 1\n"

    assert bound(text, (0, text.index("def g"))).names == {b"x"}
    assert bound(text, (text.index(" y"), len(text))).names == frozenset()


@pytest.mark.parametrize(
    "name", ["password", "user_id_hash", "isAdmin", "HMACKey", "delay_ms", "sizeKB", "UTC", "n" * (LONGEST + 1)]
)
def test_a_name_that_says_something_is_kept(name: str) -> None:
    assert bound(f"def f():\n {name} = 1\n").names == frozenset()


@pytest.mark.parametrize("name", ["x", "items", "passwords_", "admins", "keyed", "n" * LONGEST])
def test_a_name_that_says_nothing_may_be_replaced(name: str) -> None:
    assert bound(f"def f():\n {name} = 1\n").names == {name.encode()}


@given(st.sampled_from(sorted(MEANING)), st.sampled_from(["{}", "old_{}", "{}_of_it", "_{}", "the_{}_2"]))
def test_a_word_of_meaning_counts_wherever_it_stands_in_a_name(word: bytes, form: str) -> None:
    assert bound(f"def f():\n {form.format(word.decode())} = 1\n").names == frozenset()


def test_the_words_of_a_text_are_its_names() -> None:
    assert words([b"'a_b %(c)s'", b"{d1}", b"7", b"f"]) == {b"a_b", b"c", b"s", b"d1", b"f"}


@given(st.lists(st.binary(max_size=20)))
def test_words_do_not_run_from_one_text_into_the_next(texts: list[bytes]) -> None:
    assert words(texts) == {word for text in texts for word in words([text])}
