"""The journal of a site: spec/bundle.md 10.1, 10.2, 10.5."""

from dataclasses import dataclass
from pathlib import Path

import pytest
from stand_ins.bundles import NOW

from coderev.bundle.host.disk import DiskFails
from coderev.bundle.journal import Began, Ended, Journal, JournalBroken
from coderev.errors import InputError, TrustError
from coderev.trust import chain

BEGAN = Began(what="install", at=NOW, operator="erika", host="ward-3", media=("/media/stick",))


class Wrong(InputError):
    message = "wrong"
    hint = "none"


class Refused(TrustError):
    message = "refused"
    hint = "none"


@dataclass(frozen=True)
class Case:
    error: Exception
    outcome: str
    reason: str


@pytest.mark.parametrize(
    "case",
    [
        Case(Wrong(), "failed", "wrong"),
        Case(Refused(), "refused", "refused"),
        Case(ValueError("x"), "failed", "ValueError: x"),
    ],
    ids=lambda case: case.outcome + case.reason,
)
def test_however_an_attempt_ends_it_is_told(tmp_path: Path, case: Case) -> None:
    """10.5."""
    journal = Journal(tmp_path)

    def attempt_it() -> None:
        with journal.attempt(BEGAN) as notes:
            notes.know(seq=7, before="6-abc")
            raise case.error

    with pytest.raises(type(case.error)):
        attempt_it()

    (attempt,) = journal.history()
    assert attempt.ended is not None
    assert (attempt.ended.outcome, attempt.ended.reason, attempt.ended.seq) == (case.outcome, case.reason, 7)


def test_an_attempt_knows_the_last_line_of_custody_that_it_added(tmp_path: Path) -> None:
    """10.2, 10.5: of several the last, and it is refused where it is no digest."""
    journal = Journal(tmp_path)
    with journal.attempt(BEGAN) as notes:
        notes.know(custody="1" * 64)
        notes.know(custody="2" * 64)

    (attempt,) = journal.history()
    journal.add(BEGAN)
    journal.add(Ended(at=NOW, outcome="installed", custody="none"))

    assert attempt.ended is not None
    assert attempt.ended.custody == "2" * 64
    with pytest.raises(JournalBroken, match="custody"):
        journal.history()


def test_an_attempt_that_was_stopped_is_told_as_such(tmp_path: Path) -> None:
    """10.5: the machine died."""
    journal = Journal(tmp_path)
    journal.add(BEGAN)
    journal.add(BEGAN)
    journal.add(Ended(at=NOW, outcome="installed"))

    first, second = journal.history()

    assert first.ended is None
    assert second.ended is not None
    assert (first.number, second.number) == (1, 2)


def test_a_site_where_nothing_was_tried_has_an_empty_history(tmp_path: Path) -> None:
    assert Journal(tmp_path).history() == ()


def test_a_line_that_ends_nothing_is_refused(tmp_path: Path) -> None:
    """10.5."""
    journal = Journal(tmp_path)
    journal.add(Ended(at=NOW, outcome="installed"))

    with pytest.raises(JournalBroken, match="never began"):
        journal.history()


def test_a_record_of_another_kind_is_refused(tmp_path: Path) -> None:
    """10.1: a whole chain of something else."""
    (tmp_path / "journal.jsonl").write_bytes(chain.next_line({"line": "custody"}, None))

    with pytest.raises(JournalBroken, match="line 1"):
        Journal(tmp_path).history()


def test_very_long_lines_are_chained_too(tmp_path: Path) -> None:
    """10.1: the last line is found however long it is."""
    journal = Journal(tmp_path)
    long = Began(what="install", at=NOW, operator="e", host="h", media=("m" * 1000,) * 50)

    for _ in range(5):
        journal.add(long)

    assert len(journal.history()) == 5


def test_a_journal_that_cannot_be_written_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "journal.jsonl").mkdir()

    with pytest.raises(DiskFails):
        Journal(tmp_path).add(BEGAN)
