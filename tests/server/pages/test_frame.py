import pytest

from coderev.server.pages.frame import prose


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("call `run(x)` first", "call <code>run(x)</code> first"),
        ("`<b>`", "<code>&lt;b&gt;</code>"),
        ("<i>`a` & `b`", "&lt;i&gt;<code>a</code> &amp; <code>b</code>"),
        ("one ` alone", "one ` alone"),
        ("`a\nb`", "`a\nb`"),
        ("`\u202e`", "<code>U+202E</code>"),
    ],
)
def test_prose_makes_code_of_what_is_quoted_and_nothing_else(text: str, shown: str) -> None:
    assert prose(text) == shown
