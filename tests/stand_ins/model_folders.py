"""Folders of model weights that tests make themselves, in the formats' own bytes, each wrong where a test asks."""

import json
import math
import struct
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from coderev.bundle.recipe import ModelEntry

BYTES = {"F32": 4, "F16": 2, "BF16": 2, "F8_E4M3": 1, "I32": 4, "U8": 1}
Shapes = Mapping[str, tuple[str, Sequence[int]]]  # name → type and shape
WEIGHTS: Shapes = {"embed.weight": ("BF16", (64, 16)), "head.weight": ("BF16", (16, 64)), "norm.weight": ("F32", (16,))}
PACKED: Shapes = {"l.qweight": ("I32", (16, 8)), "l.scales": ("F16", (2, 16)), "l.qzeros": ("I32", (2, 8))}


def safetensors(shapes: Shapes = WEIGHTS, metadata: dict[str, str] | None = None) -> bytes:
    """A whole file with zeros for numbers."""
    header: dict[str, Any] = {"__metadata__": metadata} if metadata else {}
    end = 0
    for name, (dtype, shape) in shapes.items():
        start, end = end, end + math.prod(shape) * BYTES[dtype]
        header[name] = {"dtype": dtype, "shape": list(shape), "data_offsets": [start, end]}
    return with_header(json.dumps(header).encode(), bytes(end))


def with_header(header: bytes, content: bytes) -> bytes:
    """A safetensors file of any header."""
    return struct.pack("<Q", len(header)) + header + content


def text(value: str) -> bytes:
    """A string of GGUF."""
    return struct.pack("<Q", len(value.encode())) + value.encode()


def pair(key: str, value: str | int | list[str]) -> bytes:
    """A key of GGUF with its value."""
    if isinstance(value, str):
        return text(key) + struct.pack("<I", 8) + text(value)
    if isinstance(value, int):
        return text(key) + struct.pack("<II", 4, value)
    return text(key) + struct.pack("<IIQ", 9, 8, len(value)) + b"".join(map(text, value))


def tensor(name: str, shape: Sequence[int], kind: int, offset: int) -> bytes:
    """What GGUF says of a tensor."""
    return text(name) + struct.pack(f"<I{len(shape)}QIQ", len(shape), *shape, kind, offset)


TENSORS = (tensor("token_embd.weight", (32, 4), 0, 0), tensor("output.weight", (64, 2), 2, 512))
SAID: Mapping[str, str | int | list[str]] = {
    "general.architecture": "llama",
    "general.file_type": 2,
    "tokenizer.ggml.tokens": ["a", "b", "c"],
    "tokenizer.chat_template": "{{ messages }}",
}


def gguf(
    said: Mapping[str, str | int | list[str]] = SAID,
    tensors: Sequence[bytes] = TENSORS,
    *,
    size: int = 512 + 96,
    start: bytes = b"GGUF" + struct.pack("<I", 3),
) -> bytes:
    """A GGUF file with zeros for numbers: an F32 tensor of 512 bytes, then a Q4_0 one of 72."""
    head = start + struct.pack("<QQ", len(tensors), len(said))
    head += b"".join(pair(*each) for each in said.items()) + b"".join(tensors)
    return head + bytes(-len(head) % 32) + bytes(size)


def model_folder(folder: Path, **files: bytes | None) -> Path:
    """A small model as it is downloaded. `files` replaces or removes some, `__` for a dot and `___` for a slash."""
    config = {"architectures": ["LlamaForCausalLM"], "model_type": "llama", "torch_dtype": "bfloat16"}
    tokenizer = {"chat_template": "{% for m in messages %}{{ m.content }}{% endfor %}", "tokenizer_class": "Llama"}
    whole: dict[str, bytes | None] = {
        "config.json": json.dumps(config).encode(),
        "generation_config.json": b'{"temperature": 0.0}',
        "model.safetensors": safetensors(),
        "tokenizer.json": b'{"model": {"type": "BPE", "vocab": {"a": 0}, "merges": []}}',
        "tokenizer_config.json": json.dumps(tokenizer).encode(),
        "merges.txt": "#version: 0.2\nĠ t\n".encode(),
        "README.md": b"---\nlicense: apache-2.0\n---\n# A model\n",
        "LICENSE": b"Apache License\n",
        ".gitattributes": b"*.safetensors filter=lfs\n",
        ".cache/huggingface/download/config.json.metadata": b"etag\n",
    }
    whole |= {name.replace("___", "/").replace("__", "."): content for name, content in files.items()}
    for name, content in whole.items():
        if content is not None:
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).write_bytes(content)
    return folder


def claim(quantisation: str = "bf16", **more: Any) -> ModelEntry:
    """What a recipe says of that folder."""
    said = {"source": "m", "to": "models/m", "name": "m", "licence": "apache-2.0", "use_policy": "any"} | more
    return ModelEntry(quantisation=quantisation, **said)
