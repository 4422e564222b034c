"""CWE-116: JSON and scripts that are built have the structure that the program wrote."""

import json
import re
from collections.abc import Hashable
from typing import Any

from benchmarks.taint.worlds_python.weakness import Weakness, always, changes, text_of
from benchmarks.taint.worlds_python.world import MARK, Record

_SCRIPT = re.compile(r"<script>(.*?)</script>", re.DOTALL)
_TOKEN = re.compile(
    r"""'(?:[^'\\\n]|\\.)*'|"(?:[^"\\\n]|\\.)*"|`(?:[^`\\$]|\\.|\$(?!\{))*`|//[^\n]*|\w+|.""",
    re.DOTALL,
)


def structure(record: Record) -> Hashable:
    """The shape of JSON, None where it is broken; of pages the tokens of their scripts."""
    text = text_of(record.value)
    if text.startswith("<"):
        return (text.count("<script"), *map(_token, _TOKEN.findall("".join(_SCRIPT.findall(text)))))
    try:
        return _shape(json.loads(text))
    except ValueError:
        return None


def _token(text: str) -> str:
    return "text" if text[0] in "'\"`" and len(text) > 1 else text


def _shape(value: Any) -> Hashable:
    if isinstance(value, dict):
        return tuple((key, _shape(item)) for key, item in value.items())
    return tuple(map(_shape, value)) if isinstance(value, list) else type(value).__name__


WEAKNESS = Weakness(
    cwe="CWE-116",
    kinds=frozenset({"plain", "html"}),
    payloads=always(
        f'7", "admin": "{MARK}',
        f'7\\", "admin": "{MARK}',
        f"{MARK}\\",
        f"7';alert(1)//{MARK}",
        f"${{alert('{MARK}')}}",
        f"`;alert(1)//{MARK}",
        f"</script><script>{MARK}",
    ),
    harmful=changes(structure),
)
