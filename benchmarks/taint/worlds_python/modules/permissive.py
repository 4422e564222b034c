"""An object that takes anything: for what a program uses on its way and nobody judges."""

from collections.abc import Generator, Iterator
from typing import Any


class Permissive:
    """Any attribute, call, element and operation gives another; it is true, empty as a sequence, 7 as a number."""

    def __init__(self, *_args: Any, **_named: Any) -> None:
        pass

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return Permissive()

    def __call__(self, *_args: Any, **_named: Any) -> Any:
        return Permissive()

    def __getitem__(self, _key: Any) -> Any:
        return Permissive()

    def __setitem__(self, key: Any, value: Any) -> None:
        pass

    def __iter__(self) -> Iterator[Any]:
        return iter(())

    async def __aenter__(self) -> Any:
        return self

    async def __aexit__(self, *_details: object) -> None:
        pass

    def __enter__(self) -> Any:
        return self

    def __exit__(self, *_details: object) -> None:
        pass

    def __await__(self) -> Generator[Any, None, Any]:
        return self
        yield

    def __len__(self) -> int:
        return 0

    def __bool__(self) -> bool:
        return True

    def __int__(self) -> int:
        return 7

    def __index__(self) -> int:
        return 7

    def __float__(self) -> float:
        return 7.0

    def __str__(self) -> str:
        return "permissive"

    def __add__(self, other: Any) -> Any:
        return other

    __radd__ = __or__ = __sub__ = __mul__ = __add__
