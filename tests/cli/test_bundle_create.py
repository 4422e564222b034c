"""`coderev bundle create`, `sign`, `inspect` and `inventory`, as they are typed."""

import json
import re
import shutil
from pathlib import Path

import pytest
from stand_ins.command import Ran, run_coderev
from stand_ins.manifests import FILES as INSTALLED
from stand_ins.manifests import fields
from stand_ins.releases import the_makers, write_recipe

from coderev.bundle.format.manifest import Manifest, encode
from coderev.bundle.inventory import read_inventory

FILES = {f"app/{n}": bytes([n]) * 1000 for n in range(30)}
TREE = "tree: [{from: app, to: app}]\n"


@pytest.fixture
def here(tmp_path: Path) -> Path:
    folder = tmp_path / "here"
    folder.mkdir()
    return folder


def create(here: Path, *more: str | Path, seq: int = 1, files: dict[str, bytes] | None = None) -> Ran:
    recipe = write_recipe(here / f"src-{seq}", TREE, seq=seq, files=files or FILES)
    makers = the_makers()
    given = ("--output", here / str(seq), "--roots", makers.roots, "--keyring", makers.keyring)
    return run_coderev("bundle", "create", recipe, *given, *more, cwd=here)


def sign(here: Path, *more: str | Path, bundle: str = "1") -> Ran:
    home = {"GNUPGHOME": str(the_makers().home)}
    return run_coderev("bundle", "sign", here / bundle, *more, cwd=here, env=home)


def keys(*names: str) -> list[str | Path]:
    makers = the_makers()
    return [
        *(word for name in names for word in ("--key", makers.key(name))),
        "--passphrase-file",
        makers.passphrase_file,
    ]


def test_a_bundle_is_made_signed_on_two_machines_and_complete(here: Path) -> None:
    """5.11: the machine with the keys sees the metadata only."""
    made = create(here)
    shutil.copytree(here / "1", here / "copy", ignore=shutil.ignore_patterns("parts"))
    first = sign(here, *keys("targets-1"))
    second = sign(here, *keys("targets-3"), bundle="copy")
    joined = sign(here, "--from", here / "copy", *keys("daily"))
    last = sign(here, "--openpgp", "--local-user", the_makers().fingerprint)

    assert [ran.status for ran in (made, first, second, joined, last)] == [0, 0, 0, 0, 0]
    assert made.stdout.splitlines()[-1].startswith(f"NOT COMPLETE: sign it with `coderev bundle sign {here / '1'} ")
    assert "targets: 1 of 2 signatures; may still sign: " in first.stdout
    assert "targets: 2 of 2 signatures\n" in joined.stdout
    assert f"nothing is missing: verify it with `coderev bundle verify {here / '1'} " in last.stdout


def test_the_command_line_says_what_was_made(here: Path) -> None:
    made = create(here)

    assert made.stdout.startswith("made: seq 1, 31 files, 38.")
    assert "stored: " in made.stdout
    assert f"medium: {here / '1'}" in made.stdout
    assert made.stderr == ""


def test_a_delta_is_made_from_a_seq_or_an_inventory(here: Path) -> None:
    create(here)
    by_seq = create(here, "--since", "1", seq=2, files=FILES | {"app/new": b"new"})
    shutil.copytree(here / "1", here / "site" / "current" / ".coderev")
    shutil.copytree(here / "src-1" / "app", here / "site" / "current" / "app")
    taken = run_coderev("bundle", "inventory", "--folder", here / "site", "--output", here / "inventory", cwd=here)
    by_inventory = create(here, "--since", "inventory", seq=3, files=FILES | {"app/new": b"newer"})

    assert [ran.status for ran in (by_seq, taken, by_inventory)] == [0, 0, 0]
    assert "a delta from seq 1: 30 contents are left out, 1 go as patches" in by_seq.stdout
    assert "a delta from seq 1: 30 contents are left out, 0 go as patches" in by_inventory.stdout


