"""What judges of several weaknesses share: values that are wrong by themselves, secrets, constants of the program."""

import ast
from collections.abc import Callable
from functools import cache
from typing import Any

from benchmarks.taint.worlds_python.weakness import Benign, Weakness, always, text_of
from benchmarks.taint.worlds_python.world import MARK, Record, world

SECRET = f"{MARK}-Passw0rd"
_WORDS = ("password", "passwd", "pin", "secret", "token", "key", "credential")
_LEAST = 4  # letters of a constant that is looked for in a key


def by_itself(cwe: str, kinds: set[str], wrong: Callable[[Record], bool]) -> Weakness:
    """A weakness that shows in what a call was given, whatever the request holds."""

    def harmful(record: Record, _payload: Any, _benign: Benign) -> bool:
        return wrong(record)

    return Weakness(cwe=cwe, kinds=frozenset(kinds), payloads=always("7"), harmful=harmful)


def of_secrets(cwe: str, kinds: set[str], told: Callable[[Record], bool]) -> Weakness:
    """A weakness of what tells a secret: a password of the request, or a variable of the environment."""

    def harmful(record: Record, payload: Any, _benign: Benign) -> bool:
        return is_secret(payload) and told(record)

    return Weakness(cwe=cwe, kinds=frozenset(kinds), payloads=always(SECRET, "7"), harmful=harmful)


def is_secret(payload: Any) -> bool:
    """Whether all that the request holds of a payload stands in parts that are named like secrets."""
    if payload == "7":
        return True
    asked = {key for source, key in world.read if key and source != "header"}
    held = asked if world.request.key is None else {world.request.key}
    return bool(held) and all(any(word in key.lower() for word in _WORDS) for key in held)


def holds_mark(record: Record) -> bool:
    """Whether what reached the sink came from the request or the environment."""
    return MARK in text_of(record.value)


def is_constant(value: Any) -> bool:
    """Whether a key or password holds a constant of the program."""
    text = text_of(value)
    return any(constant in text for constant in constants(world.program.source))


@cache
def constants(source: str) -> tuple[str, ...]:
    """The texts and bytes of a program that are long enough to be part of a key; texts that describe it are none."""
    tree = ast.parse(source)
    nodes = [node.value for node in ast.walk(tree) if isinstance(node, ast.Constant)]
    texts = [node.decode("latin-1") if isinstance(node, bytes) else node for node in nodes]
    return tuple(text for text in texts if isinstance(text, str) and len(text) >= _LEAST)
