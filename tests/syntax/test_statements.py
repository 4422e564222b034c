import pytest

from coderev.syntax import parse

PYTHON = """\
@deco
def f(
    a,
):
    x = g(
        1,
    )

    if a and \\
            b:
        y()
    elif (
        c
    ):
        z()
    else:
        w()
    # end
    for i in a: k()
"""
JAVASCRIPT = """\
function f(a,
           b) {
  if (a &&
      b) {
    x();
  } else if (c ||
             d) {
    y();
  }
  go(function () {
    z();
  });
  w(
    1
  );
}
switch (a) {
  case 1:
    x();
    break;
}
"""
ALLMAN = """\
int f(int a)
{
    while (a)
    {
        g(
          a);
    }
}
"""
BASH = """\
if a \\
   b; then
  c
elif d; then
  e
fi
"""


@pytest.mark.parametrize(
    ("language", "source", "line", "expected"),
    [
        ("python", PYTHON, 1, (1, 4)),
        ("python", PYTHON, 3, (1, 4)),
        ("python", PYTHON, 6, (5, 7)),
        ("python", PYTHON, 7, (5, 7)),
        ("python", PYTHON, 8, (8, 8)),
        ("python", PYTHON, 10, (9, 10)),
        ("python", PYTHON, 11, (11, 11)),
        ("python", PYTHON, 13, (12, 14)),
        ("python", PYTHON, 16, (16, 16)),
        ("python", PYTHON, 18, (18, 18)),
        ("python", PYTHON, 19, (19, 19)),
        ("javascript", JAVASCRIPT, 1, (1, 2)),
        ("javascript", JAVASCRIPT, 4, (3, 4)),
        ("javascript", JAVASCRIPT, 5, (5, 5)),
        ("javascript", JAVASCRIPT, 6, (6, 7)),
        ("javascript", JAVASCRIPT, 7, (6, 7)),
        ("javascript", JAVASCRIPT, 9, (9, 9)),
        ("javascript", JAVASCRIPT, 10, (10, 10)),
        ("javascript", JAVASCRIPT, 11, (11, 11)),
        ("javascript", JAVASCRIPT, 15, (13, 15)),
        ("javascript", JAVASCRIPT, 17, (17, 17)),
        ("javascript", JAVASCRIPT, 18, (18, 18)),
        ("javascript", JAVASCRIPT, 20, (20, 20)),
        ("c", ALLMAN, 1, (1, 1)),
        ("c", ALLMAN, 3, (3, 3)),
        ("c", ALLMAN, 6, (5, 6)),
        ("bash", BASH, 3, (3, 3)),
        ("bash", BASH, 4, (4, 4)),
    ],
)
def test_a_line_is_in_its_smallest_statement_or_head(
    language: str, source: str, line: int, expected: tuple[int, int]
) -> None:
    assert parse(source.encode(), language).statement_at(line) == expected


def test_lines_outside_the_file_count_as_its_first_or_last() -> None:
    parsed = parse(b"a(\n)\nb", "python")

    assert parsed.statement_at(-1) == (1, 2)
    assert parsed.statement_at(9) == (3, 3)


def test_an_empty_file_has_its_line() -> None:
    assert parse(b"", "java").statement_at(1) == (1, 1)
