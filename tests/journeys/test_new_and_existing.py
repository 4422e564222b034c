"""What a review promises about new and existing, end to end on real repositories (DESIGN sections 1 and 5)."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from stand_ins.command import Ran, run_coderev
from stand_ins.flaws import CLEAN, HIGH, HIGH_RULE, MEDIUM, MEDIUM_RULE
from stand_ins.repository import PaperRepository

OFFICIAL = Path(__file__).parents[3] / "shared/data/sarif-2.1.0.schema.json"
OURS = Path(__file__).parents[2] / "spec/findings.schema.json"
LOOP = "export function sum(list: number[]) {\n  let all = 0;\n  for (let i = 0; i <= list.length; i++) {\n"
LOOP += "    all += list[i];\n  }\n  return all;\n}\n"
LOOP_RULE = "structural/js-off-by-one"
GUARD = 'if __name__ == "__main__":\n    print(total([1]))\n'


@pytest.fixture
def paper(tmp_path: Path) -> PaperRepository:
    """A repository whose main branch holds three flaws; the branch `topic` is checked out."""
    paper = PaperRepository(tmp_path / "repository")
    paper.write("shop/prices.py", f'"""Prices."""\n\n\n{CLEAN}\n\n{MEDIUM}\n\n{HIGH}\n\n{GUARD}')
    paper.write("web/sum.ts", LOOP)
    paper.commit("as it was")
    paper.branch("topic")
    return paper


def reviewed(paper: PaperRepository, *arguments: str) -> Ran:
    return run_coderev("review", *(arguments or ("main..topic",)), "--format=json", cwd=paper.folder)


def test_the_same_base_and_head_give_nothing_new(paper: PaperRepository) -> None:
    assert reviewed(paper, "topic..topic").json["findings"] == []


def test_an_honest_edit_beside_flaws_gives_nothing_new(paper: PaperRepository) -> None:
    text = paper.path("shop/prices.py").read_text()
    paper.write("shop/prices.py", text.replace("Prices.", "Prices of the shop.\n\nIn cents.\n"))
    paper.commit()

    ran = reviewed(paper)

    assert ran.status == 0
    assert ran.rules == []
    assert {finding["rule"] for finding in ran.json["findings"]} == {HIGH_RULE, MEDIUM_RULE}
    assert {finding["status"] for finding in ran.json["findings"]} == {"existing"}


@pytest.mark.parametrize("to", ["shop/costs.py", "elsewhere/deep/prices.py"])
def test_renaming_a_file_gives_nothing_new(paper: PaperRepository, to: str) -> None:
    paper.write(to, paper.path("shop/prices.py").read_text())
    paper.remove("shop/prices.py")
    paper.commit()

    assert reviewed(paper).rules == []


def test_moving_a_function_within_its_file_gives_nothing_new(paper: PaperRepository) -> None:
    paper.write("shop/prices.py", f'"""Prices."""\n\n\n{HIGH}\n\n{CLEAN}\n\n{MEDIUM}\n\n{GUARD}')
    paper.commit()

    assert reviewed(paper).rules == []


def test_moving_a_function_to_another_file_gives_nothing_new(paper: PaperRepository) -> None:
    paper.write("shop/prices.py", f'"""Prices."""\n\n\n{CLEAN}\n\n{HIGH}\n\n{GUARD}')
    paper.write("shop/rows.py", f'"""Rows."""\n\n\n{MEDIUM}')
    paper.commit()

    assert reviewed(paper).rules == []


def test_indenting_a_function_into_a_class_gives_nothing_new(paper: PaperRepository) -> None:
    inside = "\n".join(f"    {line}" if line else line for line in MEDIUM.splitlines())
    text = paper.path("shop/prices.py").read_text()
    paper.write("shop/prices.py", text.replace(MEDIUM, f"class Rows:\n{inside}\n"))
    paper.commit()

    assert reviewed(paper).rules == []


@pytest.mark.parametrize(
    ("path", "copy", "rule"),
    [
        ("shop/prices.py", MEDIUM.replace("gather", "collect"), MEDIUM_RULE),
        ("shop/prices.py", HIGH.replace("search", "look_up"), HIGH_RULE),
        ("web/sum.ts", LOOP, LOOP_RULE),
        ("shop/copy.py", MEDIUM, MEDIUM_RULE),
        ("web/copy.ts", LOOP, LOOP_RULE),
    ],
)
def test_duplicating_a_flaw_gives_exactly_one(paper: PaperRepository, path: str, copy: str, rule: str) -> None:
    before = paper.path(path).read_text() if paper.path(path).exists() else ""
    paper.write(path, f"{before}\n\n{copy}" if before else copy)
    paper.commit()

    assert reviewed(paper).rules == [rule]


def test_removing_a_flaw_and_bringing_another_gives_one(paper: PaperRepository) -> None:
    text = paper.path("shop/prices.py").read_text()
    paper.write("shop/prices.py", text.replace("name = '{name}'", "id = {name}").replace("rows=[]", "rows"))
    paper.commit()

    assert reviewed(paper).rules == [HIGH_RULE]


def test_a_fingerprint_survives_a_move_and_a_rename(paper: PaperRepository) -> None:
    before = {finding["rule"]: finding["fingerprint"] for finding in reviewed(paper, "--all").json["findings"]}
    paper.remove("shop/prices.py")
    paper.write("other/place.py", f"import os\n\n\n# moved\n{HIGH}\n\n{MEDIUM}\n\nprint(os.name)\n")

    after = {finding["rule"]: finding["fingerprint"] for finding in reviewed(paper, "--all").json["findings"]}

    assert before == after


def hostile_layout(paper: PaperRepository) -> None:
    """The same flaws between blank lines, CRLF, tabs, wide characters and no newline at the end of file."""
    paper.write("crlf.py", HIGH.replace("\n", "\r\n"))
    paper.write("wide.py", f'NAME = "日本\N{COMBINING ACUTE ACCENT}"\n\n\n{HIGH}')
    paper.write("end.py", "\n\n\n" + HIGH.rstrip("\n"))
    paper.write("bom.py", "\ufeff" + MEDIUM)
    paper.write("latin.py", b"# -*- coding: latin-1 -*-\n# caf\xe9\n" + MEDIUM.encode())
    paper.write("tabs.ts", LOOP.replace("  ", "\t"))
    paper.write("form\ffeed.py", f"x = 1\n\f\n{MEDIUM}")


def lines_of(paper: PaperRepository, finding: dict[str, Any]) -> list[str]:
    content = paper.path(finding["path"]).read_bytes().decode("utf-8", "replace")
    lines = [line.removesuffix("\r") for line in content.split("\n")]
    return lines[finding["start_line"] - 1 : finding["end_line"]]


def test_every_findings_evidence_stands_in_the_file_at_its_line(paper: PaperRepository) -> None:
    hostile_layout(paper)

    findings = reviewed(paper, "--all").json["findings"]

    assert {finding["path"] for finding in findings} >= {
        "crlf.py",
        "wide.py",
        "end.py",
        "latin.py",
        "tabs.ts",
        "bom.py",
    }
    assert [finding["evidence"].splitlines() for finding in findings] == [
        lines_of(paper, finding) for finding in findings
    ]


def results(document: Any) -> Iterator[Any]:
    yield from document["runs"][0]["results"]


def test_two_runs_give_the_same_bytes_and_valid_sarif(paper: PaperRepository, tmp_path: Path) -> None:
    hostile_layout(paper)
    paper.commit()

    first, second = (
        run_coderev(
            *(
                "review",
                "main..topic",
                f"--output=json={tmp_path / run}.json",
                f"--output=sarif={tmp_path / run}.sarif",
            ),
            cwd=paper.folder,
        )
        for run in ("first", "second")
    )

    assert first == second
    for form in ("json", "sarif"):
        assert (tmp_path / f"first.{form}").read_bytes() == (tmp_path / f"second.{form}").read_bytes()
    assert (
        len(list(results(json.loads((tmp_path / "first.sarif").read_bytes()))))
        == len(first.stdout.split("about │")) - 1
    )


@pytest.mark.skipif(not OFFICIAL.exists(), reason="the official SARIF schema is not beside this checkout")
def test_json_and_sarif_of_a_real_review_are_valid_against_their_schemas(
    paper: PaperRepository, tmp_path: Path
) -> None:
    hostile_layout(paper)
    paper.write("huge.py", "x = 1\n" * 1_000_000)

    ran = run_coderev("review", "--all", "--format=json", f"--output=sarif={tmp_path / 'sarif'}", cwd=paper.folder)

    jsonschema.validate(ran.json, json.loads(OURS.read_bytes()))
    jsonschema.validate(json.loads((tmp_path / "sarif").read_bytes()), json.loads(OFFICIAL.read_bytes()))
