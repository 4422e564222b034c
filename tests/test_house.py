"""The house keeps its own rules: front doors, names, sizes, documents."""

import ast
import re
import statistics
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PACKAGE = ROOT / "src" / "coderev"
MODULES = sorted(PACKAGE.rglob("*.py"))
ROOMS = sorted(path.parent for path in PACKAGE.glob("*/__init__.py"))
HALL = ("errors", "settings", "diff", "finding", "process", "files", "egress", "git")  # `git` is a folder
BANNED = re.compile(r"Manager|Service|Helper|Handler|Processor|Base|Util|Common|Data|Info")
MAX_LINES = 600
MEDIAN_LINES = 180
REGISTRIES = re.compile("py[p]i[.]org|python[h]osted|registry[.]npm[j]s|(?:deb|security)[.]debia[n]")
TEXTS = {".py", ".md", ".toml", ".yaml", ".yml", ".json", ".lock", ".scm", ".j2", ".css", ".js", ".ts", ".txt", ""}


def tree(module: Path) -> ast.Module:
    return ast.parse(module.read_text(encoding="utf-8"))


def room_of(module: Path) -> str:
    return module.relative_to(PACKAGE).parts[0].removesuffix(".py")


def imports(module: Path) -> list[str]:
    found = []
    for node in ast.walk(tree(module)):
        if isinstance(node, ast.ImportFrom):
            found.append(node.module or "")
        elif isinstance(node, ast.Import):
            found += [alias.name for alias in node.names]
    return found


def test_outside_of_rooms_stands_only_the_hall() -> None:
    modules = {path.stem for path in PACKAGE.glob("*.py")} - {"__init__", "__main__"}
    assert modules | {"git"} == set(HALL)


@pytest.mark.parametrize("module", MODULES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_a_room_is_entered_only_through_its_door(module: Path) -> None:
    inside = [
        name
        for name in imports(module)
        if name.startswith("coderev.") and name.count(".") > 1 and name.split(".")[1] != room_of(module)
    ]
    assert inside == []


@pytest.mark.parametrize("room", ROOMS, ids=lambda path: path.name)
def test_a_door_has_a_docstring_and_at_most_ten_names(room: Path) -> None:
    door = tree(room / "__init__.py")
    exported = [
        ast.literal_eval(node.value)
        for node in door.body
        if isinstance(node, ast.Assign)
        and any(isinstance(target, ast.Name) and target.id == "__all__" for target in node.targets)
    ]
    assert ast.get_docstring(door)
    assert len(exported) == 1
    assert 1 <= len(exported[0]) <= 10


@pytest.mark.parametrize("module", MODULES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_class_names_come_from_the_glossary_not_from_patterns(module: Path) -> None:
    names = [node.name for node in ast.walk(tree(module)) if isinstance(node, ast.ClassDef)]
    assert [name for name in names if BANNED.search(name.replace("Database", ""))] == []


def test_modules_are_small_pages() -> None:
    lengths = {
        str(module.relative_to(ROOT)): len(module.read_text(encoding="utf-8").splitlines()) for module in MODULES
    }
    assert {name: length for name, length in lengths.items() if length > MAX_LINES} == {}
    assert statistics.median(lengths.values()) <= MEDIAN_LINES


def test_functions_are_small() -> None:
    lengths = [
        (node.end_lineno or node.lineno) - node.lineno + 1
        for module in MODULES
        for node in ast.walk(tree(module))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    ]
    assert statistics.median(lengths) <= 10
    assert statistics.quantiles(lengths, n=10)[-1] <= 35


def committed_texts() -> list[Path]:
    listing = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    names = subprocess.run(listing, cwd=ROOT, stdout=subprocess.PIPE, check=True).stdout.decode().split("\0")[:-1]
    return [path for name in names if (path := ROOT / name).is_file() and path.suffix in TEXTS]


def test_no_text_names_a_package_registry_or_a_machine() -> None:
    machine = "/wo" + "rk/"
    named = [
        str(path.relative_to(ROOT))
        for path in committed_texts()
        if REGISTRIES.search(text := path.read_text(encoding="utf-8", errors="replace")) or machine in text
    ]
    assert named == []


def test_every_error_has_a_heading_in_the_reference() -> None:
    import coderev.errors

    families = {name for name in vars(coderev.errors) if name[0].isupper()} - {"ClassVar"}
    leaves = {
        node.name
        for module in MODULES
        for node in ast.walk(tree(module))
        if isinstance(node, ast.ClassDef) and {base.id for base in node.bases if isinstance(base, ast.Name)} & families
    } - families
    headings = set(
        re.findall(r"^### (\w+)$", (ROOT / "docs/reference/errors.md").read_text(encoding="utf-8"), re.MULTILINE)
    )
    assert headings == leaves


def test_the_lock_has_hashes_and_no_address() -> None:
    for name in ("requirements.lock", "requirements-server.lock", "requirements-dev.lock"):
        text = (ROOT / name).read_text(encoding="utf-8")
        pinned = re.findall(r"^[a-z0-9._-]+==", text, re.MULTILINE)
        assert text.count("--hash=sha256:") >= len(pinned) > 0
        assert "://" not in text


def test_the_core_is_at_most_35_distributions() -> None:
    text = (ROOT / "requirements.lock").read_text(encoding="utf-8")
    assert len(re.findall(r"^[a-z0-9._-]+==", text, re.MULTILINE)) <= 35


def test_the_tour_names_only_files_that_exist() -> None:
    tour = (ROOT / "docs/tour.md").read_text(encoding="utf-8")
    named = set(re.findall(r"`((?:src|tests|spec|docs|examples|benchmarks)/[\w./-]+)`", tour))
    assert len(named) >= 10
    assert {name for name in named if not (ROOT / name).exists()} == set()
