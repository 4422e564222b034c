"""What an ONNX file says of itself, read from its protobuf wire format before any runtime sees it.

Only what decides whether the file may be loaded: whether it keeps weights in other files, which would make the runtime
open paths of the file's choosing, and the shapes of its weights.
"""

from collections.abc import Iterator, Mapping

MAX_DEPTH = 32
MAX_FIELDS = 1_000_000
VARINT, FIXED_64, BYTES, FIXED_32 = 0, 1, 2, 5  # wire types; groups (3, 4) are in no ONNX file
LENGTHS = {FIXED_64: 8, FIXED_32: 4}
DIMENSION, EXTERNAL, LOCATION = 1, 13, 14  # fields of TensorProto (onnx.proto3)
# where messages lie in messages: field number to kind of message
WITHIN: Mapping[str, Mapping[int, str]] = {
    "model": {7: "graph", 20: "training", 25: "function"},
    "training": {1: "graph", 2: "graph"},
    "function": {7: "node", 11: "attribute"},
    "graph": {1: "node", 5: "tensor", 15: "sparse"},
    "node": {5: "attribute"},
    "attribute": {5: "tensor", 6: "graph", 10: "tensor", 11: "graph", 22: "sparse", 23: "sparse"},
    "sparse": {1: "tensor", 2: "tensor"},
    "tensor": {},
}


def shapes_of(model: bytes) -> frozenset[tuple[int, ...]]:
    """The shapes of a model's weights. Raises ValueError for what is no ONNX, or keeps weights elsewhere."""
    shapes: set[tuple[int, ...]] = set()
    messages = [("model", memoryview(model), 0)]
    count = 0
    while messages:
        kind, content, depth = messages.pop()
        dimensions: list[int] = []
        for number, value in _fields(content):
            count += 1
            if count > MAX_FIELDS or depth > MAX_DEPTH:
                raise ValueError("it has too many parts, or nests too deep")
            inner = WITHIN[kind].get(number)
            if inner and isinstance(value, memoryview):
                messages.append((inner, value, depth + 1))
            elif kind == "tensor":
                dimensions += _of_tensor(number, value)
        if kind == "tensor":
            shapes.add(tuple(dimensions))
    return frozenset(shapes)


def _of_tensor(number: int, value: int | memoryview) -> list[int]:
    """Dimensions, if the field holds some. Raises ValueError for a field that leads to another file."""
    if number == EXTERNAL or (number == LOCATION and value):
        raise ValueError("it keeps weights in other files")
    if number != DIMENSION:
        return []
    return [value] if isinstance(value, int) else list(_packed(value))


def _packed(content: memoryview) -> Iterator[int]:
    at = 0
    while at < len(content):
        value, at = _varint(content, at)
        yield value


def _fields(content: memoryview) -> Iterator[tuple[int, int | memoryview]]:
    """Number and value of each field of a message. Raises ValueError."""
    at = 0
    while at < len(content):
        tag, at = _varint(content, at)
        number, wire = tag >> 3, tag & 7
        if wire == VARINT:
            value, at = _varint(content, at)
            yield number, value
            continue
        length, at = _varint(content, at) if wire == BYTES else (LENGTHS.get(wire, -1), at)
        if number == 0 or length < 0 or at + length > len(content):
            raise ValueError("it is no ONNX file")
        yield number, content[at : at + length]
        at += length


def _varint(content: memoryview, at: int) -> tuple[int, int]:
    """A number of 7 bits a byte, lowest first, and where it ends. Raises ValueError."""
    value = 0
    for shift, byte in enumerate(content[at : at + 10]):
        value |= (byte & 0x7F) << (7 * shift)
        if byte < 0x80:  # noqa: PLR2004 - the bit that says that more follows
            return value, at + shift + 1
    raise ValueError("it is no ONNX file")
