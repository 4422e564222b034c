"""A stand-in of `django.core.files.storage`."""

from typing import Any

from benchmarks.taint.worlds_python.world import world


class FileSystemStorage:
    """A folder for uploads."""

    def __init__(self, *_args: Any, **_named: Any) -> None:
        pass

    def save(self, name: str, _content: Any) -> str:
        """Record what is stored."""
        world.record("upload", "django.core.files.storage.Storage.save", name)
        return name

    def url(self, name: str) -> str:
        """Where it is seen."""
        return f"/media/{name}"


default_storage = FileSystemStorage()
