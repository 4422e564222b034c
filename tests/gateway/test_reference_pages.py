"""The reference pages of the gateway's two files name every key of the types, and no other."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest

from coderev.gateway.policies import PolicyFile
from coderev.gateway.registry import Registry
from coderev.settings import read_yaml

PAGES = Path(__file__).parents[2] / "docs" / "reference"


def keys(kind: msgspec.inspect.Type, path: str = "") -> Iterator[str]:
    match kind:
        case msgspec.inspect.StructType(fields=fields, tag_field=tag_field):
            if tag_field:
                yield f"{path}.{tag_field}"
            for field in fields:
                below = f"{path}.{field.encode_name}".lstrip(".")
                yield below
                yield from keys(field.type, below)
        case msgspec.inspect.VarTupleType(item_type=item):
            yield from keys(item, f"{path}[]")
        case msgspec.inspect.UnionType(types=types):
            for one in types:
                yield from keys(one, path)


def keys_of(form: Any) -> set[str]:
    return set(keys(msgspec.inspect.type_info(form)))


def page(name: str) -> tuple[set[str], str]:
    text = (PAGES / f"{name}.md").read_text()
    return set(re.findall(r"^\| `([a-z_0-9\[\].]+)` \|", text, re.MULTILINE)), text


@pytest.mark.parametrize(("name", "form"), [("model-registry", Registry), ("routing-policies", PolicyFile)])
def test_every_key_and_no_other_is_described(name: str, form: Any) -> None:
    described, text = page(name)
    wanted = {key for key in keys_of(form) if name == "routing-policies" or not key.startswith("routing_policies[]")}

    assert described == wanted
    assert text.count("\n| `") == len(described)


@pytest.mark.parametrize(("name", "form"), [("model-registry", Registry), ("routing-policies", PolicyFile)])
def test_the_example_loads(name: str, form: Any) -> None:
    example = re.findall(r"```yaml\n(.+?)```", page(name)[1], re.DOTALL)[0]

    assert read_yaml(example.encode(), name, form)
