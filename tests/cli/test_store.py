"""`coderev store`, as an operator types it."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from coderev.cli.store import command

KEY = "aa" * 32


@pytest.fixture
def site(tmp_path: Path) -> Path:
    return _site(tmp_path, "old")


def _site(tmp_path: Path, name: str, key: str = KEY) -> Path:
    folder = tmp_path / name
    folder.mkdir()
    (folder / "key").write_text(key)
    (folder / "key").chmod(0o600)
    text = f"database:\n  folder: {folder}/postgres\n  key_file: {folder}/key\n"
    (folder / "coderev.yaml").write_text(text)
    return folder


def _typed(site: Path, *words: str) -> Result:
    return CliRunner().invoke(command, [*words, "--config", str(site)], standalone_mode=False)


def test_a_database_is_migrated_checked_backed_up_and_restored(site: Path, tmp_path: Path) -> None:
    new = _site(tmp_path, "new")

    migrated, again = _typed(site, "migrate"), _typed(site, "migrate")
    checked = _typed(site, "check")
    written = _typed(site, "backup", str(tmp_path / "backup"))
    restored = _typed(new, "restore", str(tmp_path / "backup"))

    assert migrated.output.startswith("applied: 0001 tables\n")
    assert again.output == "nothing was to be applied\n"
    assert (checked.return_value, "ok       migrations" in checked.output) == (0, True)
    assert "0 reviews, 0 findings, 0 dismissals, 0 tokens" in written.output
    assert "the key itself is in no backup" in written.output
    assert restored.output.startswith("restored: the backup of ")


def test_a_check_that_fails_is_status_4_and_says_what_to_do(site: Path) -> None:
    checked = _typed(site, "check")

    assert checked.return_value == 4
    assert "failed   migrations: the database lacks" in checked.output
    assert "hint: run `coderev store migrate --before`" in checked.output


def test_checks_are_told_to_machines(site: Path) -> None:
    found = json.loads(_typed(site, "check", "--format", "json").output)

    assert {each["name"]: each["state"] for each in found}["connection"] == "ok"
    assert {"name", "state", "said", "hint"} == set(found[0])


def test_a_backup_of_another_key_is_refused(site: Path, tmp_path: Path) -> None:
    other = _site(tmp_path, "other", "bb" * 32)
    _typed(site, "migrate")
    _typed(site, "backup", str(tmp_path / "backup"))

    refused = _typed(other, "restore", str(tmp_path / "backup"))
    restored = _typed(other, "restore", str(tmp_path / "backup"), "--without-key")

    assert "was sealed with the key" in str(refused.exception)
    assert restored.exception is None


def test_a_key_that_is_here_is_not_lost(site: Path) -> None:
    _typed(site, "migrate")
    checked = _typed(site, "check").output
    key = checked.split("key: key ")[-1].split()[0]

    refused = _typed(site, "lost-key", key)

    assert str(refused.exception) == f"the key {key} is not lost: it is in the key file"


def test_a_password_without_a_role_is_refused(site: Path) -> None:
    refused = _typed(site, "migrate", "--owner-password-file", str(site / "key"))

    assert str(refused.exception) == "--owner-password-file was given without --owner"
