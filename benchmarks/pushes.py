"""Histories made from releases of packages: what an author might have pushed on the way from one to the next.

A release comes in three to five pushes, file by file in alphabetical order. Among them one only changes the layout of
a file and one moves the branch onto a base that went on.
"""

import ast
import io
import re
import tarfile
import tempfile
import tokenize
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks.corpus import release
from benchmarks.mapped import local_names
from benchmarks.variants.sources import Package, fetched

Tree = Mapping[str, bytes]  # the contents of files by their paths
Reformat = Callable[[str], str]

FEWEST, MOST = 3, 5  # pushes that a release comes in
FILES_OF_A_PUSH = 3  # about
EVERY = 3  # statements: each of these gets a comment above it
NEW_NAME = "renamed_{}"
_STATEMENT = re.compile(r"(?:const|let|return|if|for|throw|await) ?[\w({\[]")


@dataclass(frozen=True)
class Push:
    """What a branch holds after a push, and the base that it is reviewed against."""

    base: Tree
    head: Tree


def python_release(package: str, version: str) -> Tree:
    """The Python files of a release from the package index."""
    with tempfile.TemporaryDirectory() as name:
        release(package, version, Path(name))
        return {str(path.relative_to(name)): path.read_bytes() for path in sorted(Path(name).rglob("*.py"))}


def npm_release(package: str, version: str, folder: str, suffix: str) -> Tree:
    """The files below a folder of an npm package. Raises Missing."""
    found = {}
    with tarfile.open(fetched(Package("npm", package, "", version))) as opened:
        for member in opened:
            path = member.name.removeprefix("package/")
            content = opened.extractfile(member)
            if path.startswith(f"{folder}/") and path.endswith(suffix) and content is not None:
                found[path] = content.read()
    return found


def pushes(releases: Sequence[Tree], comment: str, reformat: Reformat) -> Iterator[Push]:
    """The pushes that lead from the first release to the last, all reviewed against the first."""
    moves = 0
    head = dict(releases[0])
    for tree in releases[1:]:
        wanted = _moved(tree, moves, comment)
        groups = list(_groups(sorted(path for path in {*head, *wanted} if head.get(path) != wanted.get(path))))
        for number, group in enumerate(groups):
            head = _taken(head, wanted, group)
            yield Push(_moved(releases[0], moves, comment), head)
            if number == 0:
                head = _anew(head, group, reformat)
                yield Push(_moved(releases[0], moves, comment), head)
            if number == 1:
                head, wanted = _moved(head, 1, comment, moves), _moved(wanted, 1, comment, moves)
                moves += 1
                yield Push(_moved(releases[0], moves, comment), head)


def _groups(paths: Sequence[str]) -> Iterator[Sequence[str]]:
    count = min(MOST, max(FEWEST, len(paths) // FILES_OF_A_PUSH))
    size = max(1, -(-len(paths) // count))
    for at in range(0, len(paths), size):
        yield paths[at : at + size]


def _taken(head: Tree, wanted: Tree, paths: Sequence[str]) -> dict[str, bytes]:
    kept = {path: content for path, content in head.items() if path not in paths}
    return dict(sorted((kept | {path: wanted[path] for path in paths if path in wanted}).items()))


def _anew(head: dict[str, bytes], paths: Sequence[str], reformat: Reformat) -> dict[str, bytes]:
    """A tree with the longest of some files laid out anew."""
    path = max(paths, key=lambda path: len(head.get(path, b"")))
    return {**head, path: reformat(head[path].decode()).encode()} if path in head else head


def _moved(tree: Tree, times: int, comment: str, done: int = 0) -> dict[str, bytes]:
    """A tree on a base that went on `times` times: some lines at the top of each file, and a new file."""
    notes = "".join(f"{comment} notice {number}\n\n" for number in range(done + times - 1, done - 1, -1))
    moved = {path: notes.encode() + content if path not in _ADDED else content for path, content in tree.items()}
    return moved | {f"notes_{number}.txt": b"the base went on\n" for number in range(done, done + times)}


_ADDED: frozenset[str] = frozenset(f"notes_{number}.txt" for number in range(100))


def python_anew(text: str) -> str:
    """A Python file with comments, blank lines, deeper continuations, and the locals of its functions renamed."""
    return _commented(_deepened(_renamed(text)))


def _renamed(text: str) -> str:
    """Rename the variables of one name each in every function at the top level and in classes at it."""
    lines = text.splitlines(keepends=True)
    tree = ast.parse(text)
    functions = [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef) and node.col_offset <= 4]
    for function in functions:
        first, last = function.lineno - 1, function.end_lineno or function.lineno
        body = "".join(lines[first:last])
        names = sorted(local_names("if 1:\n" + body if body[:1].isspace() else body))
        name = next((name for name in names if _only_a_name(name, body) and name.islower()), None)
        if name is not None:
            new = re.sub(rf"\b{name}\b", NEW_NAME.format(name), body)
            lines[first:last] = new.splitlines(keepends=True)
    return "".join(lines)


def _only_a_name(name: str, body: str) -> bool:
    """Whether a word of a function stands only where it is a variable."""
    tree = ast.parse("if 1:\n" + body if body[:1].isspace() else body)
    count = sum(isinstance(node, ast.Name) and node.id == name for node in ast.walk(tree))
    return count == len(re.findall(rf"\b{name}\b", body))


def _deepened(text: str) -> str:
    """Indent lines that continue a bracket by three more columns."""
    deeper: set[int] = set()
    depth = row = 0
    for token in tokenize.generate_tokens(io.StringIO(text).readline):
        if token.start[0] != row and depth and token.type not in {tokenize.NL, tokenize.COMMENT}:
            deeper.add(token.start[0])
        if token.type == tokenize.OP:
            depth += (token.string in "([{") - (token.string in ")]}")
        row = token.end[0]
    lines = text.splitlines(keepends=True)
    return "".join("   " + line if number in deeper else line for number, line in enumerate(lines, 1))


def _commented(text: str) -> str:
    """Put a blank line and a comment above every third statement."""
    lines = text.splitlines(keepends=True)
    statements = [node for node in ast.walk(ast.parse(text)) if isinstance(node, ast.Assign | ast.Return | ast.Expr)]
    for node in sorted(statements, key=lambda node: -node.lineno)[::EVERY]:
        indent = lines[node.lineno - 1][: node.col_offset]
        if not indent.strip():
            lines.insert(node.lineno - 1, f"\n{indent}# looked at by nobody\n")
    return "".join(lines)


def ecmascript_anew(text: str) -> str:
    """A JavaScript or TypeScript file with comments, blank lines and deeper indentation."""
    made, quoted = [], False
    before = ";"
    for number, line in enumerate(text.splitlines(keepends=True)):
        plain = not quoted and not line.lstrip().startswith("*")
        if plain and number % EVERY == 0 and before in {";", "{", "}"} and _STATEMENT.match(line.lstrip()):
            indent = line[: len(line) - len(line.lstrip())]
            made.append(f"\n{indent}// looked at by nobody\n")
        made.append(f"  {line}" if plain and line.strip() else line)
        quoted ^= line.count("`") % 2 == 1
        before = line.rstrip()[-1:] or before
    return "".join(made)
