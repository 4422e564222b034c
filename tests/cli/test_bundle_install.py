"""`coderev bundle verify|install` and `coderev update apply|rollback|history` as a person runs them."""

import json
import os
import pty
import shutil
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

import pytest
from stand_ins.bundles import FILES, NOW, BundleDepot, officer
from stand_ins.command import Ran, run_coderev

from coderev.bundle.custody import Told, open_custody, read_travelling, record, travel
from coderev.bundle.journal import Journal


@dataclass(frozen=True)
class Station:
    """A host of a hospital, with its configuration, and the depot whose media it gets."""

    home: Path
    depot: BundleDepot

    def run(self, *words: str | Path, stdin: bytes | int = b"") -> Ran:
        desk = self.home / "desk"
        desk.mkdir(exist_ok=True)
        return run_coderev(*words, "--config", self.home / "config", cwd=desk, stdin=stdin)

    def paper(self) -> list[str]:
        return ["--root", self.depot.root_on_paper, "--fingerprint", officer()[1]]

    def install(self, *words: str | Path) -> Ran:
        return self.run("bundle", "install", *words, *self.paper(), "--least-seq", "1", "--yes")

    def custody(self) -> tuple[Told, ...]:
        return open_custody(self.home / "state").read()

    def scanner(self, commands: str) -> None:
        """Give the site a scanner: a script, which gets the folder as `$1`."""
        scanner = self.home / "scanner"
        scanner.write_text(f'#!/bin/sh\n[ "$1" = --version ] && {{ echo Scan 1; exit 0; }}\n{commands}\n')
        scanner.chmod(0o755)
        with (self.home / "config/coderev.yaml").open("a") as file:
            file.write(f"  scanner: [{scanner}]\n")

    def make(self, seq: int) -> Path:
        return self.depot.make(self.home / f"medium of {seq}", seq=seq)


@pytest.fixture
def station(tmp_path: Path) -> Station:
    (tmp_path / "config").mkdir()
    (tmp_path / "config/coderev.yaml").write_text(
        f"bundle:\n  folder: {tmp_path}/opt\n  state: {tmp_path}/state\n  roles: [app]\n"
    )
    return Station(tmp_path, BundleDepot())


def lines(text: str) -> dict[str, str]:
    return {line.partition(":")[0]: line.partition(":")[2].strip() for line in text.splitlines()}


def test_the_operator_sees_what_will_happen_before_it_does(station: Station) -> None:
    """The screen of the issue: seq, site, media, signers, digest, bytes to write and free, NOT SCANNED."""
    bundle = station.make(7)

    done = station.install(bundle)

    told = lines(done.stderr)
    assert done.status == 0, done.stderr
    assert "seq 7" in told["bundle"]
    assert "site *" in told["for"]
    assert officer()[1] in told["OpenPGP"]
    assert len(told["manifest"].removeprefix("SHA-256 ")) == 64
    assert "free:" in told["to write"]
    assert "NOT SCANNED" in told["medium"]
    assert told["live now"].startswith("nothing; then 7-")
    assert done.stdout.startswith("installed: 7-")


def test_without_a_yes_nothing_is_installed(station: Station) -> None:
    done = station.run("bundle", "install", station.make(7), *station.paper(), "--least-seq", "1")

    assert done.status == 2
    assert "`--yes`" in done.stderr
    assert not (station.home / "opt/current").exists()


def test_a_host_without_anything_asks_paper(station: Station) -> None:
    """6.1, 6.7."""
    bundle = station.make(7)

    no_root = station.run("bundle", "install", bundle, "--yes")
    no_floor = station.run("bundle", "install", bundle, "--yes", *station.paper())

    assert (no_root.status, "--root SHA256" in no_root.stderr) == (2, True)
    assert (no_floor.status, "least seq" in no_floor.stderr) == (2, True)


