"""What a core installation says of the commands of an extra."""

import sys

import pytest

from coderev.cli.extras import CommandNotInstalled, file_of


def test_a_command_whose_extra_is_missing_names_it(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [
        name for name in sys.modules if name.partition(".")[0] in ("tuf", "coderev") and name != "coderev.errors"
    ]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "tuf", None)

    with pytest.raises(CommandNotInstalled, match="needs the extra `bundle`") as refused:
        file_of("coderev.cli.bundle_making")

    assert "coderev-platform[bundle]" in refused.value.next_step


def test_a_module_of_ours_that_is_missing_is_our_bug() -> None:
    with pytest.raises(ModuleNotFoundError):
        file_of("coderev.cli.nothing_of_the_kind")
