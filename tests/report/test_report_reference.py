import json
import re
import subprocess
import sys
from pathlib import Path

import pytest
from stand_ins.results import a_result

from coderev.report import FORMATS, UnknownFormat, render

ROOT = Path(__file__).parents[2]
NORM = json.loads((ROOT / "spec/findings.schema.json").read_text("utf-8"))
RESULT = (ROOT / "docs/reference/result.md").read_text("utf-8")
TABLES = [re.findall(r"^\| `(\w+)` \| .+ \| .+ \|$", part, re.MULTILINE) for part in RESULT.split("\n## ")[1:]]


def test_the_reference_explains_every_field_of_the_result_in_order() -> None:
    assert [list(each["properties"]) for each in NORM["$defs"].values()] == TABLES


def test_the_reference_has_every_format_in_order() -> None:
    page = (ROOT / "docs/reference/formats.md").read_text("utf-8")

    assert tuple(re.findall(r"^## (.+)$", page, re.MULTILINE)) == FORMATS


def test_an_unknown_format_is_refused_with_the_formats_that_exist() -> None:
    with pytest.raises(UnknownFormat, match=r"there is no report format 'pdfU\+001B'") as refused:
        render(a_result(), "pdf\x1b")

    assert "text, json, sarif" in refused.value.next_step


def test_only_html_pays_for_its_template_engine() -> None:
    code = "import sys; import coderev.report; sys.exit('jinja2' in sys.modules)"

    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
