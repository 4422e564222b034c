"""A newcomer's first hour: see the example, connect a model, understand a finding, fix, pass."""

import json
import os
import re
import subprocess
from pathlib import Path

import pytest
from stand_ins.command import run_coderev
from stand_ins.model_server import ModelServer, Reply, Request, answer, chooses

ROOT = Path(__file__).parents[2]
HOW_TO = (ROOT / "docs/howto/connect-a-model.md").read_text(encoding="utf-8")
FIXES = {
    "clinic/store.py": (
        "self.db.execute(f\"SELECT id, name, phone FROM patients WHERE name LIKE '%{name}%' ORDER BY name\")",
        'self.db.execute("SELECT id, name, phone FROM patients WHERE name LIKE ? ORDER BY name", (f"%{name}%",))',
    ),
    "clinic/access.py": ('"admin\u202e\u2066 # reception may not\u2069\u2066"', '"admin"'),
    "web/src/calendar.ts": ("i <= slots.length", "i < slots.length"),
    "clinic/letters.py": ("str(patient_id) / name)", "str(patient_id) / Path(name).name)"),
    "clinic/sessions.py": ("self._users[token] if token in self._users else None", "self._users.get(token)"),
}
TITLE = "a session may be closed between the two look-ups"
RACE = {
    "start_line": 19,
    "quote": "return self._users[token] if token in self._users else None",
    "trigger": "another thread closes the session after it was found",
    "consequence": "crash: KeyError while a page is served",
    "category": "bug",
    "title": TITLE,
    "fix": "return self._users.get(token)",
}


def a_good_model() -> Reply:
    """It sees the race and nothing else."""

    def pick(request: Request) -> Reply:
        if "Try to refute" in request.text:
            return answer('{"verdict": "stands"}')
        sees = "in clinic/sessions.py" in request.text and "if token in self._users" in request.text
        whole = "the change as a whole" in request.text
        return answer(json.dumps({"scratch": "", "findings": [RACE] if sees and not whole else []}))

    return chooses(pick)


@pytest.fixture
def clinic(tmp_path: Path) -> Path:
    folder = tmp_path / "clinic"
    clone = ["git", "clone", "--quiet", "--branch", "topic", str(ROOT / "examples/clinic.bundle"), str(folder)]
    subprocess.run(clone, check=True, env={"PATH": os.environ["PATH"], "HOME": str(tmp_path)})
    return folder


def written_as_the_how_to_says(folder: Path, endpoint: str) -> Path:
    """The registry that the how-to shows, with the place of a server that is there."""
    found = re.search(r"   ```yaml\n(.*?)   ```", HOW_TO, re.DOTALL)
    assert found is not None
    folder.mkdir()
    registry = "\n".join(line.removeprefix("   ") for line in found[1].splitlines())
    assert "http://gpu-1:8000/v1" in registry
    (folder / "model_registry.yaml").write_text(registry.replace("http://gpu-1:8000/v1", endpoint), encoding="utf-8")
    return folder


def fix(clinic: Path) -> None:
    for path, (wrong, right) in FIXES.items():
        text = (clinic / path).read_text(encoding="utf-8")
        assert wrong in text
        (clinic / path).write_text(text.replace(wrong, right), encoding="utf-8")
    place = clinic / "clinic/sms.py"
    from_environment = re.sub(r'API_KEY = ".*"', 'API_KEY = os.environ["SMS_KEY"]', place.read_text(encoding="utf-8"))
    place.write_text(from_environment.replace("import json\n", "import json\nimport os\n"), encoding="utf-8")


def test_the_first_hour_of_a_newcomer(clinic: Path, tmp_path: Path) -> None:
    branch = ("review", "origin/main..origin/topic")

    first = run_coderev(*branch, cwd=clinic)
    assert first.status == 1
    assert "models: not run (none configured)" in first.stdout
    assert TITLE not in first.stdout

    with ModelServer(a_good_model(), models=["qwen-coder"]) as server:
        site = written_as_the_how_to_says(tmp_path / "site", server.endpoint)
        check = run_coderev("models", "check", "--measure", "--config", site, cwd=clinic)
        assert check.status == 0
        assert check.stdout.startswith("qwen-coder  answers  ")

        with_model = run_coderev(*branch, "--config", site, f"--output=json={tmp_path}/result.json", cwd=clinic)
        assert with_model.status == 1
        assert TITLE in with_model.stdout
        assert "advisory" in with_model.stdout
        assert "bytes sent outside: 0" in with_model.stdout

        result = json.loads((tmp_path / "result.json").read_text(encoding="utf-8"))
        (said,) = [finding for finding in result["findings"] if finding["source"]["kind"] == "model"]
        explained = run_coderev("explain", said["fingerprint"][:8], cwd=clinic)
        assert explained.status == 0
        assert "clinic/sessions.py:19" in explained.stdout
        assert "self._users.get(token)" in explained.stdout

        fix(clinic)
        fixed = run_coderev("review", "origin/main", "--config", site, cwd=clinic)

    assert fixed.status == 0
    assert "verdict: pass: no new finding at or above high" in fixed.stdout
    assert TITLE not in fixed.stdout
    assert run_coderev("review", "origin/main", "--fail-on=medium", cwd=clinic).status == 1
