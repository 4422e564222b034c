"""What each format looks like, whole. After a change that is meant: `UPDATE_GOLDEN=1 pytest tests/report`."""

import os
from difflib import unified_diff
from pathlib import Path

import pytest
from stand_ins.results import a_full_result

from coderev.report import FORMATS, render

FOLDER = Path(__file__).parents[1] / "golden/report"
FILES = {
    "text": "result.txt",
    "json": "result.json",
    "sarif": "result.sarif",
    "markdown": "result.md",
    "html": "result.html",
    "gitlab": "result.gitlab.json",
    "junit": "result.junit.xml",
}


def test_every_format_has_a_golden_file() -> None:
    assert tuple(FILES) == FORMATS


@pytest.mark.parametrize("name", FORMATS)
def test_the_report_is_the_golden_one(name: str) -> None:
    file = FOLDER / FILES[name]
    made = render(a_full_result(), name)
    if os.environ.get("UPDATE_GOLDEN"):
        file.write_bytes(made)

    kept = file.read_bytes() if file.exists() else b""

    if made != kept:
        before, after = kept.decode().splitlines(), made.decode().splitlines()
        difference = "\n".join(unified_diff(before, after, file.name, "now", lineterm=""))
        pytest.fail(f"{difference}\n\nif this is meant: UPDATE_GOLDEN=1 pytest {Path(__file__).name}", pytrace=False)


@pytest.mark.parametrize("name", FORMATS)
def test_the_same_result_gives_the_same_bytes(name: str) -> None:
    assert render(a_full_result(), name) == render(a_full_result(), name)