def test_update_apply_needs_a_site_and_no_paper(station: Station) -> None:
    seven, eight = station.make(7), station.make(8)

    before = station.run("update", "apply", seven, "--yes")
    station.install(seven)
    after = station.run("update", "apply", eight, "--yes")

    assert (before.status, "bundle install" in before.stderr) == (2, True)
    assert (after.status, after.stdout[:13]) == (0, "installed: 8-")


def test_update_rollback_goes_back_and_history_tells_all(station: Station) -> None:
    """8.1, 10.5."""
    station.install(station.make(7))
    station.run("update", "apply", station.make(8), "--yes")
    station.run("update", "apply", station.home / "medium of 7", "--yes")

    back = station.run("update", "rollback")
    history = station.run("update", "history")
    plain = station.run("update", "history", "--format", "json")

    assert back.stdout.startswith("gone back: 7-")
    assert [line.split(", by ")[0].split("UTC  ")[1] for line in history.stdout.splitlines() if "UTC  " in line] == [
        "install: installed",
        "install: installed",
        "install: refused",
        "rollback: gone back",
    ]
    assert "bundle seq 7 is older than 8" in history.stdout
    assert [each["ended"]["seq"] for each in json.loads(plain.stdout) if "seq" in each["ended"]] == [7, 8, 7]


def test_a_changed_journal_is_told_with_exit_status_3(station: Station) -> None:
    """10.1."""
    station.install(station.make(7))
    journal = station.home / "state/journal.jsonl"
    journal.write_bytes(journal.read_bytes().replace(b'"what":"install"', b'"what":"rollback"'))

    done = station.run("update", "history")

    assert (done.status, "line 2 breaks the chain" in done.stderr) == (3, True)


def test_verify_says_everything_and_installs_nothing(station: Station) -> None:
    """6.10."""
    done = station.run("bundle", "verify", station.make(7), *station.paper())

    told = lines(done.stdout)
    assert done.status == 0, done.stderr
    assert told["verified"] == "yes"
    assert officer()[1] in told["OpenPGP"]
    assert not (station.home / "opt").exists()
    assert {path.name for path in (station.home / "state").iterdir()} == {"custody", "custody.jsonl"}


def test_verify_tells_each_fault_with_its_place_and_advice(station: Station) -> None:
    """4.11, 4.12."""
    bundle = station.make(7)
    part = bundle / "parts/0000.part"
    part.write_bytes(b"x" + part.read_bytes()[1:])

    text = station.run("bundle", "verify", bundle, *station.paper())
    plain = station.run("bundle", "verify", bundle, *station.paper(), "--format", "json")

    assert (text.status, plain.status) == (3, 3)
    assert "part 0, bytes 0 to" in lines(text.stdout)["fault"]
    assert plain.json["verified"] is False
    assert plain.json["faults"][0]["offset"] == 0
    assert "get parts/0000.part again" in plain.json["faults"][0]["advice"]


def test_verify_of_some_media_is_not_verified(station: Station) -> None:
    """6.10."""
    bundle = station.make(7)
    (bundle / "parts/0000.part").unlink()

    medium = station.run("bundle", "verify", bundle, *station.paper())
    spool = station.run("bundle", "verify", "--spool", bundle, *station.paper())

    assert (medium.status, spool.status) == (4, 4)
    assert lines(medium.stdout)["missing"] == "part 0 is not there; it is on medium 1"
    assert lines(spool.stdout)["missing"] == "part 0 has not wholly arrived; it is on medium 1"


def test_a_report_is_signed_and_its_digest_stands_in_custody(station: Station) -> None:
    """10.3, 10.4, 10.7."""
    report = station.home / "report.json"

    done = station.run("bundle", "verify", station.make(7), *station.paper(), "--report", report)
    checked = station.run("update", "report", report)

    told = station.custody()[-1]
    assert (done.status, checked.status) == (0, 0), done.stderr + checked.stderr
    assert checked.json["verified"] is True
    assert json.loads(report.read_bytes())["keyid"] == told.signer
    assert told.record.details["report"] == sha256(report.read_bytes()).hexdigest()


