"""What holds for any bytes in any language."""

from hypothesis import example, given, settings
from hypothesis import strategies as st

from coderev.syntax import LANGUAGES, cut, language_of, parse

FRAGMENTS = [
    *(b"(", b")", b"{", b"}", b"[", b"]", b"<", b">", b";", b":", b",", b"=", b"=>", b"#", b"//", b"/*", b"*/", b"@"),
    *(
        b'"',
        b"'",
        b"`",
        b"${",
        b"#{",
        b"<<A",
        b"\\",
        b"\n",
        b"\r\n",
        b"\r",
        b"\0",
        b"\t",
        b"    ",
        b"\xff",
        b"\xef\xbb\xbf",
    ),
    *(
        b"def f(a):",
        b"class A",
        b"function g",
        b"fn h()",
        b"func k()",
        b"<?php ",
        b"namespace n",
        b"impl T for U",
        b"end",
    ),
    *(
        b"if a",
        b"return",
        b"x",
        b"const y",
        b"struct S",
        b"interface I",
        b"template<class T>",
        b"public",
        "→é😀".encode(),
    ),
]
anything = st.one_of(
    st.binary(max_size=200),
    st.lists(st.sampled_from(FRAGMENTS), max_size=60).map(b"".join),
    st.lists(st.sampled_from(FRAGMENTS), max_size=60).map(b" ".join),
)
languages = st.sampled_from(LANGUAGES)


@given(languages, anything)
@settings(max_examples=400, deadline=None)
def test_any_bytes_divide_into_units_of_lines(language: str, source: bytes) -> None:
    parsed = parse(source, language)

    owners = [parsed.unit_at(line) for line in range(1, parsed.lines + 1)]
    for line, unit in enumerate(owners, 1):
        assert unit.start_line <= line <= unit.end_line
        assert unit in parsed.units
    assert all(1 <= unit.start_line <= unit.end_line <= parsed.lines for unit in parsed.units)
    named = [unit.name for unit in parsed.units if unit.kind != "top-level"]
    assert len(named) == len(set(named))
    regions = [unit for unit in parsed.units if unit.kind == "top-level"]
    assert all(owners[line - 1] == unit for unit in regions for line in range(unit.start_line, unit.end_line + 1))
    assert all(len(unit.signature) <= 400 and "\n" not in unit.signature for unit in parsed.units)


@example("c", b"\\\n")  # something is missing behind the end of the last line
@given(languages, anything)
@settings(max_examples=200, deadline=None)
def test_any_bytes_answer_every_question(language: str, source: bytes) -> None:
    parsed = parse(source, language)

    for line in range(1, parsed.lines + 1):
        first, last = parsed.statement_at(line)
        assert 1 <= first <= line <= last <= parsed.lines
        assert len(parsed.key(first, last)) == 64
    for unit in parsed.units:
        assert set(parsed.calls(unit)) <= {name for name in parsed.calls(unit) if parsed.call_sites(name)}
        assert isinstance(parsed.used_names(unit), frozenset)
        assert unit.kind == "top-level" or parsed.definition(unit.name) == unit
    assert all(1 <= first <= last <= parsed.lines for first, last in parsed.broken)
    assert all(source[span.start_byte : span.end_byte] for span in parsed.comments)


@given(languages, anything, st.lists(st.integers(-1, 60).map(lambda line: range(line, line + 3)), max_size=3))
@settings(max_examples=100, deadline=None)
def test_touched_lines_that_say_something_are_cut(language: str, source: bytes, touched: list[range]) -> None:
    parsed = parse(source, language)

    units = cut(source, language, touched)

    lines = source.split(b"\n")
    for line in (line for touch in touched for line in touch if 1 <= line <= parsed.lines and lines[line - 1].strip()):
        assert parsed.unit_at(line) in units


PYTHON_LINES = st.sampled_from(["x = f(a, 'b  c')", "y += 1", "g(x)[1].h", "return -x", "a = b if c else d", "del z"])


@given(st.lists(PYTHON_LINES, min_size=1, max_size=6), st.integers(0, 8), st.text("# x'", max_size=5), st.data())
@settings(max_examples=100, deadline=None)
def test_a_key_survives_indentation_comments_and_moves(
    body: list[str], indent: int, text: str, data: st.DataObject
) -> None:
    plain = "def f():\n" + "".join(f"  {line}\n" for line in body)
    comments = data.draw(st.lists(st.booleans(), min_size=len(body), max_size=len(body)))
    pad = " " * (indent + 1)
    other = f"import a\n\nclass B:\n{pad}def f():\n" + "".join(
        f"{pad}{pad}{line}" + (f"  # {text}\n\n" if comment else "\n")
        for line, comment in zip(body, comments, strict=True)
    )

    one, two = parse(plain.encode(), "python"), parse(other.encode(), "python")

    assert one.key(1, one.lines) == two.key(4, two.lines)


@given(st.lists(PYTHON_LINES, min_size=1, max_size=6), st.data())
@settings(max_examples=100, deadline=None)
def test_a_key_differs_when_a_line_differs(body: list[str], data: st.DataObject) -> None:
    at = data.draw(st.integers(0, len(body) - 1))
    changed = [*body[:at], body[at].replace("x", "w") + " - 1", *body[at + 1 :]]

    keys = {parse("\n".join(lines).encode(), "python").key(1, len(body)) for lines in (body, changed)}

    assert len(keys) == 2


@given(st.text(max_size=40), st.binary(max_size=80))
def test_any_name_and_head_have_a_language_or_none(path: str, head: bytes) -> None:
    assert language_of(path, head) in {*LANGUAGES, None}
