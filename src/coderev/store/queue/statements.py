"""The SQL of the queue, one statement in each file of `sql/`."""

from functools import cache
from importlib import resources


@cache
def statement(name: str) -> bytes:
    """The statement `sql/NAME.sql`, without its comments: procrastinate's drivers and ours send it as it is."""
    text = (resources.files(__package__) / "sql" / f"{name}.sql").read_text(encoding="utf-8")
    return "\n".join(line for line in text.splitlines() if not line.startswith("--")).encode()
