"""A sentence encoder's folder, as the hub's download makes it, read whole and judged before anything is loaded.

What is read: `onnx/model.onnx` (or `model.onnx`), `vocab.txt` (or the vocabulary in `tokenizer.json`), `config.json`,
`tokenizer_config.json`, `1_Pooling/config.json`, and where they are there `sentence_bert_config.json` and
`modules.json`. Nothing else is opened, no pickle ever.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

import msgspec

from coderev.recall.similar.encoder import MAX_DIMENSIONS, BadEncoder
from coderev.recall.similar.onnx_file import shapes_of
from coderev.recall.similar.wordpiece import END, START, UNKNOWN, WordPiece

T = TypeVar("T")
MAX_MODEL = 1 << 30  # bytes; all-MiniLM-L6-v2 has 90 million
MAX_TEXT = 64 << 20  # bytes of any other file
MARKS = 2  # tokens that each window spends on its start and its end
KINDS = {"Transformer", "Pooling", "Normalize"}  # of modules that we know how to compute


class _Config(msgspec.Struct):
    model_type: str
    vocab_size: int
    hidden_size: int
    max_position_embeddings: int


class _Pooling(msgspec.Struct):
    pooling_mode: str | None = None  # newer downloads
    pooling_mode_mean_tokens: bool = False
    pooling_mode_cls_token: bool = False
    pooling_mode_max_tokens: bool = False
    pooling_mode_mean_sqrt_len_tokens: bool = False
    pooling_mode_weightedmean_tokens: bool = False
    pooling_mode_lasttoken: bool = False

    def is_mean(self) -> bool:
        """Whether the mean of the tokens is all that is taken."""
        if self.pooling_mode is not None:
            return self.pooling_mode == "mean"
        asked = [name for name in self.__struct_fields__[1:] if getattr(self, name)]
        return asked == ["pooling_mode_mean_tokens"]


class _Tokeniser(msgspec.Struct):
    do_lower_case: bool = True
    strip_accents: bool | None = None
    tokenize_chinese_chars: bool = True


class _Sentence(msgspec.Struct):
    max_seq_length: int | None = None


class _Module(msgspec.Struct):
    type: str


class _Pieces(msgspec.Struct):
    type: str
    vocab: dict[str, int]
    continuing_subword_prefix: str = "##"


class _Whole(msgspec.Struct):
    model: _Pieces


@dataclass(frozen=True, slots=True, kw_only=True)
class Folder:
    """An encoder whose parts fit each other, not loaded yet."""

    place: Path
    model: bytes  # an ONNX file
    tokeniser: WordPiece
    start: int  # tokens before and after each window
    end: int
    last: int  # the highest token
    window: int  # tokens of text that are read at once
    dimensions: int
    digest: str  # 64 hexadecimal digits over all that makes the vectors


def read_folder(place: Path) -> Folder:
    """Read an encoder's folder. Raises BadEncoder."""
    config = _json(place, "config.json", _Config)
    how = _json(place, "tokenizer_config.json", _Tokeniser)
    _refuse_other_modules(place)
    numbers = _vocabulary(place)
    model = _bytes(place, "onnx/model.onnx" if (place / "onnx").is_dir() else "model.onnx", MAX_MODEL)
    for reason in _misfits(config, numbers):
        raise BadEncoder(place=place, reason=reason)
    _refuse_model(place, config, model)
    window = _window(place, config) - MARKS
    if window < 1:
        raise BadEncoder(place=place, reason="it reads no token at all")
    tokeniser = WordPiece(
        numbers,
        lower_case=how.do_lower_case,
        strip_accents=how.do_lower_case if how.strip_accents is None else how.strip_accents,
        ideographs_apart=how.tokenize_chinese_chars,
    )
    facts = (hashlib.sha256(model).hexdigest(), sorted(numbers.items()), msgspec.structs.astuple(how), window)
    return Folder(
        place=place,
        model=model,
        tokeniser=tokeniser,
        start=numbers[START],
        end=numbers[END],
        last=len(numbers) - 1,
        window=window,
        dimensions=config.hidden_size,
        digest=hashlib.sha256(msgspec.json.encode(facts)).hexdigest(),
    )


