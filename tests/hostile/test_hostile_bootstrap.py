"""The attacker made the medium from which a bare host is installed: what runs there before the paper was compared?"""

import os
import shutil
import subprocess
import sys
import zipfile
from hashlib import sha256
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from coderev.bundle.bootstrapping import SCRIPT, put

LOCK = "bootstrap/wheels.lock"
PIP = "pip-26.1-py3-none-any.whl"
CLICK = "click-8.5-py3-none-any.whl"
TOOLS = ("cat", "chmod", "cp", "cut", "dash", "env", "gpgv", "grep", "head", "mkdir", "rm", "sh", "sha256sum", "tr")

pytestmark = pytest.mark.skipif(shutil.which("gpgv") is None, reason="gpgv is not installed")


@pytest.fixture
def marker(tmp_path: Path) -> Path:
    """What every pip of these media writes when it runs, with its environment."""
    return tmp_path / "marker"


@pytest.fixture
def medium(tmp_path: Path, marker: Path) -> Path:
    """A medium whose wheels are a pip that only says that it ran, coderev and click."""
    wheels = tmp_path / "wheels"
    wheels.mkdir()
    pip_that_tells(wheels / PIP, marker, "right")
    for name in ("coderev_platform-1.0-py3-none-any.whl", CLICK):
        (wheels / name).write_bytes(name.encode() * 40)
    put(tmp_path / "medium/bootstrap", wheels)
    return tmp_path / "medium"


def pip_that_tells(path: Path, marker: Path, word: str) -> None:
    said = f"import os, sys\nopen({str(marker)!r}, 'w').write(repr(({word!r}, sorted(os.environ), sys.argv[1:])))\n"
    with zipfile.ZipFile(path, "w") as wheel:
        wheel.writestr(zipfile.ZipInfo("pip/__main__.py"), said)


def lock_of(medium: Path) -> str:
    return sha256((medium / LOCK).read_bytes()).hexdigest()


