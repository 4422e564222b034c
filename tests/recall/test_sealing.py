import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from stand_ins.command import environment_of

from coderev.recall.sealing import (
    KEY_BYTES,
    MAX_PLAIN_BYTES,
    NONCE_BYTES,
    KeyFileRefused,
    Seal,
    Tampered,
    TooLong,
    read_key,
)
from coderev.settings import RecallSettings

MATERIAL = bytes(range(KEY_BYTES))
KEY = b"k" * 32


@pytest.fixture
def own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The user's own key file, which is not there yet."""
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    return tmp_path / "data" / "coderev" / "recall.key"


def written(path: Path, content: bytes, mode: int = 0o600) -> str:
    path.write_bytes(content)
    path.chmod(mode)
    return str(path)


@given(key=st.binary(max_size=64), plain=st.binary(max_size=5000))
def test_what_was_sealed_opens(key: bytes, plain: bytes) -> None:
    seal = Seal(MATERIAL, "team")

    assert Seal(MATERIAL, "team").open(key, seal.seal(key, plain)) == plain


@given(key=st.binary(max_size=8), other=st.binary(max_size=8), plain=st.binary(max_size=50))
def test_it_opens_for_its_own_key_only(key: bytes, other: bytes, plain: bytes) -> None:
    seal = Seal(MATERIAL, "team")
    if key == other:
        return

    with pytest.raises(Tampered):
        seal.open(other, seal.seal(key, plain))


def test_the_same_value_is_never_sealed_the_same_way_twice() -> None:
    seal = Seal(MATERIAL, "team")

    assert len({seal.seal(KEY, b"answer") for _ in range(100)}) == 100


def test_text_is_stored_shorter_and_noise_hardly_longer() -> None:
    seal, noise = Seal(MATERIAL, "team"), os.urandom(2000)

    assert len(seal.seal(KEY, b"the same words again and again. " * 100)) < 200
    assert len(seal.seal(KEY, noise)) == len(noise) + 1 + 8 + NONCE_BYTES + 1 + 16


def test_what_is_too_long_is_not_sealed_and_the_longest_opens() -> None:
    seal, longest = Seal(MATERIAL, "team"), os.urandom(MAX_PLAIN_BYTES)

    assert seal.open(KEY, seal.seal(KEY, longest)) == longest
    with pytest.raises(TooLong, match="1048577 bytes are more than 1048576"):
        seal.seal(KEY, longest + b"x")


@given(parts=st.lists(st.binary(max_size=6), max_size=4), others=st.lists(st.binary(max_size=6), max_size=4))
def test_tags_are_equal_for_equal_parts_only(parts: list[bytes], others: list[bytes]) -> None:
    seal = Seal(MATERIAL, "team")

    assert (seal.tag(*parts) == seal.tag(*others)) == (parts == others)
    assert len(seal.tag(*parts)) == 32


def test_tags_of_two_tenants_or_two_sites_have_nothing_in_common() -> None:
    tags = {
        Seal(material, tenant).tag(b"model") for material in (MATERIAL, bytes(32)) for tenant in ("team", "other", "")
    }

    assert len(tags) == 6


@pytest.mark.parametrize("length", [0, 31, 33])
def test_a_seal_needs_a_whole_key(length: int) -> None:
    with pytest.raises(ValueError, match=f"a key has 32 bytes, not {length}"):
        Seal(bytes(length), "team")


@pytest.mark.parametrize(
    "content",
    [MATERIAL, MATERIAL.hex().encode(), MATERIAL.hex().upper().encode() + b"\n", b" " + MATERIAL.hex().encode()],
)
def test_a_key_is_32_bytes_or_64_hex_digits(content: bytes, tmp_path: Path) -> None:
    assert read_key(written(tmp_path / "key", content)) == MATERIAL


@pytest.mark.parametrize("mode", [0o600, 0o400])
def test_a_key_that_nobody_else_may_read_is_used(mode: int, tmp_path: Path) -> None:
    assert read_key(written(tmp_path / "key", MATERIAL, mode)) == MATERIAL


@pytest.mark.parametrize("content", [b"", b"x" * 31, b"x" * 33, b"g" * 64, b"0" * 63, b"0" * 65, b"x" * 100_000])
def test_a_file_that_holds_no_key_is_refused(content: bytes, tmp_path: Path) -> None:
    with pytest.raises(KeyFileRefused, match="it holds neither 32 bytes nor 64 hex digits") as caught:
        read_key(written(tmp_path / "key", content))

    assert "openssl rand -hex 32" in caught.value.next_step


def test_a_file_that_is_missing_is_refused_and_not_made(tmp_path: Path) -> None:
    with pytest.raises(KeyFileRefused, match="No such file"):
        read_key(str(tmp_path / "key"))

    assert list(tmp_path.iterdir()) == []


def test_a_user_without_a_key_is_given_one_that_stays(own: Path) -> None:
    first, second = read_key(None), read_key(None)

    assert first == second == own.read_bytes()
    assert len(first) == KEY_BYTES
    assert stat.S_IMODE(own.stat().st_mode) == 0o600
    assert stat.S_IMODE(own.parent.stat().st_mode) == 0o700
    assert [path.name for path in own.parent.iterdir()] == [own.name]


FULL = """
import resource
from coderev.files import CannotWrite
from coderev.recall.sealing import read_key
resource.setrlimit(resource.RLIMIT_FSIZE, (0, resource.RLIM_INFINITY))
try:
    read_key(None)
except CannotWrite as error:
    raise SystemExit(str(error))
"""


def test_a_key_that_cannot_be_written_is_an_error_and_leaves_nothing(tmp_path: Path) -> None:
    environment = environment_of(tmp_path / "home")

    ran = subprocess.run([sys.executable, "-c", FULL], env=environment, capture_output=True, check=False, timeout=60)

    assert ran.stderr.endswith(b"recall.key: File too large\n")
    assert list((tmp_path / "home" / "data" / "coderev").iterdir()) == []


def test_processes_that_make_the_key_at_once_agree_on_it(tmp_path: Path) -> None:
    line = [sys.executable, "-c", "from coderev.recall.sealing import read_key; print(read_key(None).hex())"]
    environment = environment_of(tmp_path / "home")

    running = [subprocess.Popen(line, env=environment, stdout=subprocess.PIPE) for _ in range(6)]
    keys = {process.communicate(timeout=60)[0] for process in running}

    assert len(keys) == 1
    assert len(keys.pop().strip()) == 64


def test_the_settings_name_the_key_and_the_tenant(tmp_path: Path) -> None:
    named = RecallSettings(key_file=written(tmp_path / "key", MATERIAL), tenant="team")

    sealed = Seal.of(named).seal(KEY, b"answer")

    assert Seal(MATERIAL, "team").open(KEY, sealed) == b"answer"


@settings(max_examples=300)
@given(sealed=st.binary(max_size=80))
def test_rubbish_never_opens(sealed: bytes) -> None:
    with pytest.raises(Tampered):
        Seal(MATERIAL, "team").open(KEY, sealed)
