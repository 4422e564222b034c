"""Where real code comes from: packages, brought by this machine's own clients and kept under `build/variants/`.

No registry is named here: `npm`, `pip` and `apt-get` know theirs. Archives are read, never unpacked into the tree,
except for the two tools (a Go and a Ruby) that have to run.
"""

import fnmatch
import io
import os
import shutil
import subprocess
import sys
import sysconfig
import tarfile
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Literal

import msgspec

from benchmarks.measure import ROOT

KEPT = ROOT / "build" / "variants"
PATIENCE = 300  # seconds for one client's run
MAX_FILE = 400_000  # bytes; larger ones are generated or amalgamated


class Missing(Exception):
    """A package or a tool that cannot be had here; its text is the reason."""


class Package(msgspec.Struct, frozen=True):
    """What to fetch, by which client, and which of its files hold the code (patterns of `fnmatch`)."""

    client: Literal["npm", "pip", "apt"]
    name: str
    files: str
    version: str = ""
    skip: str = ""
    inner: str = ""  # an archive inside the package that holds the files


PACKAGES: dict[str, tuple[Package, ...]] = {
    "javascript": (
        Package("npm", "lodash", "package/lodash.js", "4.17.21"),
        Package("npm", "express", "package/lib/*.js", "5.1.0"),
        Package("npm", "eslint", "package/lib/*.js", "9.30.0"),
        Package("npm", "commander", "package/lib/*.js", "14.0.0"),
        Package("npm", "semver", "package/*.js", "7.7.2"),
        Package("npm", "jquery", "package/src/*.js", "3.7.1"),
        Package("npm", "undici", "package/lib/*.js", "7.11.0", "*llhttp*"),
        Package("npm", "three", "package/src/*.js", "0.178.0"),
    ),
    "typescript": (
        Package("npm", "rxjs", "package/src/internal/*.ts", "7.8.2"),
        Package("npm", "zod", "package/src/v[34]/*.ts", "4.0.5", "*/tests/*"),
        Package("npm", "immer", "package/src/*.ts", "10.1.1"),
        Package("npm", "mobx", "package/src/*.ts", "6.13.7"),
        Package("npm", "@reduxjs/toolkit", "package/src/*.ts", "2.8.2", "*/tests/*"),
        Package("npm", "msw", "package/src/*.ts", "2.10.3", "*.test.ts"),
        Package("npm", "@tanstack/query-core", "package/src/*.ts", "5.83.0", "*/__tests__/*"),
    ),
    "java": (Package("apt", "openjdk-17-source", "java.base/java/*.java", inner="./usr/lib/jvm/*/lib/src.zip"),),
    "go": (Package("apt", "golang-1.19-src", "./usr/share/go-1.19/src/*.go", skip="*_test.go"),),
    "c": (
        Package("npm", "libxmljs", "package/vendor/libxml2/*.c", "1.0.11", "*test*"),
        Package("npm", "hiredis", "package/deps/hiredis/*.c", "0.5.0", "*test*"),
        Package("npm", "tree-sitter", "package/vendor/*.c", "0.25.0"),
        Package("apt", "gnulib", "./usr/share/gnulib/lib/*.c"),
    ),
    "cpp": (
        Package("npm", "leveldown", "package/deps/*.cc", "6.1.1", "*test*"),
        Package("npm", "node-sass", "package/src/libsass/src/*.[ch]pp", "9.0.0"),
        Package("npm", "tree-sitter", "package/src/*.cc", "0.25.0"),
    ),
    "csharp": (Package("pip", "pythonnet", "*/src/*.cs", "3.0.5"),),
    "rust": tuple(
        Package("apt", f"librust-{name}-dev", "./usr/share/cargo/registry/*/src/*.rs", skip="*test*")
        for name in ("regex", "regex-syntax", "tokio", "serde-json", "clap", "hyper")
    ),
    "ruby": (Package("apt", "libruby3.1", "./usr/lib/ruby/3.1.0/*.rb", skip="*/vendored/*"),),
}


class Source(msgspec.Struct, frozen=True):
    """One file of real code: the short path that names it, and its text."""

    path: str
    text: bytes


def sources(language: str) -> Iterator[Source]:
    """The files of a language, in order of their paths. Raises Missing with the reason."""
    if language == "python":
        yield from _standard_library()
        return
    for package in PACKAGES[language]:
        yield from sorted(_files(package), key=lambda source: source.path)


