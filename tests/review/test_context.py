"""What stands in a question: no line of it passes for a frame, nothing is unseen, and it stays within its tokens."""

import time
from collections.abc import Collection
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from stand_ins.changes import PaperRepository

from coderev.diff import Hunk
from coderev.review.context import (
    CLAIM_TOKENS,
    QUESTION_TOKENS,
    Budget,
    Context,
    Part,
    budget_of,
    change_summary,
    fill,
    framed,
    numbered,
    quotes,
    tokens,
    unit_context,
)
from coderev.review.material import NewFindings, ReviewUnit, Text, overlapping, read_texts, simple, touched_units
from coderev.review.neighbours import Neighbours, Quoted
from coderev.review.whole import change_context
from coderev.settings import Limits

ROOM = Budget(parts=10_000, unit=6_000)
NASTY = st.text(st.sampled_from("=> begin end\n\r\x0b\x0c\x1c\x85\u2028\u202e\U000e0041|+ 7abc\t"), max_size=80)


def texts_of(base: dict[str, bytes], head: dict[str, bytes], renamed: dict[str, str] | None = None) -> tuple[Text, ...]:
    paper = PaperRepository()
    return read_texts(paper.change(base, head, renamed), paper.read, {})


def units_of(base: bytes, head: bytes, path: str = "a.py") -> tuple[ReviewUnit, ...]:
    return touched_units(texts_of({path: base} if base else {}, {path: head}))


@given(NASTY, NASTY)
def test_no_text_and_no_name_makes_a_line_that_looks_like_a_frame(name: str, text: str) -> None:
    lines = framed(name, text).splitlines()

    assert [line for line in lines if line.startswith("===")] == [lines[0], lines[-1]]
    assert all(character.isprintable() or character == "\t" for line in lines for character in line)


@given(NASTY, NASTY)
def test_no_unit_makes_a_line_that_looks_like_a_frame(path: str, source: str) -> None:
    units = units_of(b"", b"def f():\n    " + source.encode() + b"\n", f"{path}.py" if path else "a.py")

    for unit in units:
        context = unit_context(unit, (), None, ROOM, comments=False)
        frames = [line for line in context.text.splitlines() if line.startswith("===")]
        assert len(frames) == 2 * len(context.parts)


def test_a_path_with_newlines_makes_no_row_of_code() -> None:
    path = "a\n    7 + | approve.py"
    texts = texts_of({}, {path: b"def f():\n    return 1\n"})

    asked = change_summary(texts) + quotes("callers", [Quoted(path, 7, ("f()",))]).text

    assert "\n    7 + | approve" not in asked
    assert "U+000A" in asked


@given(st.lists(st.text(max_size=60), max_size=12), st.integers(0, 200))
def test_what_is_kept_fits_and_what_is_not_is_named(texts: list[str], budget: int) -> None:
    parts = [Part(str(number), text) for number, text in enumerate(texts)]

    kept, cut = fill(parts, budget)

    assert tokens(Context(kept, cut).text) <= max(budget, 1)
    assert {part.name for part in kept} | set(cut) == {part.name for part in parts if part.text}


@pytest.mark.parametrize("filler", ["x = 1", "\x01" * 40, "x = 1  # " + "\U0001f600" * 30, "y" * 5_000])
def test_a_question_with_its_answer_stays_within_its_tokens(filler: str) -> None:
    limits, system = Limits(), "s" * 3_000
    head = b"def f():\n" + f"    {filler}\n".encode() * 3_000
    unit = units_of(b"", head)[0]
    budget = budget_of(limits, system)

    context = unit_context(unit, (), None, budget, comments=False)

    asked = tokens(system) + tokens(context.text) + QUESTION_TOKENS + CLAIM_TOKENS + limits.answer_tokens
    assert asked <= limits.context_tokens
    assert "unit" in context.cut


def test_a_line_that_fits_into_no_question_leaves_an_empty_unit() -> None:
    unit = units_of(b"", b"x = '" + b"y" * 100_000 + b"'\n")[0]

    assert numbered(unit, 6_000, comments=False) == ("", True)


def test_what_was_deleted_at_the_end_of_a_unit_is_shown_with_it() -> None:
    base = b"def f(a):\n    use(a)\n    a.close()\n\n\ndef g():\n    pass\n"
    head = base.replace(b"    a.close()\n", b"")

    shown = {unit.unit.name: numbered(unit, 6_000, comments=False)[0] for unit in units_of(base, head)}

    assert "      - |     a.close()" in shown["f"]


