"""Whether weights are quantised as was declared; a server started with other flags would refuse them, or lie. Pure.

The names are those of `quant_method` in `config.json` (awq, gptq, fp8, compressed-tensors …), of GGUF's file types
(q4_k_m …), and fp16, bf16 and fp32 for weights as they were trained; `none` is any of these three (12.4).
"""

from collections import Counter
from collections.abc import Mapping

from coderev.bundle.models.configuration import Configuration
from coderev.bundle.models.gguf import Gguf
from coderev.bundle.models.safetensors import Tensors

_SAME = {"f16": "fp16", "float16": "fp16", "bfloat16": "bf16", "f32": "fp32", "float32": "fp32"}
_PLAIN = {"F16": "fp16", "BF16": "bf16", "F32": "fp32", "F8_E4M3": "fp8", "F8_E5M2": "fp8"}
_UNQUANTISED = ("fp16", "bf16", "fp32")
_PACKING = ("awq", "gptq")  # methods whose weights are tensors called `qweight`

Fault = tuple[str, str]  # file and reason


def quantisation_fault(
    declared: str, configuration: Configuration | None, tensors: Mapping[str, Tensors], ggufs: Mapping[str, Gguf]
) -> Fault | None:
    """How the weights contradict what was declared, or None. `tensors` and `ggufs` are what files hold, by path."""
    for path, gguf in ggufs.items():
        stated = _name(gguf.file_type or "not stated")
        if stated != _name(declared):
            return path, f"its file type is {stated}, and {declared} was declared"
    if not tensors:
        return None
    if configuration is None:
        return "config.json", "it is missing, so nothing says how the weights are quantised"
    if configuration.method:
        return _method_fault(declared, configuration.method, tensors)
    return _plain_fault(declared, tensors)


def _method_fault(declared: str, method: str, tensors: Mapping[str, Tensors]) -> Fault | None:
    if method != declared:
        return "config.json", f"it states the quantisation {method}, and {declared} was declared"
    packed = any(name.endswith("qweight") for each in tensors.values() for name in each.names)
    if method in _PACKING and not packed:
        return "config.json", f"it states the quantisation {method}, but no tensor is packed in its way"
    return None


def _plain_fault(declared: str, tensors: Mapping[str, Tensors]) -> Fault | None:
    count: Counter[str] = sum((each.bytes_by_type for each in tensors.values()), Counter[str]())
    most = min(count, key=lambda dtype: (-count[dtype], dtype), default="nothing")
    found = _PLAIN.get(most)
    if found is None:
        return "config.json", f"it states no quantisation, but most of the weights are {most}"
    if found == _name(declared) or (declared == "none" and found in _UNQUANTISED):
        return None
    return "config.json", f"it states no quantisation, and most of the weights are {found}; {declared} was declared"


def _name(text: str) -> str:
    return _SAME.get(text.lower(), text.lower())
