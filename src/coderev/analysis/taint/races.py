"""Files that are checked, then used by name: in between the name may come to mean another file (CWE-367).

A check leaves its mark on the value that names the file, as a guard does, so that only a use behind it counts.
"""

from coderev.analysis.taint.form import Node
from coderev.analysis.taint.given import Given
from coderev.analysis.taint.run import Run
from coderev.analysis.taint.value import Fact, Value

RULE = "check-then-use"
THERE, MISSING, JUDGED = "there", "missing", "judged"  # origins of the name of a file that was checked
_ASKING = frozenset((  # whether there is a file: who then opens it to read is told if there is none any more
    "os.path.exists", "os.path.lexists", "os.path.isfile", "os.path.isdir", "pathlib.Path.exists",
    "pathlib.Path.is_file", "pathlib.Path.is_dir", "fs.existsSync",
))  # fmt: skip
_JUDGING = frozenset((  # what sort of file it is, or who may use it
    "os.access", "os.path.getsize", "os.path.islink", "pathlib.Path.is_symlink", "fs.accessSync",
))  # fmt: skip
_CHANGES = frozenset((
    "os.remove", "os.unlink", "os.rename", "os.replace", "os.rmdir", "os.chmod", "os.chown", "os.truncate",
    "shutil.rmtree", "shutil.move", "pathlib.Path.unlink", "pathlib.Path.rename", "pathlib.Path.replace",
    "pathlib.Path.rmdir", "pathlib.Path.chmod", "pathlib.Path.write_text", "pathlib.Path.write_bytes", "fs.unlinkSync",
    "fs.unlink", "fs.renameSync", "fs.rename", "fs.writeFileSync", "fs.writeFile", "fs.appendFileSync", "fs.chmodSync",
    "fs.chmod", "fs.rmSync", "fs.rmdirSync", "fs/promises.writeFile", "fs/promises.unlink", "fs/promises.rename",
))  # fmt: skip
_OPENS = frozenset((
    "open", "io.open", "os.open", "pathlib.Path.open", "pathlib.Path.read_text", "pathlib.Path.read_bytes",
    "fs.openSync", "fs.open", "fs.readFileSync", "fs.readFile", "fs.createReadStream", "fs/promises.readFile",
))  # fmt: skip
_NAMES = _ASKING | _JUDGING | _CHANGES | _OPENS


def watched(run: Run, name: str, receiver: Value | None, given: Given, node: Node, result: Value) -> Value:
    """Report a use of a file that was checked on the way here; of a check the result, which says what was checked."""
    if name not in _NAMES:
        return result
    file = receiver if ".Path." in name else given.at(0)
    if file is None or (file.origin is not None and file.origin[0] not in (THERE, MISSING, JUDGED)):
        return result
    if name in _ASKING:
        marks = ((True, THERE), (False, MISSING))
        return result.but(facts=(*result.facts, *(Fact(on, file, _marked(file, mark)) for on, mark in marks)))
    if name in _JUDGING:
        run.now.narrow(file, _marked(file, JUDGED))
    elif file.origin is not None and (_changes(name, given) or (file.origin[0] == JUDGED and not _makes(given))):
        run.project.misconfigured(run, RULE, node, f"`{name}`")
    return result


def _marked(file: Value, mark: str) -> Value:
    return file.but(origin=(mark, file))


def _changes(name: str, given: Given) -> bool:
    mode = _mode(name, given)
    return name in _CHANGES or (mode[:1] in ("w", "a") or "+" in mode)


def _makes(given: Given) -> bool:
    """Whether a file is opened only if it is a new one, whatever was there."""
    return _mode("open", given)[:1] == "x"


def _mode(name: str, given: Given) -> str:
    mode = given.at(0 if ".Path." in name else 1, "mode") if name in _OPENS else None
    return "" if mode is None else mode.text or ""