def test_media_and_parts_have_the_sizes_that_were_asked_for(here: Path) -> None:
    ran = create(here, "--media-size", "16MiB", "--part-size", "16777216", "--checksums")

    assert ran.status == 0
    assert f"medium: {here / '1' / 'medium-1'}" in ran.stdout
    assert "  parts/0000.part\n" in (here / "1" / "medium-1" / "CHECKSUMS.sha256").read_text(encoding="ascii")


@pytest.mark.parametrize(("size", "status"), [("many", 2), ("1MiB", 2)])
def test_a_size_that_no_bundle_can_have_is_told(here: Path, size: str, status: int) -> None:
    """4.9."""
    ran = create(here, "--part-size", size)

    assert ran.status == status
    assert ran.stderr.startswith("error: ")
    assert not (here / "1").exists()


def test_progress_comes_as_lines_of_json(here: Path) -> None:
    ran = create(here, "--progress", "json")

    last = json.loads(ran.stderr.splitlines()[-1])
    assert (last["doing"], last["bytes"], last["of"], last["left"]) == ("create", 30_000, 30_000, 0)


def test_signing_with_nothing_is_told(here: Path) -> None:
    create(here)

    ran = sign(here)

    assert ran.status == 2
    assert ran.stderr.startswith("error: it was not said with what to sign\nhint: ")


def test_the_officers_command_is_printed(here: Path) -> None:
    create(here)

    ran = sign(here, "--print-gpg", "--local-user", "alice")

    words = "--no-verbose --local-user alice --digest-algo SHA512 --armor --detach-sign"
    assert ran.stdout == f"gpg {words} --output SIGNATURE.asc MANIFEST.json\n"


def test_a_wrong_passphrase_is_told(here: Path) -> None:
    create(here)
    (here / "wrong").write_bytes(b"another one\n")
    (here / "wrong").chmod(0o600)

    ran = sign(here, "--key", the_makers().key("targets-1"), "--passphrase-file", here / "wrong")

    assert ran.status == 2
    assert "the passphrase is wrong" in ran.stderr


def test_inspect_shows_it_for_people_and_programs(here: Path) -> None:
    create(here)

    people = run_coderev("bundle", "inspect", here / "1", cwd=here)
    program = run_coderev("bundle", "inspect", here / "1", "--format", "json", cwd=here)

    assert people.stdout.splitlines()[0] == "coderev 1.1.0, seq 1, release, channel stable"
    assert program.json["verified"] is False


def test_the_inventory_of_a_site_goes_to_standard_output(here: Path) -> None:
    """9.6."""
    generation = here / "current"
    (generation / ".coderev").mkdir(parents=True)
    (generation / ".coderev" / "MANIFEST.json").write_bytes(encode(Manifest(**fields())))
    for path, content in INSTALLED.items():
        (generation / path).parent.mkdir(parents=True, exist_ok=True)
        (generation / path).write_bytes(content)

    ran = run_coderev("bundle", "inventory", "--folder", here, cwd=here)
    (here / "taken").write_text(ran.stdout, encoding="utf-8")

    assert ran.status == 0
    assert len(read_inventory(here / "taken").contents) == len(INSTALLED)


def test_a_bundle_that_would_be_expired_is_not_made(here: Path) -> None:
    recipe = write_recipe(here / "src", TREE, files=FILES)
    recipe.write_text(re.sub(r"expires: \d{4}", "expires: 2020", recipe.read_text()))
    makers = the_makers()

    made = run_coderev(
        *("bundle", "create", recipe, "--output", here / "1", "--roots", makers.roots, "--keyring", makers.keyring),
        cwd=here,
    )

    assert (made.status, (here / "1").exists()) == (2, False)
    assert made.stderr.startswith("error: the bundle would expire on 2020-")


def test_a_folder_that_starts_no_host_is_no_bootstrap(here: Path) -> None:
    """13.1."""
    (here / "wheels").mkdir()
    (here / "wheels/install.sh").write_text("#!/bin/sh\n")

    made = create(here, "--bootstrap", here / "wheels")

    assert (made.status, (here / "1").exists()) == (2, False)
    assert "wheels.lock is missing" in made.stderr