def test_a_report_that_was_changed_is_refused(station: Station) -> None:
    """10.7."""
    report = station.home / "report.json"
    bundle = station.make(7)
    (bundle / "parts/0000.part").unlink()
    station.run("bundle", "verify", bundle, *station.paper(), "--report", report)

    report.write_bytes(report.read_bytes().replace(b'"verified":false', b'"verified":true'))
    checked = station.run("update", "report", report)

    assert (checked.status, "the signature is wrong" in checked.stderr) == (3, True)


def test_each_step_of_each_medium_stands_in_custody_and_the_journal_knows_the_last(station: Station) -> None:
    """10.2, 10.3, 10.4, 10.6."""
    medium = station.make(7)
    travelling = travel(b"", record("created", "0" * 64, NOW))
    (medium / "CUSTODY.jsonl").write_bytes(travelling)

    done = station.install(medium)

    told = station.custody()
    (attempt,) = Journal(station.home / "state").history()
    assert done.status == 0, done.stderr
    assert [each.record.step for each in told] == ["scanned", "verified", "installed"]
    assert told[0].record.details["verdict"] == "not scanned"
    assert [each.record.travelled for each in told] == [None, read_travelling(travelling).head, None]
    assert {each.record.details["from"] for each in told} == {str(medium)}
    assert {each.record.manifest for each in told} == {sha256((medium / "MANIFEST.json").read_bytes()).hexdigest()}
    assert attempt.ended is not None
    assert attempt.ended.custody == told[-1].digest


def test_custody_that_came_broken_decides_nothing_and_is_told(station: Station) -> None:
    """10.4."""
    medium = station.make(7)
    (medium / "CUSTODY.jsonl").write_bytes(b"[" * 10_000 + b"\n")

    done = station.install(medium)

    assert done.status == 0, done.stderr
    assert "line 1 breaks the chain" in station.custody()[1].record.details["custody"]


def test_lines_that_are_missing_at_the_end_of_custody_are_found_by_the_journal(station: Station) -> None:
    """10.2."""
    station.install(station.make(7))
    file = station.home / "state/custody.jsonl"
    whole = file.read_bytes()
    file.write_bytes(b"".join(whole.splitlines(keepends=True)[:-1]))

    shorter = station.run("update", "history")
    file.write_bytes(whole)
    restored = station.run("update", "history")

    assert (shorter.status, "is missing" in shorter.stderr) == (3, True)
    assert "install: installed" in shorter.stdout
    assert restored.status == 0, restored.stderr


def test_custody_that_was_begun_anew_is_found_by_the_journal(station: Station) -> None:
    """10.2: although the lines of the last attempt are there."""
    station.install(station.make(7))
    (station.home / "state/custody.jsonl").unlink()
    station.run("update", "apply", station.make(8), "--yes")

    history = station.run("update", "history")

    assert (history.status, "is missing" in history.stderr) == (3, True)
    assert history.stdout.count("install: installed") == 2


def test_custody_that_was_changed_is_told_as_such(station: Station) -> None:
    """10.1, 10.4."""
    station.install(station.make(7))
    file = station.home / "state/custody.jsonl"
    file.write_bytes(file.read_bytes().replace(b'"not scanned"', b'"clean"', 1))

    history = station.run("update", "history")

    assert (history.status, "custody.jsonl is not whole: line 1" in history.stderr) == (3, True)


def test_what_cannot_be_recorded_is_not_installed_and_verified_all_the_same(station: Station) -> None:
    """10.3: a lost custody key."""
    station.install(station.make(7))
    (station.home / "state/custody/key.pem").unlink()
    eight = station.make(8)

    verified = station.run("bundle", "verify", eight)
    installed = station.run("update", "apply", eight, "--yes")
    station.run("keys", "rotate", "--custody")
    again = station.run("update", "apply", eight, "--yes")

    assert (verified.status, verified.stderr.count("NOT RECORDED")) == (0, 1)
    assert (installed.status, "keys rotate --custody" in installed.stderr) == (2, True)
    assert again.stdout.startswith("installed: 8-")


