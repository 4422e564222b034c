from pathlib import Path

import pytest
from stand_ins.flaws import flawed_repository
from stand_ins.repository import PaperRepository


@pytest.fixture
def flawed(tmp_path: Path) -> PaperRepository:
    """On `topic`, which brings a high and a medium finding over `main`."""
    return flawed_repository(tmp_path / "repository")


@pytest.fixture
def elsewhere(tmp_path: Path) -> Path:
    """A folder that no repository holds."""
    folder = tmp_path / "elsewhere"
    folder.mkdir()
    return folder
