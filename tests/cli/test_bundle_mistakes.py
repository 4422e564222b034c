"""What somebody sees who mistypes, forgets a medium or repeats a command: one error, and a next step that works."""

from pathlib import Path

import pytest
from stand_ins.bundles import FILES, BundleDepot, officer
from stand_ins.command import Ran, run_coderev

from coderev.bundle.journal import Journal
from coderev.bundle.progress import CLEAR, open_progress

LONG = {"models/small/model.gguf": b"GGUF" * (10 << 20)}


class Ward:
    """A host that has nothing yet, whose last step can be told to fail."""

    def __init__(self, home: Path) -> None:
        self.home, self.depot = home, BundleDepot()
        (home / "etc").mkdir()
        (home / "ready").write_text("#!/bin/sh\nexit 0\n")
        (home / "ready").chmod(0o755)
        (home / "etc/coderev.yaml").write_text(
            f"bundle:\n  folder: {home}/opt\n  state: {home}/state\n  roles: [app]\n  last_step: [{home}/ready]\n"
        )

    def install(self, *words: str | Path, root: str | None = None, least: str = "7") -> Ran:
        paper = ("--root", root or self.depot.root_on_paper, "--fingerprint", officer()[1], "--least-seq", least)
        return run_coderev("bundle", "install", *words, *paper, "--config", "etc", cwd=self.home)


@pytest.fixture
def ward(tmp_path: Path) -> Ward:
    return Ward(tmp_path)


@pytest.mark.parametrize(("typed", "status", "said"), [("1234", 2, "it has 4 characters"), ("0" * 64, 3, "none of")])
def test_a_root_that_was_typed_too_short_is_no_matter_of_trust(ward: Ward, typed: str, status: int, said: str) -> None:
    """6.1."""
    medium = ward.depot.make(ward.home / "medium")

    ran = ward.install(medium, "--yes", root=typed)

    assert (ran.status, said in ran.stderr) == (status, True)


def test_a_bundle_older_than_the_paper_says_so_and_sends_nobody_to_rollback(ward: Ward) -> None:
    """6.7."""
    medium = ward.depot.make(ward.home / "medium", seq=7)

    ran = ward.install(medium, "--yes", least="8")

    assert ran.status == 3
    assert "bundle seq 7 is older than 8, the least seq that was typed from paper" in ran.stderr
    assert "rollback" not in ran.stderr


def test_a_medium_that_was_forgotten_is_named(ward: Ward) -> None:
    """1.2."""
    ward.depot.make(ward.home / "media", FILES | LONG, medium_size=17 << 20)

    ran = ward.install("media/medium-1", "media/medium-3", "--yes")

    assert ran.status == 4
    assert "it is on medium 2 of 3" in ran.stderr
    assert "hint: name the folder of medium 2 too" in ran.stderr


def test_a_bundle_that_nobody_finished_signing_is_a_matter_of_trust(ward: Ward) -> None:
    """5.1."""
    medium = ward.depot.make(ward.home / "medium")
    (medium / "SIGNATURE.asc").unlink()

    ran = ward.install(medium, "--yes")

    assert ran.status == 3
    assert "medium is not wholly signed: SIGNATURE.asc is missing" in ran.stderr


def test_the_plan_is_shown_and_asked_again_after_a_failed_last_step(ward: Ward) -> None:
    """7.10: nothing is left to write, and still nothing becomes live that nobody said yes to."""
    medium = ward.depot.make(ward.home / "medium")
    (ward.home / "ready").write_text("#!/bin/sh\nexit 1\n")
    failed = ward.install(medium, "--yes")
    (ward.home / "ready").write_text("#!/bin/sh\nexit 0\n")

    asked, done = ward.install(medium), ward.install(medium, "--yes")

    assert [failed.status, asked.status, done.status] == [4, 2, 0]
    assert "to read:   nothing: all of it is here already, and was compared" in asked.stderr
    assert "the plan was not confirmed" in asked.stderr
    told = [each.ended.outcome for each in Journal(ward.home / "state").history() if each.ended is not None]
    assert told == ["swapped back", "declined", "installed"]


def test_progress_on_a_terminal_leaves_an_empty_line_for_what_follows(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("sys.stderr.isatty", lambda: True)

    with open_progress("look", None, "auto") as progress:
        progress.add(5)

    assert capsys.readouterr().err.endswith(CLEAR)
