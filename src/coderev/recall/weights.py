"""Which weights answer: the digest of a model's file, read once as long as the file is the same."""

from contextlib import suppress
from hashlib import file_digest
from pathlib import Path

import msgspec

from coderev.files import CannotWrite, cache_folder, write_atomic

MEMO_FILE = "weights.json"
MAX_MEMO_BYTES = 1 << 20

_Memo = dict[str, tuple[tuple[int, int, int, int], str]]  # path → what tells that the file changed, and its digest


def weights_of(path: Path) -> str:
    """The SHA-256 of a file of weights, 64 hex digits. Raises OSError.

    Reading 20 GB takes a while, so it is remembered in the user's cache folder under the file's size, inode, and times
    of change: the kernel sets the last of these, whoever writes the file.
    """
    known = path.stat()
    mark = (known.st_size, known.st_ino, known.st_mtime_ns, known.st_ctime_ns)
    memo = _memo()
    found = memo.get(str(path.resolve()))
    if found is not None and found[0] == mark:
        return found[1]
    with path.open("rb") as file:
        digest = file_digest(file, "sha256").hexdigest()
    memo[str(path.resolve())] = (mark, digest)
    with suppress(CannotWrite):
        write_atomic(cache_folder() / MEMO_FILE, msgspec.json.encode(memo), mode=0o600)
    return digest


def _memo() -> _Memo:
    try:
        with (cache_folder() / MEMO_FILE).open("rb") as file:
            return msgspec.json.decode(file.read(MAX_MEMO_BYTES), type=_Memo)
    except (OSError, CannotWrite, msgspec.DecodeError):
        return {}
