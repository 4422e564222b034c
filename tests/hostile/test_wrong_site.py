"""A genuine bundle for somebody else: another product, channel, architecture, site or role (spec/bundle.md 6.5)."""

from pathlib import Path
from typing import Any

import pytest
from stand_ins.bundles import hospital, seq_files

from coderev.bundle.judge import NotForThisHost

OTHERS: dict[str, Any] = {"product": "othertool", "channel": "testing", "architecture": "arm64", "site": "st-elsewhere"}


def one(what: str, value: Any) -> dict[str, Any]:
    return {what: value}


@pytest.mark.parametrize(("what", "value"), OTHERS.items(), ids=OTHERS)
def test_a_bundle_for_another_host_is_refused(tmp_path: Path, what: str, value: Any) -> None:
    """6.5."""
    site = hospital(tmp_path, channel="stable", site="st-mary")

    with pytest.raises(NotForThisHost, match=f"for {what} {value}"):
        site.install(site.depot.make(tmp_path / "bundle", **one(what, value)))

    assert site.live is None


def test_a_bundle_for_this_very_host_is_taken(tmp_path: Path) -> None:
    """6.5."""
    site = hospital(tmp_path, channel="stable", site="st-mary")

    site.install(site.depot.make(tmp_path / "bundle", site="st-mary"))

    assert site.tree() == seq_files(7)


def test_a_host_without_a_name_takes_only_what_is_for_every_site(tmp_path: Path) -> None:
    """2.3, 6.5."""
    site = hospital(tmp_path)

    with pytest.raises(NotForThisHost, match="no name"):
        site.install(site.depot.make(tmp_path / "named", site="st-mary"))

    site.install(site.depot.make(tmp_path / "every", architecture="*"))
    assert site.tree() == seq_files(7)