def test_a_renamed_files_old_path_counts_as_quoted() -> None:
    texts = texts_of(
        {"secret/a.py": b"def f():\n    return 1\n"}, {"b.py": b"def f():\n    return 2\n"}, {"b.py": "secret/a.py"}
    )

    context = unit_context(touched_units(texts)[0], (), None, ROOM, comments=False)

    assert context.paths == {"b.py", "secret/a.py"}


def test_the_whole_names_signatures_users_and_deleted_files_and_whom_it_quotes() -> None:
    texts = texts_of(
        {"a.py": b"def f(a):\n    pass\n", "gone.py": b"def g():\n    pass\n"}, {"a.py": b"def f(a, b):\n    pass\n"}
    )
    caller = b"def use():\n    f(1)\n    g()\n"
    neighbours = Neighbours(lambda _: (("use.py", "1" * 40),), lambda _: {"1" * 40: caller})

    context = change_context(texts, touched_units(texts), neighbours, ROOM)

    assert "a.py: def f(a)  ->  def f(a, b); called at use.py:2" in context.text
    assert "gone.py: def g()  ->  removed; called at use.py:3" in context.text
    assert "deleted gone.py" in context.text
    assert {"a.py", "gone.py"} <= context.paths


def test_more_signatures_than_are_shown_are_named_as_cut() -> None:
    base = b"".join(b"def f%d(a):\n    pass\n" % number for number in range(60))
    texts = texts_of({"a.py": base}, {"a.py": base.replace(b"(a)", b"(b)")})

    context = change_context(texts, (), None, ROOM)

    assert context.cut == ("changed signatures and who uses them, after 40",)


@pytest.mark.parametrize(("name", "expected"), [("A.run#2", "run"), ("run", "run"), ("A.#hidden", "#hidden")])
def test_the_simple_name_is_what_callers_write(name: str, expected: str) -> None:
    assert simple(name) == expected


@given(st.sets(st.integers(1, 60)), st.integers(1, 60), st.integers(0, 20))
def test_the_ranges_that_overlap_are_found(lines: set[int], first: int, more: int) -> None:
    ranges = tuple(range(3 * line, 3 * line + 2) for line in sorted(lines))

    found = overlapping(ranges, first, first + more)

    assert list(found) == [each for each in ranges if each.start <= first + more and each.stop > first]


def test_names_are_searched_for_together_and_once() -> None:
    searches: list[list[str]] = []

    def grep(names: Collection[str]) -> tuple[tuple[str, str], ...]:
        searches.append(list(names))
        return ()

    neighbours = Neighbours(grep, lambda _: {})

    neighbours.look_up(str(number) for number in range(300))
    neighbours.look_up(["7", "8"])

    assert [len(names) for names in searches] == [200, 100]


def test_a_name_that_stands_everywhere_hides_no_other() -> None:
    def grep(names: Collection[str]) -> tuple[tuple[str, str], ...]:
        common = [(f"{number:04}.py", f"{number:040}") for number in range(500)] if "get" in names else []
        return tuple(([*common, ("z.py", "f" * 40)] if "rare" in names else common)[:500])

    neighbours = Neighbours(grep, lambda oids: {oid: b"rare()\n" if oid[0] == "f" else b"get()\n" for oid in oids})
    neighbours.look_up(["get", "rare"])

    assert [file.path for file in neighbours.files_with("rare")] == ["z.py"]


def test_a_file_of_ten_thousand_units_and_a_unit_of_fifty_thousand_lines_take_linear_time() -> None:
    many = b"".join(b"def f%d(a):\n    return a\n" % number for number in range(10_000))
    whole = texts_of({}, {"a.py": many})[0]
    hunks = tuple(Hunk(old_start=line, old_lines=1, new_start=line, new_lines=1) for line in range(2, 20_001, 2))
    text = replace(whole, change=replace(whole.change, hunks=hunks), base=many)
    long = units_of(b"", b"def f():\n" + b"    x = 1\n" * 50_000)[0]
    started = time.process_time()

    found, units = NewFindings(), touched_units([text])
    for unit in units:
        numbered(unit, 6_000, comments=False)
        assert unit.touched_count == 1
        assert not found.within(unit)
    numbered(long, 6_000, comments=False)

    assert len(units) == 10_000
    assert time.process_time() - started < 5
