"""A model in process is known by what its file holds, which is read once as long as the file is the same."""

import os
from hashlib import sha256
from pathlib import Path

import pytest

from coderev.files import cache_folder
from coderev.recall.weights import MEMO_FILE, weights_of


@pytest.fixture
def file(tmp_path: Path) -> Path:
    place = tmp_path / "model.gguf"
    place.write_bytes(b"weights one")
    return place


def test_the_digest_is_that_of_the_file(file: Path) -> None:
    assert weights_of(file) == sha256(b"weights one").hexdigest()
    assert weights_of(file) == sha256(b"weights one").hexdigest()


def test_a_file_is_read_once(file: Path) -> None:
    weights_of(file)
    memo = cache_folder() / MEMO_FILE
    memo.write_bytes(memo.read_bytes().replace(sha256(b"weights one").hexdigest().encode(), b"known" * 12 + b"0000"))

    assert weights_of(file) == "known" * 12 + "0000"


def test_a_file_that_changed_is_read_again_whatever_its_times_say(file: Path) -> None:
    first, times = weights_of(file), file.stat()
    file.write_bytes(b"weights two")
    os.utime(file, ns=(times.st_atime_ns, times.st_mtime_ns))

    assert weights_of(file) != first


@pytest.mark.parametrize("memo", [b"", b"{", b"[]", b'{"a": 1}', b"\xff"])
def test_a_damaged_memo_is_no_fault(file: Path, memo: bytes) -> None:
    (cache_folder() / MEMO_FILE).write_bytes(memo)

    assert weights_of(file) == sha256(b"weights one").hexdigest()


def test_a_file_that_is_not_there_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        weights_of(tmp_path / "gone")