def test_an_infected_medium_is_refused_by_the_sites_scanner(station: Station) -> None:
    """10.6."""
    station.scanner('echo "$1/x: Evil FOUND"; exit 1')

    done = station.install(station.make(7))

    (told,) = station.custody()
    assert done.status == 3, done.stderr
    assert not (station.home / "opt/current").exists()
    assert (told.record.step, told.record.details["verdict"]) == ("scanned", "infected")


def test_malware_is_told_whatever_else_is_wrong_with_a_medium(station: Station) -> None:
    """10.6."""
    station.scanner('echo "$1/x: Evil FOUND"; exit 1')
    medium = station.make(7)
    (medium / "SIGNATURE.asc").unlink()

    installed, verified = station.install(medium), station.run("bundle", "verify", medium, *station.paper())

    assert (installed.status, verified.status) == (3, 3)
    assert "Evil" in installed.stderr
    assert "Evil" in verified.stderr


def answering(station: Station, *words: str | Path) -> Ran:
    """Run a command as on a terminal, where somebody presses Enter twice."""
    keyboard, terminal = pty.openpty()
    os.write(keyboard, b"\n\n")
    try:
        return station.run("bundle", "install", *words, *station.paper(), "--least-seq", "1", "--yes", stdin=terminal)
    finally:
        os.close(keyboard)
        os.close(terminal)


@pytest.mark.parametrize("verdict", ["clean", "infected"])
def test_a_medium_that_is_put_in_later_is_scanned_too(station: Station, verdict: str) -> None:
    """10.3, 10.6: here the scanner also puts it in, when it is called again."""
    files = {**FILES, "a": os.urandom(17 << 20), "b": os.urandom(17 << 20)}
    media = station.depot.make(station.home / "media", files, medium_size=33 << 20)
    drive = station.home / "drive"
    shutil.copytree(media / "medium-1", drive)
    ends = {"clean": "exit 0", "infected": 'echo "$1/x: Evil FOUND"; exit 1'}[verdict]
    station.scanner(f"[ -e {drive}.seen ] || {{ touch {drive}.seen; exit 0; }}\ncp -r {media}/medium-2/. $1/\n{ends}")

    done = answering(station, drive)

    told = station.custody()
    found = [each.record.details["verdict"] for each in told if each.record.step == "scanned"]
    assert found == ["clean", verdict]
    assert (done.status, (station.home / "opt/current").exists()) == {"clean": (0, True), "infected": (3, False)}[
        verdict
    ]


def test_where_the_site_differs_from_a_default_it_is_shown_and_its_file_stays(station: Station) -> None:
    """7.12."""
    own = station.home / "config/defaults.yaml"
    own.write_text("mode: private\n")

    done = station.install(station.make(7))

    assert "-mode: air-gapped" in done.stderr
    assert "+mode: private" in done.stderr
    assert own.read_text() == "mode: private\n"


def test_it_must_be_said_where_the_bundle_is(station: Station) -> None:
    nothing = station.run("bundle", "verify")
    both = station.run("bundle", "verify", station.make(7), "--spool", station.home)

    assert (nothing.status, both.status) == (2, 2)
    assert "--spool FOLDER" in nothing.stderr


def test_progress_is_told_as_json_lines_with_what_is_to_come(station: Station) -> None:
    bundle = station.make(7)
    size = (bundle / "parts/0000.part").stat().st_size

    verified = station.run("bundle", "verify", bundle, *station.paper(), "--progress", "json")
    installed = station.install(bundle, "--progress", "json")

    for done, doing in ((verified, "verify"), (installed, "install")):
        told = [json.loads(line) for line in done.stderr.splitlines() if line.startswith("{")]
        assert [(each["bytes"], each["of"]) for each in told if each["doing"] == doing] == [(size, size)]
