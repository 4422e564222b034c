"""Packages of npm that a test needs, kept in a cache outside the tree; nothing of them is committed or run by npm."""

import shutil
import subprocess
from pathlib import Path

import pytest


def npm_package(name: str, version: str) -> Path:
    """The folder of a package at exactly this version. Skips where npm or its registry is not at hand."""
    cache = Path.home() / ".cache" / "coderev-tests" / "npm" / f"{name.replace('/', '_')}-{version}"
    folder = cache / "node_modules" / name
    if not (folder / "package.json").is_file():
        npm = shutil.which("npm")
        if npm is None:
            pytest.skip("npm is not installed")
        cache.mkdir(parents=True, exist_ok=True)
        command = [npm, "install", "--ignore-scripts", "--no-audit", "--no-fund", "--no-save", "--prefix", str(cache)]
        done = subprocess.run(
            [*command, f"{name}@{version}"], capture_output=True, timeout=120, check=False, stdin=subprocess.DEVNULL
        )
        if done.returncode:
            pytest.skip(f"npm cannot fetch {name} {version}")
    return folder
