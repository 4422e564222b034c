"""Wheels without an index: each made anew from a distribution that is installed here, and ours from the source tree.

wheels_of(["click", "msgspec"], folder)
our_wheel(folder)
"""

import csv
import io
import subprocess
import sys
import zipfile
from base64 import urlsafe_b64encode
from collections.abc import Iterable, Iterator
from hashlib import sha256
from importlib.metadata import Distribution, distribution
from pathlib import Path, PurePosixPath

ROOT = Path(__file__).parents[2]
NEEDED = (  # by `coderev bundle install`, all that it needs
    *("aiohappyeyeballs", "aiohttp", "aiosignal", "attrs", "backports.zstd", "cffi", "click", "cryptography"),
    *("frozenlist", "google-re2", "idna", "Jinja2", "MarkupSafe", "msgspec", "multidict", "propcache", "pycparser"),
    *("PyYAML", "securesystemslib", "tree-sitter", "tuf", "typing-extensions", "urllib3", "yarl"),
)
_NOT_OURS = ("RECORD", "INSTALLER", "REQUESTED", "direct_url.json")  # an installer writes these


def wheels_of(names: Iterable[str], folder: Path) -> list[Path]:
    """A wheel of each distribution, as its maker's but for scripts."""
    folder.mkdir(parents=True, exist_ok=True)
    return [_wheel(distribution(name), folder) for name in names]


def our_wheel(folder: Path) -> Path:
    """The wheel of this source tree, by the build back end that the project names."""
    folder.mkdir(parents=True, exist_ok=True)
    build = f"from backend import build_wheel; print(build_wheel({str(folder)!r}))"
    scripts = ROOT / "scripts"
    done = subprocess.run(
        [sys.executable, "-c", f"import sys; sys.path.insert(0, {str(scripts)!r}); {build}"],
        cwd=ROOT,
        check=True,
        capture_output=True,
        text=True,
    )
    return folder / done.stdout.strip()


def _wheel(dist: Distribution, folder: Path) -> Path:
    name, tags = dist.metadata["Name"].replace("-", "_").replace(".", "_"), _tags(dist)
    pieces = [sorted({tag.split("-")[place] for tag in tags}) for place in range(3)]
    path = folder / f"{name}-{dist.version}-{'-'.join('.'.join(piece) for piece in pieces)}.whl"
    record = io.StringIO()
    rows = csv.writer(record, lineterminator="\n")
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as wheel:
        for where, content in _files(dist):
            wheel.writestr(where, content)
            digest = urlsafe_b64encode(sha256(content).digest()).decode().rstrip("=")
            rows.writerow((where, f"sha256={digest}", len(content)))
        rows.writerow((f"{_information(dist)}/RECORD", "", ""))
        wheel.writestr(f"{_information(dist)}/RECORD", record.getvalue())
    return path


def _tags(dist: Distribution) -> list[str]:
    lines = (dist.read_text("WHEEL") or "").splitlines()
    return [line.removeprefix("Tag: ") for line in lines if line.startswith("Tag: ")]


def _information(dist: Distribution) -> str:
    return next(str(file.parent) for file in dist.files or () if file.name == "METADATA")


def _files(dist: Distribution) -> Iterator[tuple[str, bytes]]:
    information = _information(dist)
    for file in dist.files or ():
        where = PurePosixPath(file)
        written = str(where.parent) == information and where.name in _NOT_OURS
        if ".." in where.parts or where.suffix == ".pyc" or written:
            continue
        yield str(where), Path(str(dist.locate_file(file))).read_bytes()