def _misfits(config: _Config, numbers: Mapping[str, int]) -> list[str]:
    if config.model_type != "bert":
        return [f"its model is of type {config.model_type[:40]}, not bert"]
    if not 0 < config.hidden_size <= MAX_DIMENSIONS:
        return [f"its vectors would have {config.hidden_size} dimensions, at most {MAX_DIMENSIONS} are used"]
    if set(numbers.values()) != set(range(config.vocab_size)) or len(numbers) != config.vocab_size:
        return [f"config.json promises {config.vocab_size} pieces, the vocabulary has {len(numbers)}, or has one twice"]
    if lacking := sorted({UNKNOWN, START, END} - set(numbers)):
        return [f"the vocabulary lacks {lacking[0]}"]
    return []


def _refuse_model(place: Path, config: _Config, model: bytes) -> None:
    try:
        shapes = shapes_of(model)
    except ValueError as error:
        raise BadEncoder(place=place, reason=f"model.onnx: {error}") from None
    if (config.vocab_size, config.hidden_size) not in shapes:
        reason = f"no weights of model.onnx are of the shape ({config.vocab_size}, {config.hidden_size})"
        raise BadEncoder(place=place, reason=reason)


def _refuse_other_modules(place: Path) -> None:
    if not _json(place, "1_Pooling/config.json", _Pooling).is_mean():
        raise BadEncoder(place=place, reason="1_Pooling/config.json asks for another pooling than the mean")
    modules = _json(place, "modules.json", list[_Module]) if (place / "modules.json").exists() else []
    if other := {module.type.rpartition(".")[2] for module in modules} - KINDS:
        raise BadEncoder(place=place, reason=f"modules.json names {min(other)[:40]}, which is not computed here")


def _window(place: Path, config: _Config) -> int:
    """How many tokens the model reads at once, with the marks."""
    name = "sentence_bert_config.json"
    said = _json(place, name, _Sentence).max_seq_length if (place / name).exists() else None
    return min(said or config.max_position_embeddings, config.max_position_embeddings)


def _vocabulary(place: Path) -> dict[str, int]:
    if not (place / "vocab.txt").exists():
        pieces = _json(place, "tokenizer.json", _Whole).model
        if pieces.type != "WordPiece" or pieces.continuing_subword_prefix != "##":
            raise BadEncoder(place=place, reason=f"tokenizer.json is of type {pieces.type[:40]}, not BERT's WordPiece")
        return pieces.vocab
    try:
        lines = _bytes(place, "vocab.txt", MAX_TEXT).decode("utf-8").removesuffix("\n").split("\n")
    except UnicodeDecodeError:
        raise BadEncoder(place=place, reason="vocab.txt is not UTF-8") from None
    return {line.removesuffix("\r"): number for number, line in enumerate(lines)}


def _json(place: Path, name: str, form: type[T]) -> T:
    try:
        return msgspec.json.decode(_bytes(place, name, MAX_TEXT), type=form)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise BadEncoder(place=place, reason=f"{name}: {error}") from None


def _bytes(place: Path, name: str, most: int) -> bytes:
    """A file's content. Raises BadEncoder for one that is not there, no file, or larger than `most` bytes."""
    path = place / name
    try:
        if not path.is_file():  # a pipe would never end
            raise BadEncoder(place=place, reason=f"it has no file {name}")
        with path.open("rb") as file:
            content = file.read(most + 1) if path.stat().st_size <= most else None
    except OSError as error:
        raise BadEncoder(place=place, reason=f"{name}: {error.strerror or error}") from error
    if content is None or len(content) > most:
        raise BadEncoder(place=place, reason=f"{name} is larger than {most} bytes")
    return content
