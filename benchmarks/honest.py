"""Honest changes: fifty successive releases of well-kept packages, reviewed as changes, with no model.

What the gate would have stopped is printed by place, so that it can be read by hand.
"""

import json
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from benchmarks.corpus import commit, git, release
from benchmarks.measure import COMMAND, Row

RELEASES = {
    "click": [f"8.1.{patch}" for patch in range(9)],
    "werkzeug": [f"3.1.{patch}" for patch in range(9)],
    "flask": [f"2.2.{patch}" for patch in range(6)],
    "jinja2": [f"3.1.{patch}" for patch in range(7)],
    "urllib3": [f"2.0.{patch}" for patch in range(2, 8)],
    "pytest": [f"8.3.{patch}" for patch in range(6)],
    "requests": ["2.32.2", "2.32.3", "2.32.4", "2.32.5"],
    "attrs": ["25.1.0", "25.2.0", "25.3.0", "25.4.0"],
    "packaging": ["24.0", "24.1", "24.2"],
    "httpx": ["0.27.0", "0.27.1", "0.27.2"],
    "starlette": ["0.49.0", "0.49.1", "0.49.2", "0.49.3"],
    "aiohttp": [f"3.13.{patch}" for patch in range(6)],
}


def rows() -> Iterator[Row]:
    changes = lines = stopped = 0
    for package, versions in RELEASES.items():
        for result in _reviews(package, versions):
            changes += 1
            stopped += result["gate"]["counted"]
            lines += len(result["coverage"]["units"])
            for finding in result["findings"]:
                if finding["status"] == "new" and finding["severity"] in {"critical", "high"}:
                    print(f"{package} {finding['path']}:{finding['start_line']} {finding['rule']}", file=sys.stderr)
    yield Row(
        what=f"honest changes: {changes} successive releases, {lines} changed units, no model",
        peer="–",
        goal="0 new findings at the gate",
        ours=f"{stopped}",
        met=stopped == 0 and changes >= 50,
    )


def _reviews(package: str, versions: list[str]) -> Iterator[dict[str, Any]]:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        git(folder, "init", "--quiet", "--initial-branch", "main")
        for version in versions:
            release(package, version, folder)
            commit(folder, version)
            if version != versions[0]:
                argv = [COMMAND, "review", "HEAD~1..HEAD", "--repo", name, "--format", "json", "--quiet"]
                yield json.loads(subprocess.run(argv, stdout=subprocess.PIPE, check=False).stdout)
