"""The head of a GGUF file: what it says of itself, and where its tensors lie (ggml, docs/gguf.md, versions 2 and 3).

Everything is counted before it is believed: a head of at most MAX_HEAD bytes, tensors one after the other, each
aligned, the last one ending with the file (spec/bundle.md 12.3).
"""

import math
import struct
from typing import BinaryIO, NamedTuple, NoReturn

MAGIC = b"GGUF"
VERSIONS = (2, 3)
MAX_HEAD = 64 * 1024 * 1024  # bytes before the tensors
MAX_KEYS = 4096
MAX_TENSORS = 65_536
MAX_ITEMS = 4 * 1024 * 1024  # of one array; the largest vocabularies have some 300,000
MAX_TEXT = 1024 * 1024  # bytes of one string
MAX_NAME = 256  # bytes of a key or of a tensor's name
MAX_DIMENSIONS = 4
ALIGNMENT = 32  # bytes, where the file does not say

_SCALARS = {0: "B", 1: "b", 2: "H", 3: "h", 4: "I", 5: "i", 6: "f", 7: "?", 10: "Q", 11: "q", 12: "d"}
_STRING, _ARRAY = 8, 9
_KEPT = ("general.architecture", "general.file_type", "general.alignment", "split.count", "split.no")
_TEMPLATE = "tokenizer.chat_template"

# numbers and bytes of one block, by ggml type
_BLOCKS = {
    0: (1, 4), 1: (1, 2), 2: (32, 18), 3: (32, 20), 6: (32, 22), 7: (32, 24), 8: (32, 34), 9: (32, 40),
    10: (256, 84), 11: (256, 110), 12: (256, 144), 13: (256, 176), 14: (256, 210), 15: (256, 292),
    16: (256, 66), 17: (256, 74), 18: (256, 98), 19: (256, 50), 20: (32, 18), 21: (256, 110), 22: (256, 82),
    23: (256, 136), 24: (1, 1), 25: (1, 2), 26: (1, 4), 27: (1, 8), 28: (1, 8), 29: (256, 56), 30: (1, 2),
    34: (256, 54), 35: (256, 66), 39: (32, 17), 40: (64, 36), 41: (128, 18), 42: (64, 18),
}  # fmt: skip
FILE_TYPES = {
    0: "f32", 1: "f16", 2: "q4_0", 3: "q4_1", 7: "q8_0", 8: "q5_0", 9: "q5_1", 10: "q2_k", 11: "q3_k_s",
    12: "q3_k_m", 13: "q3_k_l", 14: "q4_k_s", 15: "q4_k_m", 16: "q5_k_s", 17: "q5_k_m", 18: "q6_k",
    19: "iq2_xxs", 20: "iq2_xs", 21: "q2_k_s", 22: "iq3_xs", 23: "iq3_xxs", 24: "iq1_s", 25: "iq4_nl",
    26: "iq3_s", 27: "iq3_m", 28: "iq2_s", 29: "iq2_m", 30: "iq4_xs", 31: "iq1_m", 32: "bf16", 36: "tq1_0",
    37: "tq2_0", 38: "mxfp4_moe", 39: "nvfp4", 40: "q1_0", 41: "q2_0",
}  # fmt: skip
_GUESSED = 1024  # a bit of the file type


class Gguf(NamedTuple):
    """What the head says. `file_type` is None where it does not say; `templates` are chat templates by name."""

    architecture: str | None
    file_type: str | None
    numbers: int  # parameters
    templates: dict[str, str]
    split: tuple[int, int]  # which one of how many files


def read_head(file: BinaryIO, size: int) -> Gguf:
    """Read the head of a file of `size` bytes. Raises ValueError with the reason why it is refused."""
    head = _Head(file)
    if head.take(4) != MAGIC:
        _refuse("it does not begin as GGUF does")
    if (version := head.number("I")) not in VERSIONS:
        _refuse(f"GGUF of version {version}, where 2 and 3 are read")
    tensors, keys = head.number("Q"), head.number("Q")
    if not 0 < tensors <= MAX_TENSORS or keys > MAX_KEYS:
        _refuse(f"{tensors} tensors and {keys} keys")
    said = _metadata(head, keys)
    numbers = _check_tensors(head, tensors, said.get("general.alignment", ALIGNMENT), size)
    return Gguf(
        architecture=_text(said, "general.architecture"),
        file_type=_file_type(said.get("general.file_type")),
        numbers=numbers,
        templates={key: value for key, value in said.items() if key.startswith(_TEMPLATE) and isinstance(value, str)},
        split=(_whole(said, "split.no", 0), _whole(said, "split.count", 1)),
    )