def _standard_library() -> Iterator[Source]:
    library = Path(sysconfig.get_path("stdlib"))
    strangers = {"test", "tests", "idle_test", "site-packages", "lib2to3", "pydoc_data"}
    for path in sorted(library.rglob("*.py")):
        if not strangers & set(path.relative_to(library).parts):
            yield Source(str(path.relative_to(library)), path.read_bytes())


def _files(package: Package) -> Iterator[Source]:
    for path, text in _members(fetched(package)):
        if package.inner and fnmatch.fnmatch(path, package.inner):
            yield from _wanted(package, _zipped(text))
        elif not package.inner:
            yield from _wanted(package, [(path, text)])


def _wanted(package: Package, members: "Iterator[tuple[str, bytes]] | list[tuple[str, bytes]]") -> Iterator[Source]:
    for path, text in members:
        if fnmatch.fnmatch(path, package.files) and not fnmatch.fnmatch(path, package.skip) and len(text) < MAX_FILE:
            yield Source(f"{package.name}/{path.removeprefix('./').removeprefix('package/')}", text)


def _zipped(archive: bytes) -> Iterator[tuple[str, bytes]]:
    with zipfile.ZipFile(io.BytesIO(archive)) as opened:
        for name in opened.namelist():
            yield name, opened.read(name)


def _members(archive: Path) -> Iterator[tuple[str, bytes]]:
    """The regular files of a tar or a Debian package; read from the archive, never written."""
    if archive.suffix == ".deb":
        raw = subprocess.run(["dpkg-deb", "--fsys-tarfile", str(archive)], check=True, stdout=subprocess.PIPE).stdout
    else:
        raw = archive.read_bytes()
    with tarfile.open(fileobj=io.BytesIO(raw)) as opened:
        for member in opened:
            stream = opened.extractfile(member) if member.isfile() else None
            if stream is not None:
                yield member.name, stream.read()


def fetched(package: Package) -> Path:
    """The package's archive, brought once. Raises Missing."""
    folder = KEPT / "packages" / f"{package.client}-{package.name.strip('@').replace('/', '-')}-{package.version}"
    if not folder.is_dir():
        draft = folder.with_name(f"{folder.name}.draft")
        shutil.rmtree(draft, ignore_errors=True)
        draft.mkdir(parents=True)
        _bring(package, draft)
        draft.rename(folder)
    archives = [path for path in folder.iterdir() if path.suffix in {".deb", ".tgz", ".gz"}]
    if not archives:
        reason = f"{package.client} brought no archive of {package.name}"
        raise Missing(reason)
    return archives[0]


def _bring(package: Package, folder: Path) -> None:
    if package.client == "npm":
        run(["npm", "pack", "--silent", f"{package.name}@{package.version}"], folder)
    elif package.client == "pip":
        pip = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--no-binary", ":all:"]
        run([*pip, f"{package.name}=={package.version}"], folder)
    else:
        try:
            run(["apt-get", "download", package.name], folder)
        except Missing:
            if os.geteuid() != 0:
                raise
            run(["apt-get", "update"], folder)  # a new machine has no lists yet
            run(["apt-get", "download", package.name], folder)


def run(command: list[str], folder: Path, given: bytes = b"", environment: dict[str, str] | None = None) -> bytes:
    """What a command prints. Raises Missing when it is not there, is too slow or fails."""
    if shutil.which(command[0]) is None:
        reason = f"{command[0]} is not on this machine"
        raise Missing(reason)
    try:
        done = subprocess.run(
            command, cwd=folder, input=given, capture_output=True, check=False, timeout=PATIENCE, env=environment
        )
    except subprocess.TimeoutExpired:
        reason = f"{Path(command[0]).name} took over {PATIENCE} s"
        raise Missing(reason) from None
    if done.returncode != 0:
        last = done.stderr.decode(errors="replace").strip().splitlines()[-1:] or ["no reason given"]
        reason = f"{' '.join([Path(command[0]).name, *command[1:3]])} failed: {last[0][:200]}"
        raise Missing(reason)
    return done.stdout


def unpacked(name: str, *packages: str) -> Path:
    """The trees of some Debian packages on disk as one, for a tool that has to run. Raises Missing."""
    tree = KEPT / name
    if not tree.is_dir():
        draft = KEPT / f"{name}.draft"
        shutil.rmtree(draft, ignore_errors=True)
        draft.mkdir(parents=True)
        for package in packages:
            run(["dpkg-deb", "-x", str(fetched(Package("apt", package, ""))), str(draft)], draft)
        draft.rename(tree)
    return tree
