"""A stand-in of `django.utils.safestring`: trusted text escapes nothing that is added to it."""


class SafeString(str):
    """Text that is trusted as HTML."""

    __slots__ = ()

    def __html__(self) -> str:
        return self

    def __add__(self, other: str) -> str:
        joined = str.__add__(self, other)
        return SafeString(joined) if isinstance(other, SafeString) else joined

    def __str__(self) -> str:
        return self


SafeText = SafeString


def mark_safe(text: object) -> SafeString:
    """Text that is trusted as HTML."""
    return SafeString(text)
