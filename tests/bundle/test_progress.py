"""Bytes, rate and time left: for people, for programs, and not too often."""

import json

import pytest

from coderev.bundle.progress import Progress, Reached, human_size, human_time, open_progress


class Clock:
    """A clock that goes when it is told to."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def test_a_line_says_bytes_rate_and_time_left() -> None:
    reached = Reached(doing="create", done=1_200_000_000, of=4_200_000_000, seconds=4)

    assert reached.text == "create  1.2 GB of 4.2 GB  300.0 MB/s  0:10 left"


def test_a_program_gets_one_object_a_line() -> None:
    reached = Reached(doing="install", done=50, of=200, seconds=5)

    assert json.loads(reached.json) == {"doing": "install", "bytes": 50, "of": 200, "rate": 10, "left": 15}


@pytest.mark.parametrize(("done", "of", "seconds"), [(0, 100, 3), (10, None, 1), (10, 100, 0)])
def test_what_nobody_can_know_is_not_said(done: int, of: int | None, seconds: float) -> None:
    reached = Reached(doing="create", done=done, of=of, seconds=seconds)

    assert reached.left is None
    assert "left" not in reached.text


def test_it_is_told_a_few_times_a_second_and_at_the_end() -> None:
    clock, told = Clock(), list[int]()

    with Progress("create", 1000, lambda reached: told.append(reached.done), clock) as progress:
        for _ in range(10):
            clock.now += 0.1
            progress.add(100)

    assert told == [300, 600, 900, 1000]


def test_more_than_was_known_before_is_not_more_than_all() -> None:
    progress = Progress("create", 100, None)

    progress.add(150)

    assert progress.reached.done == 100


@pytest.mark.parametrize(("form", "lines"), [("json", 1), ("text", 1), ("auto", 0), ("none", 0)])
def test_without_a_terminal_only_who_asks_is_told(form: str, lines: int, capsys: pytest.CaptureFixture[str]) -> None:
    with open_progress("create", 10, form) as progress:  # type: ignore[arg-type]
        progress.add(10)

    written = capsys.readouterr()
    assert (written.out, len(written.err.splitlines())) == ("", lines)


def test_sizes_and_times_are_for_people() -> None:
    assert [human_size(size) for size in (0, 999, 1000, 4_200_000_000, 5_000_000_000_000_000)] == [
        "0 B", "999 B", "1.0 kB", "4.2 GB", "5000.0 TB",
    ]  # fmt: skip
    assert [human_time(seconds) for seconds in (0, 9, 754, 3723)] == ["0:00", "0:09", "12:34", "1:02:03"]
