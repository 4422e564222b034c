import pytest

from coderev.errors import InputError, Unavailable
from coderev.syntax import Query, parse
from coderev.syntax.queries import MATCH_LIMIT, BadQuery, TooManyMatches

CALLS = b"eval(x)\nexec(x)\nprint('eval')\nast.literal_eval(x)\n"


def called(predicate: str) -> list[bytes]:
    query = Query("python", f"((call function: (identifier) @name) @call {predicate})")
    return [
        CALLS[span.start_byte : span.end_byte]
        for match in parse(CALLS, "python").matches(query)
        for span in match["name"]
    ]


@pytest.mark.parametrize(
    ("predicate", "names"),
    [
        ("", [b"eval", b"exec", b"print"]),
        ('(#eq? @name "eval")', [b"eval"]),
        ('(#not-eq? @name "eval")', [b"exec", b"print"]),
        ('(#match? @name "^e.*[lc]$")', [b"eval", b"exec"]),
        ('(#not-match? @name "^e")', [b"print"]),
        ('(#any-of? @name "exec" "print")', [b"exec", b"print"]),
        ('(#any-eq? @name "eval")', [b"eval"]),
        ('(#any-not-eq? @name "eval")', [b"exec", b"print"]),
        ('(#any-match? @name "^e")', [b"eval", b"exec"]),
        ('(#any-not-match? @name "^e")', [b"print"]),
    ],
)
def test_predicates_decide(predicate: str, names: list[bytes]) -> None:
    assert called(predicate) == names


def test_a_match_has_all_its_captures_in_order() -> None:
    (match,) = parse(b"# c\n# b\n# a\nx\n", "python").matches(
        Query("python", "(module (comment)+ @a . (expression_statement) @x)")
    )

    assert [span.start_line for span in match["a"]] == [1, 2, 3]
    assert [span.start_line for span in match["x"]] == [4]


def test_predicates_see_text_beyond_the_first_chunk() -> None:
    source = b"# " + b"x" * 10_000 + b"\nf('" + b"y" * 9_000 + b"z')\n"

    (match,) = parse(source, "python").matches(Query("python", '((string_content) @s (#match? @s "^y+z$"))'))

    assert match["s"][0].end_byte - match["s"][0].start_byte == 9_001


@pytest.mark.parametrize("text", ["(no_such_kind) @a", "(call", "(call) @a (#eq? @b 1)", ")"])
def test_a_bad_query_is_wrong_input_and_names_its_text(text: str) -> None:
    with pytest.raises(BadQuery, match=r"^rules/eval\.scm: not a python query: ") as caught:
        Query("python", text, "rules/eval.scm")

    assert isinstance(caught.value, InputError)


@pytest.mark.parametrize("predicate", ["#not-any-of?", "#lua-match?", "#is-not?", "#set!"])
def test_a_predicate_that_would_not_decide_is_refused(predicate: str) -> None:
    with pytest.raises(BadQuery, match="unknown predicate"):
        Query("python", f'((identifier) @a ({predicate} @a "x"))')


def test_a_query_for_an_unknown_language_is_wrong_input() -> None:
    with pytest.raises(BadQuery, match="unknown language"):
        Query("cobol", "(a) @b")


def test_more_matches_in_progress_than_the_limit_are_said_not_lost() -> None:
    parsed = parse(b"x\n" * (MATCH_LIMIT + 10), "python")

    with pytest.raises(TooManyMatches, match=f"^greedy: more than {MATCH_LIMIT} matches") as caught:
        parsed.matches(Query("python", "(module (expression_statement) @a (class_definition) @b)", "greedy"))

    assert isinstance(caught.value, Unavailable)
