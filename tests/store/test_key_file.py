"""Files of secret keys: read with suspicion, and made whole or not at all."""

import os
import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coderev.files import CannotWrite, scratch_folder
from coderev.store.key_file import KEY_BYTES, MAX_LINE_BYTES, make_key, read_keys
from coderev.store.sealing import CREDENTIAL, KEY_FILE, MOST_KEYS, SealingKeyRefused, read_sealing_keys

ONE, TWO = bytes(range(32)), b"k" * 32
HEX, HEX_TWO = ONE.hex(), TWO.hex()


@pytest.fixture
def own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The user's own key file, which is not there yet."""
    monkeypatch.delenv("CREDENTIALS_DIRECTORY", raising=False)
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    return tmp_path / "data" / "coderev" / KEY_FILE


def written(path: Path, content: bytes | str, mode: int = 0o600) -> Path:
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    path.chmod(mode)
    return path


@pytest.mark.parametrize(
    ("content", "keys"),
    [
        (ONE, (ONE,)),
        (HEX, (ONE,)),
        (f"  {HEX.upper()}\n", (ONE,)),
        (f"{HEX_TWO}\n{HEX}\n", (TWO, ONE)),
        (f"\n{HEX_TWO}\r\n\r\n{HEX}", (TWO, ONE)),
    ],
    ids=["bytes", "hex", "spaced", "two", "foreign lines"],
)
def test_keys_are_32_bytes_or_lines_of_hex_and_keep_their_order(
    content: bytes | str, keys: tuple[bytes, ...], tmp_path: Path
) -> None:
    assert read_keys(written(tmp_path / "key", content), SealingKeyRefused, most=2) == keys


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b" \n",
        b"x" * 31,
        b"x" * 33,
        "g" * 64,
        HEX[:-1],
        f"{HEX}0",
        f"{HEX} # comment",
        f"{HEX}\n{HEX}\n{HEX}",
        HEX + " " * 2 * MAX_LINE_BYTES,
    ],
    ids=["nothing", "space", "short", "long", "no hex", "63", "65", "comment", "three", "padded"],
)
def test_a_file_that_holds_anything_else_is_refused(content: bytes | str, tmp_path: Path) -> None:
    with pytest.raises(SealingKeyRefused, match="it holds neither 32 bytes nor 64 hex digits on each of at most 2 lin"):
        read_keys(written(tmp_path / "key", content), SealingKeyRefused, most=2)


@given(st.binary(max_size=200).filter(lambda content: len(content) != KEY_BYTES))
def test_no_rubbish_is_a_key(content: bytes) -> None:
    with scratch_folder() as folder:
        path = written(folder / "key", content)

        with pytest.raises(SealingKeyRefused):
            read_keys(path, SealingKeyRefused)


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o620, 0o666, 0o610, 0o700 | 0o001])
def test_a_key_that_others_may_reach_is_refused(mode: int, tmp_path: Path) -> None:
    with pytest.raises(SealingKeyRefused, match=f"its mode {mode:04o} lets others at it"):
        read_keys(written(tmp_path / "key", ONE, mode), SealingKeyRefused)


@pytest.mark.parametrize(("mode", "used"), [(0o400, True), (0o440, True), (0o444, False), (0o460, False)])
def test_of_what_systemd_hands_over_the_group_may_read(mode: int, used: bool, tmp_path: Path) -> None:
    path = written(tmp_path / "key", ONE, mode)

    if used:
        assert read_keys(path, SealingKeyRefused, handed=True) == (ONE,)
    else:
        with pytest.raises(SealingKeyRefused, match="lets others at it"):
            read_keys(path, SealingKeyRefused, handed=True)


def test_links_folders_and_pipes_are_no_keys(tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(written(tmp_path / "key", ONE))
    os.mkfifo(tmp_path / "pipe", 0o600)
    (tmp_path / "folder").mkdir(mode=0o700)

    for name, reason in {"link": "it is a link", "pipe": "it is no file", "folder": "it is no file"}.items():
        with pytest.raises(SealingKeyRefused, match=reason):
            read_keys(tmp_path / name, SealingKeyRefused)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a file away")
def test_a_key_of_another_user_is_refused(tmp_path: Path) -> None:
    path = written(tmp_path / "key", ONE)
    os.chown(path, 12_345, -1)

    for handed in (False, True):
        with pytest.raises(SealingKeyRefused, match="it belongs to another user"):
            read_keys(path, SealingKeyRefused, handed=handed)


def test_a_key_that_is_named_and_not_there_is_not_made(tmp_path: Path) -> None:
    with pytest.raises(SealingKeyRefused, match="No such file") as caught:
        read_sealing_keys(str(tmp_path / "key"))

    assert "openssl rand -hex 32" in caught.value.next_step
    assert not (tmp_path / "key").exists()


def test_the_users_own_key_is_made_once_for_nobody_else(own: Path) -> None:
    first = read_sealing_keys(None)

    assert read_sealing_keys(None) == first
    assert len(first[0]) == KEY_BYTES
    assert stat.S_IMODE(own.stat().st_mode) == 0o600
    assert [path.name for path in own.parent.iterdir()] == [KEY_FILE]


def test_a_credential_of_systemd_goes_before_the_users_own_and_after_the_named(
    own: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "handed").mkdir()
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(tmp_path / "handed"))
    made = read_sealing_keys(None)
    written(tmp_path / "handed" / CREDENTIAL, f"{HEX_TWO}\n", 0o440)

    assert read_sealing_keys(None) == (TWO,) != made
    assert read_sealing_keys(str(written(tmp_path / "key", ONE))) == (ONE,)
    assert own.exists()


def test_of_many_that_make_a_key_at_a_time_all_have_the_same(tmp_path: Path) -> None:
    path = tmp_path / "key"

    def made(_: int) -> tuple[bytes, ...]:
        make_key(path)
        return read_keys(path, SealingKeyRefused)

    with ThreadPoolExecutor(8) as pool:
        assert len(set(pool.map(made, range(32)))) == 1


def test_where_no_key_can_be_made_the_error_says_where(tmp_path: Path) -> None:
    with pytest.raises(CannotWrite, match="No such file"):
        make_key(tmp_path / "none" / "key")


def test_a_file_holds_as_many_keys_as_are_said(tmp_path: Path) -> None:
    lines = [os.urandom(32).hex() for _ in range(MOST_KEYS + 1)]

    assert len(read_sealing_keys(str(written(tmp_path / "most", "\n".join(lines[1:]))))) == MOST_KEYS
    with pytest.raises(SealingKeyRefused, match="at most 16 lines"):
        read_sealing_keys(str(written(tmp_path / "more", "\n".join(lines))))
