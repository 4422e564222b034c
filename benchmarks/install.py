"""The core install: distributions and megabytes, in a fresh virtual environment."""

import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from benchmarks.measure import ROOT, Row

NOT_OURS = {"pip", "setuptools"}  # the environment's own


def rows() -> Iterator[Row]:
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run([sys.executable, "-m", "venv", folder], check=True)
        pip = [f"{folder}/bin/python", "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-deps"]
        subprocess.run([*pip, "--no-compile", "--require-hashes", "-r", ROOT / "requirements.lock"], check=True)
        packages = next(Path(folder).glob("lib/python*/site-packages"))
        names = {path.name.split("-")[0] for path in packages.glob("*.dist-info")} - NOT_OURS
        own = [path for path in packages.rglob("*") if path.is_file() and not NOT_OURS & set(path.parts)]
        binaries = [path for path in Path(folder, "bin").iterdir() if path.is_file() and not path.is_symlink()]
        megabytes = sum(path.stat().st_size for path in [*own, *binaries]) / 1e6
    yield Row(
        what="core install",
        peer="pr-agent: 97 distributions, 236 MB",
        goal="≤ 35 distributions, ≤ 90 MB",
        ours=f"{len(names)} distributions, {megabytes:.0f} MB",
        met=len(names) <= 35 and megabytes <= 90,
    )
