"""What the JSON files of a model folder say: architecture, quantisation, chat templates, and code to be loaded.

A loader that meets `auto_map` imports Python from the folder, and some import what a name in their configuration says.
Such words are refused wherever they stand, whatever a loader's options are (spec/bundle.md 12.2).
"""

import hashlib
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import msgspec

from coderev.bundle.inputs import strict_json

_CODE = ("auto_map", "custom_pipelines", "auto_mapping", "trust_remote_code")  # transformers, diffusers, peft
_OWN_CLASSES = {"type": "sentence_transformers.", "activation_function": "torch."}  # what sentence-transformers imports

_NULL = msgspec.Raw(b"null")
_DOTTED = re.compile(r"[A-Za-z_]\w*(?:\.[A-Za-z_]\w*)+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Template:
    """A chat template, which is a program in Jinja: the file that holds it, its name there, and SHA-256 of its text."""

    path: str
    name: str  # empty for the one that is used by default
    digest: str
    text: str

    @classmethod
    def of(cls, path: str, name: str, text: str) -> "Template":
        """Digest a template (spec/bundle.md 12.6)."""
        digest = hashlib.sha256(text.encode(errors="surrogatepass")).hexdigest()
        return cls(path=path, name=name, digest=digest, text=text)


@dataclass(frozen=True, slots=True, kw_only=True)
class Configuration:
    """What one JSON file says. `method` is its quantisation's; `weights` are tensors and the files that hold them."""

    architecture: str | None = None
    method: str | None = None
    templates: Mapping[str, str]
    weights: Mapping[str, str]


class _Quantisation(msgspec.Struct, frozen=True):
    quant_method: str | None = None
    load_in_8bit: bool = False
    load_in_4bit: bool = False


class _Said(msgspec.Struct, frozen=True):
    architectures: tuple[str, ...] | None = None
    model_type: str | None = None
    quantization_config: _Quantisation | None = None
    chat_template: str | tuple[dict[str, str], ...] | None = None
    weight_map: dict[str, str] = {}


class _Tokenizer(msgspec.Struct, frozen=True):
    """Of a vocabulary's megabytes, all that would matter; the rest is only read past."""

    auto_map: msgspec.Raw = _NULL
    trust_remote_code: msgspec.Raw = _NULL


def read_configuration(text: bytes) -> Configuration:
    """Read a JSON file of a model, strictly. Raises ValueError, also for one that would load code."""
    document = strict_json(text)
    if word := next(_code_in(document), None):
        message = f"it would load code by {word!r}"
        raise ValueError(message)
    if not isinstance(document, dict):
        return Configuration(templates={}, weights={})
    said = msgspec.convert(document, _Said)
    return Configuration(
        architecture=said.architectures[0] if said.architectures else said.model_type,
        method=_method(said.quantization_config),
        templates=_templates(said.chat_template),
        weights=said.weight_map,
    )


def check_tokenizer(text: bytes) -> None:
    """Read past the JSON of a vocabulary. Raises ValueError where it is broken or would load code."""
    try:
        said = msgspec.json.decode(text, type=_Tokenizer)
    except RecursionError:
        message = "nested too deep"
        raise ValueError(message) from None
    if said.auto_map != _NULL or said.trust_remote_code not in (_NULL, msgspec.Raw(b"false")):
        message = "it would load code by 'auto_map' or 'trust_remote_code'"
        raise ValueError(message)


def _code_in(document: Any) -> Iterator[str]:
    waiting = [document]
    while waiting:
        value = waiting.pop()
        if isinstance(value, list):
            waiting += value
        elif isinstance(value, dict):
            waiting += value.values()
            yield from (word for word in value if _loads(word, value[word]))


def _loads(word: str, value: Any) -> bool:
    if word in _OWN_CLASSES:  # a class that is imported by this name
        return (
            isinstance(value, str) and _DOTTED.fullmatch(value) is not None and not value.startswith(_OWN_CLASSES[word])
        )
    return word in _CODE and value not in (None, False)


def _method(said: _Quantisation | None) -> str | None:
    if said is None:
        return None
    if said.quant_method is None:
        if not (said.load_in_8bit or said.load_in_4bit):
            message = "its quantization_config states no quant_method"
            raise ValueError(message)
        return "bitsandbytes"
    return said.quant_method.lower()


def _templates(said: str | tuple[dict[str, str], ...] | None) -> dict[str, str]:
    if said is None:
        return {}
    if isinstance(said, str):
        return {"": said}
    if any(set(each) != {"name", "template"} for each in said):
        message = "a list of chat templates has name and template of each"
        raise ValueError(message)
    return {each["name"]: each["template"] for each in said}
