"""The header of a safetensors file: eight bytes of length, JSON, then the tensors' bytes without gap or overlap.

After the format's own page (safetensors, "Format"): one tensor's bytes begin where the last one's ended, and the last
ends with the file, so nothing else can be hidden in it (spec/bundle.md 12.3).
"""

import math
from collections import Counter
from typing import Annotated, BinaryIO, NamedTuple, NoReturn

import msgspec

from coderev.bundle.inputs import strict_json

MAX_HEADER = 16 * 1024 * 1024  # bytes of JSON; the format allows 100 MB, which nothing has
MAX_TENSORS = 200_000
_BITS = {
    "BOOL": 8, "U8": 8, "I8": 8, "F8_E5M2": 8, "F8_E4M3": 8, "F8_E8M0": 8, "F4": 4, "F6_E2M3": 6, "F6_E3M2": 6,
    "I16": 16, "U16": 16, "F16": 16, "BF16": 16, "I32": 32, "U32": 32, "F32": 32,
    "I64": 64, "U64": 64, "F64": 64, "C64": 64,
}  # fmt: skip

Size = Annotated[int, msgspec.Meta(ge=0, lt=1 << 53)]


class Tensors(NamedTuple):
    """What a header says: tensors' names, how many bytes there are of each type, and how many numbers."""

    names: frozenset[str]
    bytes_by_type: Counter[str]
    numbers: int


class _Tensor(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    dtype: str
    shape: Annotated[tuple[Size, ...], msgspec.Meta(max_length=16)]
    data_offsets: tuple[Size, Size]


def read_tensors(file: BinaryIO, size: int) -> Tensors:
    """Read the header of a file of `size` bytes. Raises ValueError with the reason why it is refused."""
    length = int.from_bytes(file.read(8), "little")
    if size < 8 or not 2 <= length <= min(MAX_HEADER, size - 8):  # noqa: PLR2004 - the eight bytes, and `{}`
        _refuse(f"its header would have {length} bytes")
    text = file.read(length)
    if len(text) < length or text[:1] != b"{":
        _refuse("it has no header")
    header = strict_json(text)
    metadata = header.pop("__metadata__", {})
    msgspec.convert(metadata, dict[str, str])
    tensors = msgspec.convert(header, dict[str, _Tensor])
    if not 0 < len(tensors) <= MAX_TENSORS:
        _refuse(f"it has {len(tensors)} tensors")
    _check_places(tensors, size - 8 - length)
    counts: Counter[str] = Counter()
    for tensor in tensors.values():
        counts[tensor.dtype] += tensor.data_offsets[1] - tensor.data_offsets[0]
    return Tensors(frozenset(tensors), counts, sum(math.prod(tensor.shape) for tensor in tensors.values()))


def _check_places(tensors: dict[str, _Tensor], size: int) -> None:
    end = 0
    for name, tensor in sorted(tensors.items(), key=lambda each: each[1].data_offsets):
        start, stop = tensor.data_offsets
        if start != end:
            _refuse(f"a gap or an overlap before the tensor {name!r}")
        if tensor.dtype not in _BITS:
            _refuse(f"the tensor {name!r} has the unknown type {tensor.dtype!r}")
        if (stop - start) * 8 != math.prod(tensor.shape) * _BITS[tensor.dtype]:
            _refuse(f"the tensor {name!r} has not the size of its shape")
        end = stop
    if end != size:
        _refuse(f"its tensors end at {end} of {size} bytes")


def _refuse(reason: str) -> NoReturn:
    raise ValueError(reason)
