"""A stand-in of `django.utils._os`."""

import os.path

from django.core.exceptions import SuspiciousFileOperation


def safe_join(base: str, *paths: str) -> str:
    """A path in a folder. Raises SuspiciousFileOperation."""
    root = os.path.abspath(base)  # noqa: PTH100 - text
    joined = os.path.abspath(os.path.join(root, *paths))  # noqa: PTH100, PTH118 - text
    if joined != root and not joined.startswith(root + os.sep):
        raise SuspiciousFileOperation(joined)
    return joined
