"""What is remembered of a side is what would be found again, or it is not used."""

import os
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

import msgspec
import pytest
from analysis.taint.programs import javascript, python
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from stand_ins.changes import PaperRepository
from stand_ins.command import run_coderev
from stand_ins.repository import PaperRepository as Checkout

from coderev.analysis import Analysis, Choice, analyse
from coderev.analysis.taint import Traced, trace
from coderev.analysis.taint.incremental import Known, trace_anew
from coderev.analysis.taint.kept import FOLDER, KEY_FILE, MAC_BYTES, SECRET_BYTES, Kept, open_kept
from coderev.analysis.taint.records import Past, Records
from coderev.analysis.taint.remembered import MOST_BYTES, WORTH_BYTES, Memory, trace_once, version_of
from coderev.analysis.tracing import Trace
from coderev.files import cache_folder, data_folder, now

SECRET, OTHER_SECRET = b"s" * SECRET_BYTES, b"o" * SECRET_BYTES
FLOW = {"app.py": python("os.system(x)").encode()}
OTHER = {"app.py": python("eval(y)").encode()}
LARGE = FLOW | {"large.py": b"a = 1\n" * (WORTH_BYTES // 6)}
LATER = now() + timedelta(days=10_000)  # of these tests, by which no source is too young
PACK = """
schema: 1
name: site
languages: [python]
rules:
  - {id: telling, cwe: CWE-200, title: Told, severity: high, message: it is told, advice: do not}
sinks:
  - {call: [site.tell], at: [0], context: shell, rule: telling}
"""


class Counting:
    """The engine, and how often it was asked."""

    def __init__(self) -> None:
        self.asked = 0

    def __call__(
        self,
        files: Mapping[str, bytes],
        past: Past | None,
        /,
        *,
        only: frozenset[str] | None = None,
        packs: Path | None = None,
    ) -> tuple[Traced, Known]:
        self.asked += 1
        self.past = past
        traced, self.known = trace_anew(files, past, only=only, packs=packs)
        return traced, self.known


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "kept").mkdir()
    return tmp_path / "kept"


def asked(kept: Kept, files: Mapping[str, bytes], version: bytes = b"1", **wanted: object) -> int:
    """How often the engine is asked where a memory that begins is asked for files; the answer is that of no memory."""
    engine = Counting()

    found = Memory(kept, version, engine).trace(files, **wanted)  # type: ignore[arg-type]

    assert written(found) == written(trace(files, **wanted))  # type: ignore[arg-type]
    return engine.asked


def written(traced: Traced) -> bytes:
    return msgspec.json.encode(traced)


def only_file(folder: Path) -> Path:
    (path,) = folder.iterdir()
    return path


def reviewed(base: Mapping[str, bytes], head: Mapping[str, bytes], trace: Trace | None = None) -> Analysis:
    """The analysis of a change; without `trace` nothing is remembered."""
    repository = PaperRepository()
    change = repository.change(base, head)
    whole = repository.everything(head).files
    listed = [(file.path, file.head.oid, 1) for file in whole if file.head]
    return analyse(change, repository.read, Choice(remembers=False), lambda _: listed, trace=trace)


BODIES = st.sampled_from(
    [
        "os.system(x)",
        "eval(y)",
        "open(x)",
        "f(x)",
        "return y",
        "x = 'a'",
        "os.system(shlex.quote(x))",
        "if x:",
        "'é' + y",
    ]
)
PYTHON = st.lists(BODIES, max_size=4).map(lambda lines: python("\n".join([*lines, "pass"])).encode())
SCRIPT = st.lists(st.sampled_from(["exec(x)", "eval(y)", "res.send(x)", "f(y)", "let ("]), max_size=4).map(
    lambda lines: javascript("\n".join(lines)).encode()
)
REPOSITORIES = st.fixed_dictionaries(
    {}, optional={"a.py": PYTHON, "b/c.py": PYTHON, "d.js": SCRIPT, "e.ts": SCRIPT, "f.md": st.just(b"# f")}
)


@settings(deadline=None, max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(REPOSITORIES)
def test_what_is_remembered_is_byte_for_byte_what_is_found(folder: Path, files: dict[str, bytes]) -> None:
    kept = Kept(folder, SECRET)
    before = asked(kept, files)

    again = asked(kept, files)

    assert (before, again) in {(0, 0), (1, 0)}  # an earlier example may have been the same


@pytest.mark.parametrize(
    ("files", "wanted"),
    [
        (OTHER, {}),
        ({"web.py": FLOW["app.py"]}, {}),
        (FLOW | {"b.py": b""}, {}),
        (FLOW, {"version": b"2"}),
        (FLOW, {"only": frozenset({"app.py"})}),
        (FLOW, {"only": frozenset[str]()}),
    ],
    ids=["content", "path", "more", "engine", "only", "nothing"],
)
def test_whatever_else_decides_is_traced_anew(
    folder: Path, files: Mapping[str, bytes], wanted: dict[str, object]
) -> None:
    kept = Kept(folder, SECRET)
    asked(kept, FLOW)

    assert (asked(kept, files, **wanted), asked(kept, files, **wanted)) == (1, 0)  # type: ignore[arg-type]


def test_other_packs_of_the_site_are_another_side_and_their_rules_come_back(folder: Path, tmp_path: Path) -> None:
    files = {"app.py": python("site.tell(x)", "import site\n").encode()}
    (tmp_path / "site.yaml").write_text(PACK)
    kept = Kept(folder, SECRET)
    asked(kept, files)

    first, again = asked(kept, files, packs=tmp_path), asked(kept, files, packs=tmp_path)

    assert (first, again) == (1, 0)
    assert [flow.rule.title for flow in Memory(kept, b"1").trace(files, packs=tmp_path).flows] == ["Told"]


@settings(deadline=None, max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.data())
def test_a_flipped_bit_is_not_used(folder: Path, data: st.DataObject) -> None:
    kept = Kept(folder, SECRET)
    asked(kept, FLOW)
    path = only_file(folder)
    content = bytearray(path.read_bytes())
    bit = data.draw(st.integers(0, 8 * len(content) - 1))
    content[bit // 8] ^= 1 << bit % 8
    path.write_bytes(content)

    assert (asked(kept, FLOW), asked(kept, FLOW)) == (1, 0)


@pytest.mark.parametrize("end", [0, 1, MAC_BYTES - 1, MAC_BYTES, MAC_BYTES + 1, -1])
def test_what_is_cut_off_is_not_used(folder: Path, end: int) -> None:
    kept = Kept(folder, SECRET)
    asked(kept, FLOW)
    path = only_file(folder)
    path.write_bytes(path.read_bytes()[:end])

    assert (asked(kept, FLOW), asked(kept, FLOW)) == (1, 0)


def test_the_answer_about_one_side_is_not_used_for_another(folder: Path) -> None:
    kept = Kept(folder, SECRET)
    asked(kept, FLOW)
    one = only_file(folder)
    asked(kept, OTHER)
    (other,) = set(folder.iterdir()) - {one}
    one.write_bytes(other.read_bytes())

    assert (asked(kept, FLOW), asked(kept, OTHER)) == (1, 0)


def test_what_another_user_kept_is_not_used(folder: Path) -> None:
    asked(Kept(folder, OTHER_SECRET), FLOW)

    assert asked(Kept(folder, SECRET), FLOW) == 1


@pytest.mark.parametrize(
    "value",
    [
        b"",
        b"\xc1",
        msgspec.msgpack.encode([[], {}]),
        msgspec.msgpack.encode([[["no-such-rule", "app.py", 0, 1, "high", "", [], ""]], {}, {}]),
        msgspec.msgpack.encode([[["command-injection", "gone.py", 0, 1, "high", "", [], ""]], {}, {}]),
    ],
    ids=["empty", "no code", "short", "rule", "file"],
)
def test_what_cannot_be_read_any_more_is_made_anew(folder: Path, value: bytes) -> None:
    kept = Kept(folder, SECRET)
    asked(kept, FLOW)
    kept.write(bytes.fromhex(only_file(folder).name), value)

    assert (asked(kept, FLOW), asked(kept, FLOW)) == (1, 0)


def test_a_path_that_is_no_text_is_traced_and_not_remembered(folder: Path) -> None:
    kept = Kept(folder, SECRET)
    files = {"\udcff.py": FLOW["app.py"]}

    found = [Memory(kept, b"1").trace(files) for _ in range(2)]

    assert found == [trace(files)] * 2
    assert list(folder.iterdir()) == []


@pytest.mark.parametrize("place", ["missing/folder", "file/folder"])
def test_a_folder_that_takes_nothing_costs_only_the_memory(tmp_path: Path, place: str) -> None:
    (tmp_path / "file").write_bytes(b"")
    kept = Kept(tmp_path / place, SECRET)

    assert (asked(kept, FLOW), asked(kept, FLOW)) == (1, 1)


def test_what_is_no_plain_file_is_not_read(folder: Path, tmp_path: Path) -> None:
    kept = Kept(folder, SECRET)
    asked(kept, FLOW)
    path = only_file(folder)
    path.rename(tmp_path / "moved")
    path.symlink_to(tmp_path / "moved")

    linked = asked(kept, FLOW)
    path.unlink()
    os.mkfifo(path)

    assert (linked, asked(kept, FLOW)) == (1, 1)


def test_of_too_much_the_longest_unused_goes_first(folder: Path) -> None:
    kept = Kept(folder, SECRET, max_bytes=3 * (MAC_BYTES + 10))
    keys = [bytes([number]) * 32 for number in range(4)]
    for age, key in enumerate(keys[:3]):
        kept.write(key, b"0123456789")
        os.utime(folder / key.hex(), (age, age))

    assert kept.read(keys[0]) is not None  # used now
    kept.write(keys[3], b"0123456789")
    kept.write(b"\4" * 32, b"0" * 1_000)  # more than there is room for

    assert [kept.read(key) is not None for key in keys] == [True, False, True, True]


def test_the_folder_and_its_files_are_for_this_user_alone_and_so_is_the_secret() -> None:
    trace_once(LATER, LARGE)

    folder = cache_folder() / FOLDER
    assert folder.stat().st_mode & 0o777 == 0o700
    assert {path.stat().st_mode & 0o777 for path in (*folder.iterdir(), data_folder() / KEY_FILE)} == {0o600}


def test_a_small_side_is_traced_without_a_memory() -> None:
    found = trace_once(LATER, FLOW)

    assert found == trace(FLOW)
    assert not (cache_folder() / FOLDER).exists()


@pytest.mark.parametrize("wrong", ["short", "long", "open", "link", "folder"])
def test_a_secret_that_is_none_is_not_used(wrong: str, tmp_path: Path) -> None:
    path = data_folder() / KEY_FILE
    path.write_bytes(SECRET)
    path.chmod(0o600)
    assert open_kept() is not None
    path.unlink()
    match wrong:
        case "short" | "long":
            path.write_bytes(SECRET[1:] if wrong == "short" else SECRET + b"s")
            path.chmod(0o600)
        case "open":
            path.write_bytes(SECRET)
            path.chmod(0o644)
        case "link":
            (tmp_path / "secret").write_bytes(SECRET)
            (tmp_path / "secret").chmod(0o600)
            path.symlink_to(tmp_path / "secret")
        case _:
            path.mkdir()

    assert open_kept() is None
    assert trace_once(LATER, LARGE) == trace(LARGE)


def test_a_user_without_a_home_has_no_memory(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "file"))

    assert open_kept() is None
    assert trace_once(LATER, LARGE) == trace(LARGE)


def test_any_other_source_is_another_engine(tmp_path: Path) -> None:
    for name in ("errors.py", "analysis/taint/engine.py", "syntax/structure/native.py"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("a = 1\n")
    versions = [version_of(tmp_path, LATER)]
    for name in ("errors.py", "analysis/taint/engine.py", "syntax/structure/native.py"):
        (tmp_path / name).write_text("a = 2\n")
        versions.append(version_of(tmp_path, LATER))
    (tmp_path / "errors.py").rename(tmp_path / "other.py")
    versions.append(version_of(tmp_path, LATER))

    assert None not in versions
    assert len(set(versions)) == 5
    assert version_of(tmp_path, LATER) == versions[-1]


def test_where_a_source_may_not_be_what_runs_nothing_is_remembered(tmp_path: Path) -> None:
    assert version_of(tmp_path, LATER) is None

    (tmp_path / "errors.py").write_text("a = 1\n")

    assert version_of(tmp_path, datetime(2000, 1, 1, tzinfo=UTC)) is None
    assert version_of(tmp_path, LATER) is not None


def test_a_review_says_the_same_by_memory_and_traces_its_base_once() -> None:
    base = {"large.py": LARGE["large.py"], "app.py": python("pass").encode()}
    tracing = partial(trace_once, LATER)

    found = [reviewed(base, base | push, trace=tracing) for push in (FLOW, OTHER)]

    assert found == [reviewed(base, base | push) for push in (FLOW, OTHER)]
    cwes = [[each.cwe for each in one.findings if each.source.name == "taint"] for one in found]
    assert cwes == [["CWE-78"], ["CWE-94"]]


def test_no_recall_remembers_no_side_and_says_the_same(tmp_path: Path) -> None:
    checkout = Checkout(tmp_path / "checkout")
    for path, content in LARGE.items():
        checkout.write(path, content.decode())
    checkout.commit()
    checkout.write("app.py", OTHER["app.py"].decode())
    checkout.commit()
    review = ("review", "HEAD~1..HEAD", "--format", "json")

    anew = run_coderev(*review, "--no-recall", cwd=checkout.folder)
    assert not (cache_folder() / FOLDER).exists()
    again = [run_coderev(*review, cwd=checkout.folder) for _ in range(2)]

    assert "taint/code-injection" in anew.stdout
    assert [ran.stdout for ran in again] == [anew.stdout] * 2


PUSHED = LARGE | {"app.py": OTHER["app.py"]}


def known(folder: Path) -> Path:
    """The file of what is known of the walks of the one side that was traced: the largest."""
    return max(folder.iterdir(), key=lambda path: path.stat().st_size)


def pushed(folder: Path, secret: bytes = SECRET) -> bool:
    """Whether a side is traced by what is known of the one before; the answer is that of no memory."""
    engine = Counting()

    found = Memory(Kept(folder, secret), b"1", engine).trace(PUSHED)

    assert written(found) == written(trace(PUSHED))
    return engine.past is not None and engine.known.files == 1


def test_a_side_that_is_like_another_is_traced_by_what_is_known_of_that(folder: Path) -> None:
    asked(Kept(folder, SECRET), LARGE)

    assert pushed(folder)


def test_of_several_sides_the_one_that_is_most_alike_is_used(folder: Path) -> None:
    others = {f"other_{number}.py": python(f"os.system(x + '{number}')").encode() for number in range(6)}
    first, second = LARGE | others, LARGE | dict.fromkeys(others, b"def f(): pass\n")
    for side in (first, second):
        Memory(Kept(folder, SECRET), b"1").trace(side)
    engine = Counting()

    Memory(Kept(folder, SECRET), b"1", engine).trace(first | {"other_0.py": b""})

    assert engine.known.files == 1


def test_what_is_known_of_another_version_of_the_engine_is_not_used(folder: Path) -> None:
    asked(Kept(folder, SECRET), LARGE, b"2")

    assert not pushed(folder)


@settings(deadline=None, max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.data())
def test_what_is_known_of_walks_is_not_used_with_a_flipped_bit(folder: Path, data: st.DataObject) -> None:
    for path in folder.iterdir():
        path.unlink()
    asked(Kept(folder, SECRET), LARGE)
    path = known(folder)
    content = bytearray(path.read_bytes())
    bit = data.draw(st.integers(0, 8 * len(content) - 1))
    content[bit // 8] ^= 1 << bit % 8
    path.write_bytes(content)

    assert not pushed(folder)


@pytest.mark.parametrize("end", [0, MAC_BYTES, MAC_BYTES + 1, 1_000, -1])
def test_what_is_known_of_walks_is_not_used_where_it_is_cut_off(folder: Path, end: int) -> None:
    asked(Kept(folder, SECRET), LARGE)
    path = known(folder)
    path.write_bytes(path.read_bytes()[:end])

    assert not pushed(folder)


def test_what_is_known_of_walks_is_not_used_where_it_was_moved_to_or_is_another_users(folder: Path) -> None:
    asked(Kept(folder, SECRET), LARGE)
    path = known(folder)
    moved = path.rename(path.with_name(path.name[::-1]))
    names = [each for each in folder.iterdir() if path.name in each.read_bytes()[MAC_BYTES:].hex()]
    kept = Kept(folder, SECRET)
    for name in names:
        kept.write(bytes.fromhex(name.name), bytes.fromhex(moved.name))

    assert not pushed(folder)
    assert not pushed(folder, OTHER_SECRET)


@pytest.mark.parametrize(
    "spoilt", ["empty", "no code", "short", "no cells", "no bodies", "no digests", "other digests"]
)
def test_what_is_known_of_walks_is_made_anew_where_it_makes_no_sense(folder: Path, spoilt: str) -> None:
    kept = Kept(folder, SECRET)
    asked(kept, LARGE)
    name = bytes.fromhex(known(folder).name)
    told = kept.read(name)
    assert told is not None
    records = msgspec.msgpack.decode(told, type=Records)
    match spoilt:
        case "no cells":
            records.cells = []
        case "no bodies":
            records.bodies = b""
        case "no digests":
            records.digests = b""
        case "backwards":
            records.digests = records.digests[::-1]
        case _:
            pass
    others = {"empty": b"", "no code": b"\xc1", "short": msgspec.msgpack.encode([[], "little"])}
    kept.write(name, others.get(spoilt) or (b"" if spoilt == "empty" else msgspec.msgpack.encode(records)))

    pushed(folder)  # whatever was used of it, the answer is that of no memory


def test_the_folder_stays_within_its_room_and_loses_the_longest_unused_walks_first(folder: Path) -> None:
    kept = Kept(folder, SECRET)
    asked(kept, LARGE)
    size = sum(path.stat().st_size for path in folder.iterdir())
    small = Kept(folder, SECRET, max_bytes=2 * size)

    for number in range(4):
        asked(small, LARGE | {"large.py": b"a = %d\n" % number * (WORTH_BYTES // 6)}, b"%d" % number)

    assert sum(path.stat().st_size for path in folder.iterdir()) <= 2 * size
    assert asked(small, LARGE, b"7") == 1


def test_the_walks_of_a_side_that_is_too_large_are_not_recorded(folder: Path) -> None:
    huge = FLOW | {"notes.txt": b"x" * MOST_BYTES}
    engine, memory = Counting(), Kept(folder, SECRET)
    first = Memory(memory, b"1", engine).trace(huge)

    second = Memory(memory, b"1", engine).trace(huge)

    assert engine.asked == 0
    assert first == second == trace(huge)
    assert len(first.flows) == 1
