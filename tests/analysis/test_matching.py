from collections.abc import Callable
from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from coderev.analysis.matching import TwoSides, new_places
from coderev.analysis.places import Place, Seen
from coderev.analysis.rule import Rule
from coderev.analysis.sighting import Sighting


def place(line: int, *, rule: str = "r/1", unit: str = "f", key: str = "k") -> Place:
    made = Rule(id=rule, title="t", severity="low", category="bug")
    sighting = Sighting(rule=made, start_line=line, end_line=line, message="m")
    seen = Seen(analyser="r", version="1", sighting=sighting)
    return Place(
        path="a",
        seen=seen,
        start_line=line,
        end_line=line,
        evidence="e",
        message="m",
        unit=unit,
        key=key,
        shown=key,
        is_cut=False,
    )


def nowhere(_: int) -> int | None:
    return None


def same(line: int) -> int | None:
    return line


def sides(
    base: list[Place], head: list[Place], head_line: Callable[[int], int | None] = nowhere, units: str = ""
) -> TwoSides:
    return TwoSides(base=tuple(base), head=tuple(head), head_line=head_line, base_units=frozenset(units))


def test_an_unchanged_line_matches_whatever_became_of_its_unit() -> None:
    before, after = place(3, unit="f", key="a"), place(3, unit="g", key="b")

    assert new_places([sides([before], [after], same)]) == (frozenset(),)


def test_another_rule_at_the_same_line_is_new() -> None:
    assert new_places([sides([place(3)], [place(3, rule="r/2")], same)]) == (frozenset({0}),)


def test_an_unchanged_line_goes_before_a_moved_copy() -> None:
    files = [sides([place(3)], [place(1), place(9)], lambda line: line + 6)]

    assert new_places(files) == (frozenset({0}),)


def test_the_same_structure_in_the_same_unit_matches_wherever_it_stands() -> None:
    assert new_places([sides([place(3)], [place(70)])]) == (frozenset(),)


def test_another_structure_in_the_same_unit_is_new() -> None:
    assert new_places([sides([place(3)], [place(3, key="other")])]) == (frozenset({0}),)


def test_a_unit_that_went_to_another_file_matches() -> None:
    assert new_places([sides([place(3)], []), sides([], [place(9)])]) == (frozenset(), frozenset())


def test_a_unit_that_went_to_another_file_under_another_name_matches() -> None:
    assert new_places([sides([place(3)], []), sides([], [place(9, unit="g")])]) == (frozenset(), frozenset())


def test_a_unit_that_was_already_there_did_not_move() -> None:
    files = [sides([place(3, unit="f")], [place(9, unit="g")], units="fg")]

    assert new_places(files) == (frozenset({0}),)


def test_a_unit_that_kept_its_name_goes_before_one_that_did_not() -> None:
    files = [sides([place(3, unit="f")], []), sides([], [place(1, unit="g"), place(9, unit="f")])]

    assert new_places(files) == (frozenset(), frozenset({0}))


PLACES = st.builds(
    place,
    st.integers(1, 6),
    rule=st.sampled_from(["r/1", "r/2"]),
    unit=st.sampled_from("fg"),
    key=st.sampled_from("ab"),
)
SIDE = st.lists(PLACES, max_size=5).map(lambda made: tuple(sorted(made, key=lambda each: each.order[0:1])))


def ordered(places: tuple[Place, ...]) -> tuple[Place, ...]:
    return tuple(sorted(places, key=lambda each: each.order))


FILES = st.lists(
    st.builds(
        TwoSides,
        base=SIDE.map(ordered),
        head=SIDE.map(ordered),
        head_line=st.sampled_from([same, nowhere]),
        base_units=st.sampled_from([frozenset(), frozenset("f"), frozenset("fg")]),
    ),
    max_size=3,
)


def count(files: list[TwoSides]) -> int:
    return sum(map(len, new_places(files)))


@given(FILES)
def test_nothing_is_new_where_head_is_base(files: list[TwoSides]) -> None:
    assert count([replace(each, head=each.base) for each in files]) == 0


@given(FILES)
def test_matching_is_one_to_one(files: list[TwoSides]) -> None:
    base, head = sum(len(each.base) for each in files), sum(len(each.head) for each in files)

    assert max(head - base, 0) <= count(files) <= head


@given(FILES, PLACES)
def test_duplicating_a_flaw_gives_exactly_one(files: list[TwoSides], flaw: Place) -> None:
    base = [replace(each, head=each.base) for each in files]
    doubled = TwoSides(base=(flaw,), head=(flaw, flaw), head_line=same)

    assert count([*base, doubled]) == 1


@given(FILES, st.randoms())
def test_the_order_of_files_does_not_change_how_many_are_new(files: list[TwoSides], random: object) -> None:
    shuffled = list(files)
    random.shuffle(shuffled)  # type: ignore[attr-defined]

    assert count(shuffled) == count(files)


@given(FILES)
def test_a_file_whose_base_is_not_known_has_only_what_moved_there(files: list[TwoSides]) -> None:
    unknown = [replace(each, base=()) for each in files]

    assert count(unknown) == sum(len(each.head) for each in files)
