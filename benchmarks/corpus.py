"""Real code to measure with: this Python's standard library, and releases from the package index."""

import shutil
import subprocess
import sys
import sysconfig
import zipfile
from collections.abc import Iterator
from pathlib import Path

from benchmarks.measure import ROOT

GIT = ["git", "-c", "user.name=bench", "-c", "user.email=bench@example.invalid", "-c", "commit.gpgsign=false"]


def git(folder: Path, *arguments: str) -> None:
    subprocess.run([*GIT, *arguments], cwd=folder, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def commit(folder: Path, message: str) -> None:
    git(folder, "add", "--all", "--force")
    git(folder, "commit", "--quiet", "--allow-empty", "--message", message)


def standard_library(folder: Path, lines: int) -> int:
    """Commit Python files of the standard library and the installed packages up to `lines`; how many there are."""
    git(folder, "init", "--quiet", "--initial-branch", "main")
    count = 0
    for number, path in enumerate(_python_files()):
        text = path.read_bytes()
        count += text.count(b"\n")
        target = folder / f"{number // 200:03}" / f"{number:05}_{path.name}"
        target.parent.mkdir(exist_ok=True)
        target.write_bytes(text)
        if count >= lines:
            break
    commit(folder, f"{count} lines")
    return count


def _python_files() -> Iterator[Path]:
    library = Path(sysconfig.get_path("stdlib"))
    yield from sorted(path for path in library.rglob("*.py") if not {"test", "site-packages"} & set(path.parts))
    yield from sorted(
        path for path in Path(sysconfig.get_path("purelib")).rglob("*.py") if path.stat().st_size < 1 << 20
    )
    yield from sorted(path for path in library.rglob("test/**/*.py") if "bad" not in path.name)


def release(package: str, version: str, folder: Path) -> None:
    """Put the files of one release in the place of what `folder` holds; wheels are kept under build/."""
    kept = ROOT / "build" / "releases"
    pip = [sys.executable, "-m", "pip", "download", "--quiet", "--disable-pip-version-check", "--no-deps"]
    if not _wheels(kept, package, version):
        wanted = [*pip, "--only-binary", ":all:", "--dest", str(kept), f"{package}=={version}"]
        subprocess.run(wanted, check=True, stderr=subprocess.DEVNULL)
    for path in folder.iterdir():
        if path.name != ".git":
            shutil.rmtree(path) if path.is_dir() else path.unlink()
    with zipfile.ZipFile(_wheels(kept, package, version)[0]) as wheel:
        wheel.extractall(folder, [name for name in wheel.namelist() if ".dist-info/" not in name])


def _wheels(folder: Path, package: str, version: str) -> list[Path]:
    return [path for path in folder.glob("*.whl") if path.name.lower().startswith(f"{package}-{version}-")]
