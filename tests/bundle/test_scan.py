"""The malware scanner: what it did not read is never called clean."""

import os
from datetime import UTC, datetime
from pathlib import Path

import pytest

from coderev.bundle.scanning import CLAMSCAN_MAX_BYTES, MediumInfected, Scan, scan

VERSION = "ClamAV 1.4.3/27825/Tue Nov 24 09:31:48 2026"


@pytest.fixture
def medium(tmp_path: Path) -> Path:
    folder = tmp_path / "medium"
    folder.mkdir()
    (folder / "0000.part").write_bytes(b"part")
    return folder


@pytest.fixture
def clamscan(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A program of this name that answers as the file `answer` says; what it was called with stands in `called`."""
    folder = tmp_path / "bin"
    folder.mkdir()
    program = folder / "clamscan"
    program.write_text(
        f'#!/bin/sh\n[ "$1" = --version ] && echo "{VERSION}" && exit 0\n'
        f'echo "$@" >{folder}/called\n. {folder}/answer\n'
    )
    program.chmod(0o755)
    (folder / "answer").write_text("exit 0\n")
    monkeypatch.setenv("PATH", f"{folder}{os.pathsep}{os.environ['PATH']}")
    return folder


def test_no_scanner_is_not_scanned(medium: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """10.6: never clean."""
    monkeypatch.setenv("PATH", str(tmp_path))

    found = scan(medium)

    assert found.verdict == "not scanned"
    assert str(found) == "NOT SCANNED: there is no clamscan on this host"
    found.check()


def test_a_scan_says_with_what_and_how_old_its_signatures_are(medium: Path, clamscan: Path) -> None:
    """10.6: the scanner, its version, the date of its signatures and its verdict."""
    found = scan(medium)

    assert found == Scan(
        verdict="clean",
        scanner="clamscan",
        version=VERSION,
        signatures=datetime(2026, 11, 24, 9, 31, 48, tzinfo=UTC),
    )
    assert found.details == {
        "verdict": "clean",
        "scanner": "clamscan",
        "version": VERSION,
        "signatures": "2026-11-24T09:31:48Z",
    }
    assert "--alert-exceeds-max=yes" in (clamscan / "called").read_text()
    assert (clamscan / "called").read_text().endswith(f" {medium}\n")


def test_an_infected_medium_is_refused_with_the_file(medium: Path, clamscan: Path) -> None:
    (clamscan / "answer").write_text('echo "/m/0000.part: Win.Test.EICAR_HDB-1 FOUND"\nexit 1\n')

    found = scan(medium)

    assert found.verdict == "infected"
    with pytest.raises(MediumInfected, match="EICAR"):
        found.check()


@pytest.mark.parametrize("status", [2, 40, 137])
def test_a_scanner_that_failed_is_not_scanned(medium: Path, clamscan: Path, status: int) -> None:
    """10.6."""
    (clamscan / "answer").write_text(f'echo "LibClamAV Error: no database" >&2\nexit {status}\n')

    found = scan(medium)

    assert found.verdict == "not scanned"
    assert str(found) == f"NOT SCANNED: clamscan failed with status {status}: LibClamAV Error: no database"


def test_a_scanner_that_found_something_and_then_failed_found_something(medium: Path, clamscan: Path) -> None:
    (clamscan / "answer").write_text('echo "/m/0000.part: Win.Test.EICAR_HDB-1 FOUND"\nexit 2\n')

    assert scan(medium).verdict == "infected"


def test_a_scanner_that_hangs_is_not_scanned(medium: Path, clamscan: Path) -> None:
    (clamscan / "answer").write_text("sleep 30\n")

    assert scan(medium, seconds=0.3).verdict == "not scanned"


def test_a_file_longer_than_clamscan_reads_is_not_clean(medium: Path, clamscan: Path) -> None:
    """10.6: clamscan ends with status 0 over files of 2 GiB and more, without having read them."""
    with (medium / "0001.part").open("wb") as part:
        part.truncate(CLAMSCAN_MAX_BYTES + 1)

    found = scan(medium)

    assert (found.verdict, found.reason) == ("partly scanned", "too long for it: 0001.part")
    assert (clamscan / "called").exists()


def test_what_clamscan_says_it_passed_over_is_not_called_infected(medium: Path, clamscan: Path) -> None:
    line = "/m/big: Heuristics.Limits.Exceeded.MaxFileSize FOUND"
    (clamscan / "answer").write_text(f'echo "{line}"\nexit 1\n')

    found = scan(medium)

    assert (found.verdict, found.reason) == ("partly scanned", "too long for it: /m/big")


def test_the_sites_own_scanner_is_run_instead(medium: Path, tmp_path: Path) -> None:
    program = tmp_path / "site-scanner"
    program.write_text('#!/bin/sh\n[ "$1" = --version ] && echo "Guard 7" && exit 0\n[ -f "$2/0000.part" ] && exit 1\n')
    program.chmod(0o755)

    found = scan(medium, command=(str(program), "--deep"))

    assert (found.verdict, found.version, found.signatures) == ("infected", "Guard 7", None)
    assert str(found) == "infected by Guard 7, its signatures have no date: malware, and did not say where"
