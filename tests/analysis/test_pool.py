from collections.abc import Iterator

import pytest
from stand_ins.tasks import die_at_three, double, fail_at_three

from coderev.analysis.pool import spread


def test_outcomes_come_in_the_order_of_the_tasks() -> None:
    assert list(spread(double, range(9), processes=2)) == [(number, 2 * number) for number in range(9)]


def test_a_task_whose_process_dies_is_the_only_one_that_is_lost() -> None:
    outcomes = dict(spread(die_at_three, range(12), processes=2))

    assert outcomes == {number: None if number == 3 else number for number in range(12)}


def test_what_a_task_raises_is_raised() -> None:
    with pytest.raises(ValueError, match="3"):
        list(spread(fail_at_three, range(5), processes=1))


def test_tasks_are_made_only_shortly_before_their_turn() -> None:
    made: list[int] = []

    def tasks() -> Iterator[int]:
        for number in range(50):
            made.append(number)
            yield number

    outcomes = spread(double, tasks(), processes=1)
    next(outcomes)

    assert len(made) <= 3
