"""Which files of a model folder are accepted, by name and by content (spec/bundle.md 12.2).

A pickle is a program: `torch.load` runs what it says. So a pickle is refused under any name, also one of protocol 0,
which is plain text, and one behind the end of other bytes, where a ZIP archive is read from.
"""

import codecs
import pickletools
import re
from collections.abc import Iterable, Iterator
from typing import BinaryIO, Literal

from coderev.bundle.inputs import Found

MAX_TEXT = 64 * 1024 * 1024  # bytes of a JSON or text file; the largest tokenizers have some 35 MB
MAX_CONFIGURATION = 4 * 1024 * 1024  # bytes of JSON that is not a tokenizer's
PIECE = 1 << 20  # bytes in memory at a time; as much of a text is looked at as a pickle
LEFT_OUT = (".cache/", ".git/", ".gitattributes", ".gitignore")  # the download's and git's own, at the top

Kind = Literal["safetensors", "gguf", "json", "text"]
_SUFFIXES: dict[str, Kind] = {
    ".safetensors": "safetensors", ".gguf": "gguf", ".json": "json", ".jinja": "text", ".md": "text",
    ".tiktoken": "text", ".txt": "text",
}  # fmt: skip
_PAGES = re.compile(r"(?i)(?:licen[cs]e|notice|readme|use_policy|copying|third_party_notices)[a-z0-9_-]{0,40}")
_PICKLES = (
    ".bin", ".ckpt", ".data", ".dill", ".h5", ".joblib", ".keras", ".model", ".msgpack", ".npy", ".npz", ".onnx",
    ".pb", ".pickle", ".pkl", ".pt", ".pth", ".tflite",
)  # fmt: skip
_PROGRAMS = (".py", ".pyc", ".pyd", ".pyi", ".pyx", ".so", ".dll", ".dylib", ".sh", ".ipynb", ".exe", ".whl", ".jar")
_TOKENIZER = re.compile(r"(?:.*/)?(?:tokenizer|vocab|added_tokens)\.json")
_CALLS = frozenset(("GLOBAL", "INST", "REDUCE", "BUILD", "OBJ", "NEWOBJ", "NEWOBJ_EX", "STACK_GLOBAL"))
_ZIP_END, _ZIP_END_SIZE = b"PK\x05\x06", 22  # bytes of the end record before its comment
_ZIP_TAIL = _ZIP_END_SIZE + 0xFFFF  # bytes with the longest comment


def is_left_out(path: str) -> bool:
    """Whether a file is the download's or git's own, and not the model's."""
    return any(path.startswith(place) if place.endswith("/") else path == place for place in LEFT_OUT)


def is_tokenizer(path: str) -> bool:
    """Whether a JSON file may be as large as vocabularies are; nothing is loaded by what it says."""
    return _TOKENIZER.fullmatch(path) is not None


def kind_of(path: str) -> Kind | None:
    """What a file must be by its name; None for a name that is not accepted."""
    name = path.rpartition("/")[2]
    return _SUFFIXES.get(_suffix(name)) or ("text" if _PAGES.fullmatch(name) else None)


def name_faults(found: Iterable[Found]) -> Iterator[tuple[str, str]]:
    """Path and reason of each thing in a folder that is refused before it is opened."""
    for each in found:
        suffix = _suffix(each.path.rpartition("/")[2])
        if each.kind != "file":
            yield each.path, "it is a link" if each.kind == "link" else "it is no regular file"
        elif suffix in _PROGRAMS:
            yield each.path, "it is a program, and a model brings none"
        elif suffix in _PICKLES:
            yield each.path, f"a {suffix} file can be a pickle or code; only safetensors, GGUF, JSON and text are taken"
        elif kind_of(each.path) is None:
            yield each.path, "its name says neither safetensors, GGUF, JSON nor text"


def _suffix(name: str) -> str:
    return name[name.rfind(".") :].lower() if "." in name else ""


def read_text(file: BinaryIO, most: int) -> bytes:
    """The bytes of a UTF-8 text without null bytes, of at most `most`. Raises ValueError."""
    decoder, pieces, count = codecs.getincrementaldecoder("utf-8")(), list[bytes](), 0
    while piece := file.read(PIECE):
        count += len(piece)
        if count > most:
            raise ValueError(_longer(most))
        if "\0" in decoder.decode(piece):
            message = "it is no text: it has null bytes"
            raise ValueError(message)
        pieces.append(piece)
    decoder.decode(b"", final=True)
    return b"".join(pieces)


def _longer(most: int) -> str:
    return f"it is longer than {most} bytes"


def refuse_pickle(text: bytes) -> None:
    """Raise ValueError for a text that is a pickle of protocol 0 or 1 that calls something, or a script."""
    called = False
    try:
        for opcode, _, _ in pickletools.genops(text[:PIECE]):  # reads, and never runs
            called = called or opcode.name in _CALLS
    except ValueError:  # no opcode, or one without its argument: it is no pickle
        called = False
    if called or text.startswith(b"#!"):
        message = "it is a pickle" if called else "it is a script"
        raise ValueError(message)


def refuse_zip(file: BinaryIO, size: int) -> None:
    """Raise ValueError for a file that is a ZIP archive when it is read from its end, as PyTorch does."""
    file.seek(max(0, size - _ZIP_TAIL))
    tail = file.read(_ZIP_TAIL)
    start = tail.rfind(_ZIP_END)
    while start >= 0:
        comment = int.from_bytes(tail[start + 20 : start + _ZIP_END_SIZE], "little")
        if start + _ZIP_END_SIZE + comment == len(tail):
            message = "it is a ZIP archive too"
            raise ValueError(message)
        start = tail.rfind(_ZIP_END, 0, start)