def install(
    medium: Path, typed: str, *options: str | Path, env: dict[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    """Run the script from its packaged place: on a host its copy was hashed before."""
    script = Path(__file__).parents[2] / "src/coderev/bundle/bootstrap" / SCRIPT
    own = ("--folder", medium.parent / "opt", "--python", sys.executable)
    return subprocess.run(
        ["dash", *map(str, (script, *own, *options, medium))],
        input=f"{typed}\n{'0' * 64}\n{'0' * 40}\n1\n",
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
        env={"PATH": os.environ["PATH"], **(env or {})},
    )


def nothing_left(medium: Path) -> bool:
    return not (medium.parent / "opt/bootstrap").exists()


def test_what_was_proved_runs_from_a_copy_and_sees_nothing_of_the_environment(medium: Path, marker: Path) -> None:
    """13.3, 13.4: the control of the other tests."""
    evil = {"PIP_INDEX_URL": "http://evil", "PYTHONPATH": "/evil", "PIP_FIND_LINKS": "/evil", "LD_LIBRARY_PATH": ""}

    install(medium, lock_of(medium), env=evil)

    word, environment, argv = eval(marker.read_text())
    assert word == "right"
    assert {*environment} - {"LC_CTYPE"} == {"HOME", "LC_ALL", "PATH", "PIP_CONFIG_FILE", "TMPDIR"}
    assert "--require-hashes" in argv
    assert "--no-index" in argv
    assert argv[argv.index("--find-links") + 1].startswith(str(medium.parent / "opt"))


@pytest.mark.parametrize("typed", ["", "0" * 64, "e3b0c442"])
def test_nothing_runs_where_the_typed_digest_is_another(medium: Path, marker: Path, typed: str) -> None:
    """13.3."""
    ran = install(medium, typed)

    assert ran.returncode == 3
    assert "error: the lock is not the one on the paper" in ran.stderr
    assert not marker.exists()
    assert nothing_left(medium)


def test_a_lock_of_the_attackers_is_not_on_the_paper(medium: Path, marker: Path, tmp_path: Path) -> None:
    """13.3: his wheels in his lock fit each other, and not the paper."""
    paper = lock_of(medium)
    pip_that_tells(tmp_path / "wheels" / PIP, marker, "evil")
    put(medium / "bootstrap", tmp_path / "wheels")

    ran = install(medium, paper)

    assert (ran.returncode, marker.exists(), nothing_left(medium)) == (3, False, True)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=10, deadline=None)
@given(place=st.floats(0, 1, exclude_max=True), bit=st.integers(0, 7), name=st.sampled_from([PIP, CLICK]))
def test_a_flipped_bit_in_a_wheel_runs_nothing(medium: Path, marker: Path, place: float, bit: int, name: str) -> None:
    """13.3: nothing from a wheel unless the wheel is the one in the lock."""
    path = medium / "bootstrap/wheels" / name
    right = path.read_bytes()
    changed = bytearray(right)
    changed[int(place * len(right))] ^= 1 << bit
    path.write_bytes(changed)

    ran = install(medium, lock_of(medium))

    path.write_bytes(right)
    assert ran.returncode == 3
    assert f"{name} is not in the lock" in ran.stderr
    assert not marker.exists()
    assert nothing_left(medium)


def test_a_wheel_that_nobody_listed_stops_it(medium: Path, marker: Path) -> None:
    pip_that_tells(medium / "bootstrap/wheels" / "zzz-1.0-py3-none-any.whl", marker, "evil")

    ran = install(medium, lock_of(medium))

    assert (ran.returncode, marker.exists(), nothing_left(medium)) == (3, False, True)


def test_a_listed_wheel_under_pips_name_is_not_run(medium: Path, marker: Path) -> None:
    """13.3: which digest is pip's says the lock, and no name."""
    wheels = medium / "bootstrap/wheels"
    shutil.copy(wheels / CLICK, wheels / PIP)

    ran = install(medium, lock_of(medium))

    assert ran.returncode == 3
    assert "the medium has no wheel of pip" in ran.stderr
    assert not marker.exists()


def test_a_wheel_that_is_exchanged_after_it_was_hashed_is_not_the_one_that_runs(
    medium: Path, marker: Path, tmp_path: Path
) -> None:
    """13.3: a stick decides at each reading what it gives; what is hashed and run is a copy."""
    pip_that_tells(tmp_path / "evil.whl", marker, "evil")
    wrapper = tmp_path / "python"
    wrapper.write_text(
        f'#!/bin/sh\n[ "$3" != venv ] || cp {tmp_path}/evil.whl {medium}/bootstrap/wheels/{PIP}\n'
        f'exec {sys.executable} "$@"\n'
    )
    wrapper.chmod(0o755)

    install(medium, lock_of(medium), "--python", wrapper)

    assert (medium / "bootstrap/wheels" / PIP).read_bytes() == (tmp_path / "evil.whl").read_bytes()
    assert eval(marker.read_text())[0] == "right"


@pytest.mark.parametrize("kind", ["link", "fifo", "folder", "device"])
@pytest.mark.parametrize("where", [LOCK, f"bootstrap/wheels/{PIP}"])
def test_what_is_no_plain_file_is_refused_and_not_waited_for(medium: Path, where: str, kind: str) -> None:
    """1.4, 13.3."""
    typed, path = lock_of(medium), medium / where
    path.rename(medium / "aside")
    if kind == "fifo":
        os.mkfifo(path)
    elif kind == "folder":
        path.mkdir()
    else:
        path.symlink_to("/dev/zero" if kind == "device" else medium / "aside")

    ran = install(medium, typed)

    assert ran.returncode == 3
    assert "is no plain file" in ran.stderr
    assert nothing_left(medium)


def test_an_endless_lock_ends(medium: Path) -> None:
    """1.4: a sparse terabyte is read up to the limit."""
    with (medium / LOCK).open("r+b") as lock:
        lock.truncate(1 << 40)

    ran = install(medium, "0" * 64)

    assert (ran.returncode, nothing_left(medium)) == (3, True)


@pytest.mark.parametrize("dangling", [True, False])
def test_a_host_that_has_current_is_refused_untouched(medium: Path, marker: Path, dangling: bool) -> None:
    """13.5."""
    folder = medium.parent / "opt"
    (folder / "generations/7").mkdir(parents=True)
    (folder / "current").symlink_to("nowhere" if dangling else "generations/7")

    ran = install(medium, lock_of(medium))

    assert ran.returncode == 2
    assert "so coderev is installed here" in ran.stderr
    assert "coderev update apply" in ran.stderr
    assert sorted(path.name for path in folder.iterdir()) == ["current", "generations"]
    assert not marker.exists()


def test_words_that_the_shell_understands_are_only_words(medium: Path, tmp_path: Path) -> None:
    odd = tmp_path / "stick $(touch pwned); `touch pwned` '\" *"
    medium.rename(odd)
    (odd / "bootstrap/wheels/$(touch pwned).whl").write_bytes(b"")

    ran = install(odd, "$(touch pwned)")
    listed = install(odd, lock_of(odd))

    assert (ran.returncode, listed.returncode) == (3, 3)
    assert [path for folder in (tmp_path, Path.cwd()) for path in folder.glob("pwned*")] == []


@pytest.mark.parametrize("missing", ["gpgv", "sha256sum"])
def test_a_host_without_what_it_needs_is_told_so_before_anything_is_written(
    medium: Path, tmp_path: Path, missing: str
) -> None:
    """13.1."""
    tools = tmp_path / "tools"
    tools.mkdir()
    for name in TOOLS:
        if name != missing and (found := shutil.which(name)):
            (tools / name).symlink_to(found)

    ran = install(medium, lock_of(medium), env={"PATH": str(tools)})

    assert ran.returncode == 4
    assert ran.stderr.startswith(f"error: {missing} is missing\nhint: ")
    assert not (medium.parent / "opt").exists()


def test_an_old_python_is_refused(medium: Path, tmp_path: Path) -> None:
    """13.1: Python >= 3.11."""
    old = tmp_path / "old"
    old.write_text(f'#!/bin/sh\nexec {sys.executable} -c "import sys; sys.version_info = (3, 10); $3"\n')
    old.chmod(0o755)

    ran = install(medium, lock_of(medium), "--python", old)

    assert ran.returncode == 4
    assert "is no Python 3.11 or newer" in ran.stderr


def test_an_attempt_that_was_broken_off_leaves_room_for_the_next(medium: Path, marker: Path) -> None:
    left = medium.parent / "opt/bootstrap/wheels"
    left.mkdir(parents=True)
    pip_that_tells(left / PIP, marker, "of an earlier medium")

    install(medium, lock_of(medium))

    assert eval(marker.read_text())[0] == "right"
