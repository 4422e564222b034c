"""The corpora of variants: what the edits must never do, whatever code they are given; nothing is fetched here."""

import random
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

sys.path.append(str(Path(__file__).parent.parent.parent))  # `benchmarks` is a folder of scripts, and not installed

from benchmarks.variants.building import semantic_edits
from benchmarks.variants.cosmetic import COSMETIC, crlf, indent8, renamed, strip_comments
from benchmarks.variants.names import locals_of
from benchmarks.variants.oracles import readings, renamed_alike
from benchmarks.variants.sources import Missing, run
from benchmarks.variants.trees import Unit, shape

SAMPLES = {
    "javascript": (
        True,
        """\
run(a, b) {
  let total = 0;
  for (const x of a) {
    total += x * (b + 1);
  }
  return total; // the sum
}
""",
    ),
    "java": (
        True,
        """\
int run(int[] a, int b) {
    int total = 0;
    for (int x : a) {
        total += x * (b + 1);
    }
    return total; // the sum
}
""",
    ),
    "go": (
        False,
        """\
func run(a []int, b int) int {
    total := 0
    for _, x := range a {
        total += x * (b + 1)
    }
    return total // the sum
}
""",
    ),
    "c": (
        False,
        """\
int run(const int *a, int n) {
  int total = 0;
  for (int i = 0; i < n; i++) {
    total += a[i] * (n + 1);
  }
  return total; /* the sum */
}
""",
    ),
    "rust": (
        False,
        """\
fn run(a: &[u32], b: u32) -> u32 {
    let mut total = 0;
    for x in a {
        total += x * (b + 1);
    }
    total // the sum
}
""",
    ),
    "ruby": (
        False,
        """\
def run(a, b)
  total = 0
  for x in a
    total += x * (b + 1)
  end
  total # the sum
end
""",
    ),
    "python": (
        False,
        """\
def run(a, b):
    total = 0
    for x in a:
        total += x * (b + 1)
    return total  # the sum
""",
    ),
}


@pytest.fixture(params=SAMPLES)
def unit(request: pytest.FixtureRequest) -> Unit:
    language: str = request.param
    method, text = SAMPLES[language]
    return Unit(language, text, method=method)


def rewritten(unit: Unit) -> Iterator[tuple[str, Unit]]:
    for edit, rewriter in COSMETIC.items():
        if edit.startswith("docstring"):  # part of the tree; Python's own judge is asked below
            continue
        for text in rewriter(unit, random.Random(1)):
            yield edit, unit.again(text)


def test_a_semantic_edit_that_still_parses_never_gives_back_the_same_text(unit: Unit) -> None:
    made = [(edit, unit.edited(place)) for edit, find in semantic_edits(unit.language).items() for place in find(unit)]

    sound = [(edit, variant) for edit, variant in made if variant.sound]

    assert len({edit for edit, _ in sound}) >= 6
    assert [edit for edit, variant in sound if variant.text == unit.text] == []


def test_a_cosmetic_edit_keeps_the_tree_but_for_names(unit: Unit) -> None:
    variants = list(rewritten(unit))

    changed = [
        edit
        for edit, variant in variants
        if not (renamed_alike(unit, variant) if edit == "rename_local" else shape(variant.root) == shape(unit.root))
    ]

    assert len({edit for edit, _ in variants}) >= 10
    assert changed == []


def test_a_bare_method_is_read_inside_a_class_and_given_without_it() -> None:
    method, text = SAMPLES["javascript"]

    unit = Unit("javascript", text, method=method)

    assert unit.sound
    assert unit.edited(()).text == text


def test_a_method_that_closes_the_class_around_it_is_not_sound() -> None:
    assert not Unit("java", "int a() { return 1; }\n}\nclass B {\n", method=True).sound


def test_lines_inside_a_string_are_never_indented_anew() -> None:
    text = "function f() {\n  const a = `\n  two\n`;\n  return a;\n}\n"

    found = next(indent8(Unit("javascript", text, method=False), random.Random(1)))

    assert found == "function f() {\n        const a = `\n  two\n`;\n        return a;\n}\n"


def test_a_string_of_several_lines_keeps_its_line_ends() -> None:
    unit = Unit("go", "func f() string {\n\treturn `a\nb`\n}\n", method=False)

    assert list(crlf(unit, random.Random(1))) == []


def test_comments_that_a_tool_obeys_are_never_stripped() -> None:
    unit = Unit("javascript", "function f() {\n  // eslint-disable-next-line\n  g(); // h\n}\n", method=False)

    found = next(strip_comments(unit, random.Random(1)))

    assert found == "function f() {\n  // eslint-disable-next-line\n  g();\n}\n"


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("javascript", "function f() {\n  const x = 1;\n  return { x };\n}\n"),
        ("javascript", "function f() {\n  const x = 1;\n  return eval('1') + x;\n}\n"),
        ("go", "func f() T {\n\tx := 1\n\treturn T{x: x}\n}\n"),
        ("go", "func f() int {\n\tx := x\n\treturn x\n}\n"),
        ("c", "int f(void) {\n  int x = 1;\n#define G x\n  return x;\n}\n"),
        ("c", "int f(void) {\n  int x = 1;\n  return MAX(x, 2);\n}\n"),
        ("python", "def f():\n    x = 1\n    return f'{x=}' + str(x)\n"),
        ("python", "def f(a):\n    x = 1\n    return a.g(x=x)\n"),
        ("java", "int f() {\n    int x = 1;\n    return x + this.x;\n}\n"),
        ("ruby", "def f\n  x = 1\n  binding.local_variable_get(:x) + x\nend\n"),
        ("rust", "fn f() -> T {\n    let x = 1;\n    T { x }\n}\n"),
    ],
)
def test_a_name_that_may_be_more_than_a_local_is_not_renamed(language: str, text: str) -> None:
    unit = Unit(language, text, method=False)

    assert unit.sound
    assert [local.name for local in locals_of(unit)] == []
    assert list(renamed(unit, random.Random(1))) == []


def test_a_renaming_that_forgets_one_place_is_no_renaming() -> None:
    original = Unit("c", "int f(int n) {\n  int x = n;\n  return x + x;\n}\n", method=False)

    whole = original.again(original.text.replace("x", "item"))
    part = original.again(original.text.replace("x", "item", 2))

    assert renamed_alike(original, whole)
    assert not renamed_alike(original, part)


def test_pythons_judge_sees_through_names_lines_and_documentation_and_nothing_else() -> None:
    texts = [
        "def f(a):\n    x = a\n    return x\n",
        'def f(a):\n    """Doc."""\n\n    item = a\n    return (item)\n',
        "def f(a):\n    x = a\n    return a\n",
        "def f(b):\n    x = b\n    return x\n",
    ]

    original, same, other, parameter = readings([Unit("python", text, method=False) for text in texts], "python")

    assert same == original
    assert other != original
    assert parameter != original


def test_a_client_that_is_not_there_is_a_reason_and_no_empty_corpus(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))

    with pytest.raises(Missing, match="npm is not on this machine"):
        run(["npm", "pack", "lodash"], tmp_path)


def test_a_client_that_fails_says_why(tmp_path: Path) -> None:
    with pytest.raises(Missing, match="failed: no such thing"):
        run(["sh", "-c", "echo no such thing >&2; exit 1"], tmp_path)