class _Head:
    """Reads on, counting; an end before the end is an error."""

    def __init__(self, file: BinaryIO) -> None:
        self._file, self.count = file, 0

    def take(self, count: int) -> bytes:
        self.count += count
        if self.count > MAX_HEAD:
            _refuse(f"its head is longer than {MAX_HEAD} bytes")
        taken = self._file.read(count)
        if len(taken) < count:
            _refuse("it ends within its head")
        return taken

    def number(self, code: str) -> int:
        value: int = struct.unpack(f"<{code}", self.take(struct.calcsize(f"<{code}")))[0]
        return value

    def text(self, most: int = MAX_TEXT) -> str:
        if (length := self.number("Q")) > most:
            _refuse(f"a string of {length} bytes")
        return self.take(length).decode(errors="replace")

    def value(self, kind: int) -> object:
        """A number or a text; what an array holds is passed over."""
        if kind == _STRING:
            return self.text()
        if kind != _ARRAY:
            return self.number(_code(kind))
        kind, length = self.number("I"), self.number("Q")
        if length > MAX_ITEMS:
            _refuse(f"an array of {length} items")
        if kind == _STRING:
            for _ in range(length):
                self.take(min(self.number("Q"), MAX_HEAD))
        else:
            self.take(struct.calcsize(f"<{_code(kind)}") * length)
        return None


def _code(kind: int) -> str:
    if (code := _SCALARS.get(kind)) is None:  # also an array of arrays, which no model has
        _refuse(f"a value of the unknown kind {kind}")
    return code


def _metadata(head: _Head, keys: int) -> dict[str, object]:
    seen: set[str] = set()
    kept: dict[str, object] = {}
    for _ in range(keys):
        key, kind = head.text(MAX_NAME), head.number("I")
        value = head.value(kind)
        if key in seen:
            _refuse(f"the key {key!r} stands twice")
        seen.add(key)
        if key in _KEPT or key.startswith(_TEMPLATE):
            kept[key] = value
    return kept


def _check_tensors(head: _Head, count: int, alignment: object, size: int) -> int:
    """Judge where the tensors lie, and return how many numbers they hold."""
    if not isinstance(alignment, int) or not 0 < alignment <= MAX_HEAD or alignment & (alignment - 1):
        _refuse(f"its tensors are aligned to {alignment!r}")
    numbers = end = length = 0
    names: set[str] = set()
    for _ in range(count):
        name, shape, kind = head.text(MAX_NAME), _shape(head), head.number("I")
        if name in names:
            _refuse(f"the tensor {name!r} stands twice")
        names.add(name)
        if head.number("Q") != end:
            _refuse(f"a gap or an overlap before the tensor {name!r}")
        numbers += math.prod(shape)
        length = end + _bytes_of(name, shape, kind)
        end = _aligned(length, alignment)
    start = _aligned(head.count, alignment)
    if not start + length <= size <= start + end:
        _refuse(f"its tensors end at {start + length} of {size} bytes")
    return numbers


def _shape(head: _Head) -> tuple[int, ...]:
    if not 0 < (dimensions := head.number("I")) <= MAX_DIMENSIONS:
        _refuse(f"a tensor of {dimensions} dimensions")
    return tuple(head.number("Q") for _ in range(dimensions))


def _bytes_of(name: str, shape: tuple[int, ...], kind: int) -> int:
    if (block := _BLOCKS.get(kind)) is None:
        _refuse(f"the tensor {name!r} has the unknown type {kind}")
    if not all(shape) or shape[0] % block[0]:
        _refuse(f"the tensor {name!r} has not the shape of its type")
    return math.prod(shape) // block[0] * block[1]


def _aligned(offset: int, alignment: int) -> int:
    return -(-offset // alignment) * alignment


def _file_type(value: object) -> str | None:
    if not isinstance(value, int):
        return None
    return FILE_TYPES.get(value & ~_GUESSED, f"type-{value}")


def _text(said: dict[str, object], key: str) -> str | None:
    value = said.get(key)
    return value if isinstance(value, str) else None


def _whole(said: dict[str, object], key: str, default: int) -> int:
    value = said.get(key, default)
    return value if isinstance(value, int) else default


def _refuse(reason: str) -> NoReturn:
    raise ValueError(reason)
