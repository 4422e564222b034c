"""`coderev bundle verify|install` and `coderev update apply|rollback|history` as a person runs them."""

import json
from dataclasses import dataclass
from pathlib import Path

import pytest
from stand_ins.bundles import BundleDepot, officer
from stand_ins.command import Ran, run_coderev


@dataclass(frozen=True)
class Station:
    """A host of a hospital, with its configuration, and the depot whose media it gets."""

    home: Path
    depot: BundleDepot

    def run(self, *words: str | Path) -> Ran:
        desk = self.home / "desk"
        desk.mkdir(exist_ok=True)
        return run_coderev(*words, "--config", self.home / "config", cwd=desk)

    def paper(self) -> list[str]:
        return ["--root", self.depot.root_on_paper, "--fingerprint", officer()[1]]

    def install(self, *words: str | Path) -> Ran:
        return self.run("bundle", "install", *words, *self.paper(), "--least-seq", "1", "--yes")

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
    assert not (station.home / "state").exists()


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


def test_a_report_is_written_and_its_digest_stands_in_custody(station: Station) -> None:
    """10.3, 10.4."""
    from hashlib import sha256

    from coderev.bundle.custody import open_custody

    report = station.home / "report.json"
    done = station.run("bundle", "verify", station.make(7), *station.paper(), "--report", report)

    (told,) = open_custody(station.home / "state").read()
    assert done.status == 0, done.stderr
    assert json.loads(report.read_bytes())["verified"] is True
    assert told.record.details["report"] == sha256(report.read_bytes()).hexdigest()
    assert told.signer is not None


def test_an_infected_medium_is_refused_by_the_sites_scanner(station: Station) -> None:
    """10.6."""
    scanner = station.home / "scanner"
    scanner.write_text('#!/bin/sh\n[ "$1" = --version ] && { echo Scan 1; exit 0; }\necho "$1/x: Evil FOUND"\nexit 1\n')
    scanner.chmod(0o755)
    with (station.home / "config/coderev.yaml").open("a") as file:
        file.write(f"  scanner: [{scanner}]\n")

    done = station.install(station.make(7))

    assert done.status == 3, done.stderr
    assert not (station.home / "opt/current").exists()


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
