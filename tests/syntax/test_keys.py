import pytest

from coderev.syntax import parse


def key(source: str | bytes, language: str = "python", lines: tuple[int, int] | None = None) -> str:
    parsed = parse(source.encode() if isinstance(source, str) else source, language)
    return parsed.key(*(lines or (1, parsed.lines)))


@pytest.mark.parametrize(
    ("language", "one", "same"),
    [
        ("python", "f(a, b)  # why\n", "f( a,\n   b )\n"),
        ("python", "if a:\n    f(b)\n", "# c\nif a:\n\n\tf(b) # d\n"),
        ("python", "x = a + \\\n  b\n", "x = a + b\n"),
        ("javascript", "/* a */ f(a);\n", "f(\n  a // b\n);\n"),
        ("javascript", "x = <p>\n  some text\n</p>;\n", "x = <p>some   text</p>;\n"),
        ("java", "class A { int f() { return 1; } }\n", "class A\n{\n  // c\n  int f()\n  { return 1; }\n}\n"),
        ("go", "func f() { g(1) }\n", "func f() {\n\tg(1) // c\n}\n"),
        ("rust", "fn f() { g(1); }\n", "/// doc\nfn f()\n{\n    g(1);\n}\n"),
        ("bash", "f a b # c\n", "f  a \\\n  b\n"),
    ],
)
def test_a_key_survives_comments_and_layout(language: str, one: str, same: str) -> None:
    assert key(one, language) == key(same, language)


@pytest.mark.parametrize(
    ("language", "one", "other"),
    [
        ("python", "f(a)\n", "f(b)\n"),
        ("python", "a < b\n", "a <= b\n"),
        ("python", "x = 'a b'\n", "x = 'a  b'\n"),
        ("python", "x = 'a\\n b'\n", "x = 'a\\nb'\n"),
        ("python", "x = 'a'\n", "x = b'a'\n"),
        ("python", "x = f'{a} {b}'\n", "x = f'{a}{b}'\n"),
        ("python", "ab\n", "a; b\n"),
        ("javascript", "x = `a ${b}`\n", "x = `a${b}`\n"),
        ("javascript", "x = /a b/\n", "x = /ab/\n"),
        ("go", 'x := "a "\n', 'x := "a"\n'),
        ("bash", 'f "$a $b"\n', 'f "$a$b"\n'),
        ("ruby", "x = <<A\n a\nA\n", "x = <<A\na\nA\n"),
        ("php", '<?php $x = "$a b";\n', '<?php $x = "$a  b";\n'),
        ("csharp", 'var x = $"{a} b";\n', 'var x = $"{a}b";\n'),
        ("c", "#define A 1\n", "#define A 2\n"),
    ],
)
def test_a_key_differs_when_a_token_differs(language: str, one: str, other: str) -> None:
    assert key(one, language) != key(other, language)


def test_a_key_survives_a_move_and_other_line_ends() -> None:
    moved = b"import os\r\n\r\nclass A:\r\n    def f(self):\r\n        return '''a\r\nb'''\r\n"

    assert key("return '''a\nb'''\n", lines=(1, 2)) == key(moved, lines=(5, 6))


def test_text_that_did_not_parse_counts() -> None:
    assert key("x = ¤ 1\n") != key("x = ¥ 1\n") != key("x = 1\n")


def test_only_tokens_that_start_in_the_lines_count() -> None:
    source = "x = '''a\nb''' + c\n"

    assert key(source, lines=(2, 2)) == key("+ c\n", lines=(1, 1))
    assert key(source, lines=(1, 2)) == key(source)


def test_lines_without_a_token_have_the_key_of_their_stripped_text() -> None:
    assert key("# one\nx\n", lines=(1, 1)) == key("    # one  \nx\n", lines=(1, 1))
    assert key("# one\nx\n", lines=(1, 1)) != key("# two\nx\n", lines=(1, 1))


def test_lines_outside_the_file_are_clipped() -> None:
    assert key("a\nb\n", lines=(-3, 99)) == key("a\nb\n")
    assert key("a\nb\n", lines=(2, 1)) == key("a\nb\n", lines=(2, 2))
    assert len(key("", lines=(1, 1))) == 64


def test_token_boundaries_count() -> None:
    assert key("f('a', 'b')\n") != key("f('a,b')\n")
