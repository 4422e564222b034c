"""A stand-in of Werkzeug's functions for file names."""

import posixpath
import re
import unicodedata


def secure_filename(filename: str) -> str:
    """A name that is safe to store: ASCII letters, digits, `.`, `_`, `-`, without separators or leading dots."""
    text = unicodedata.normalize("NFKD", filename).encode("ascii", "ignore").decode()
    text = "_".join(text.replace("/", " ").replace("\\", " ").split())
    return re.sub(r"[^A-Za-z0-9_.-]", "", text).strip("._")


def safe_join(directory: str, *paths: str) -> str | None:
    """A path in a folder; None where it leads out."""
    parts = [directory]
    for path in paths:
        name = posixpath.normpath(path) if path else path
        if name == ".." or name.startswith(("/", "../")):
            return None
        parts.append(name)
    return posixpath.join(*parts)
