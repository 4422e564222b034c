"""What an engine found is counted as statistics says."""

import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

sys.path.append(str(Path(__file__).parents[3]))  # `benchmarks` is a folder of scripts, and not installed

from benchmarks.taint.scoring import Rate, Result, average, printed, score, wilson


def _results(cwe: str, *, found: int, missed: int, wrong: int, quiet: int) -> list[Result]:
    counts = ((True, True, found), (True, False, missed), (False, True, wrong), (False, False, quiet))
    return [
        Result(cwe=cwe, name=f"{vulnerable} {said} {number}", vulnerable=vulnerable, found=said)
        for vulnerable, said, count in counts
        for number in range(count)
    ]


def test_wilson_gives_the_published_interval() -> None:
    rate = wilson(81, 263)  # Newcombe, Statistics in Medicine 17, 1998, table I: 0.2553 to 0.3662

    assert rate.lower == pytest.approx(0.2553, abs=5e-5)
    assert rate.upper == pytest.approx(0.3662, abs=5e-5)


def test_nothing_of_29_has_the_published_interval() -> None:
    rate = wilson(0, 29)  # the same table: 0.0000 to 0.1170

    assert rate.lower == 0.0
    assert rate.upper == pytest.approx(0.1170, abs=5e-5)


def test_of_nothing_all_is_possible() -> None:
    assert wilson(0, 0) == Rate(value=0.0, lower=0.0, upper=1.0)


@given(st.integers(0, 200).flatmap(lambda of: st.tuples(st.integers(0, of), st.just(of))))
def test_an_interval_holds_its_proportion_and_is_mirrored(pair: tuple[int, int]) -> None:
    count, of = pair

    rate, other = wilson(count, of), wilson(of - count, of)

    assert 0.0 <= rate.lower <= rate.value <= rate.upper <= 1.0
    assert rate.lower == pytest.approx(1.0 - other.upper)


def test_the_average_of_one_rate_is_that_rate() -> None:
    rate = wilson(18, 20)

    mean = average([rate])

    assert (mean.value, mean.lower, mean.upper) == pytest.approx((rate.value, rate.lower, rate.upper))


def test_the_average_of_alike_rates_is_narrower_by_the_root_of_their_number() -> None:
    rate = wilson(18, 20)

    mean = average([rate] * 4)

    assert mean.value - mean.lower == pytest.approx((rate.value - rate.lower) / 2)


def test_perfect_parts_leave_room_for_doubt() -> None:
    assert average([wilson(7, 7)] * 14).lower == pytest.approx(0.905, abs=5e-4)


def test_the_average_of_nothing_is_refused() -> None:
    with pytest.raises(ValueError, match="no rates"):
        average([])


def test_each_weakness_weighs_alike() -> None:
    many = _results("CWE-89", found=90, missed=10, wrong=0, quiet=100)
    few = _results("CWE-90", found=1, missed=1, wrong=1, quiet=1)

    table = score([*many, *few])

    assert [row.cwe for row in table.rows] == ["CWE-89", "CWE-90"]
    assert table.macro.recall.value == pytest.approx((0.9 + 0.5) / 2)
    assert table.macro.false_positives.value == pytest.approx((0.0 + 0.5) / 2)


def test_weaknesses_stand_in_order_of_their_numbers() -> None:
    results = [
        *_results("CWE-601", found=1, missed=0, wrong=0, quiet=1),
        *_results("CWE-79", found=1, missed=0, wrong=0, quiet=1),
    ]

    assert [row.cwe for row in score(results).rows] == ["CWE-79", "CWE-601"]


def test_the_table_says_counts_and_intervals() -> None:
    text = printed(score(_results("CWE-22", found=3, missed=1, wrong=1, quiet=3)))

    assert "| CWE-22 | 0.750 (3/4) | 0.301 to 0.954 | 0.250 (1/4) | 0.046 to 0.699 |" in text
    assert text.splitlines()[-2].startswith("| all | 0.750 | ")


def test_the_principal_weaknesses_are_averaged_by_themselves() -> None:
    principal = _results("CWE-22", found=4, missed=0, wrong=0, quiet=4)
    other = _results("CWE-1333", found=0, missed=4, wrong=4, quiet=0)

    table, without = score([*principal, *other]), score(other)

    assert table.principal is not None
    assert (table.principal.recall.value, table.macro.recall.value) == (1.0, 0.5)
    assert without.principal is None
