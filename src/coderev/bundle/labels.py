"""What is written on a medium: the label of its file system and its serial number, as the system's udev noted them.

Nothing of it proves anything: whoever makes a stick chooses both. It tells two sticks of one desk apart (10.3).
"""

import os
import re
import unicodedata
from pathlib import Path

from coderev.bundle.format.entries import Entry

UDEV = Path("/run/udev/data")  # one file for each device: `b` and its numbers
MAX_NOTE_BYTES = 64 * 1024
MAX_LABEL = 255  # characters that are kept
_ESCAPED = re.compile(rb"\\x([0-9a-f]{2})")


class Medium(Entry, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """The label and the serial number of a medium, each None where the system knows none."""

    label: str | None = None
    serial: str | None = None

    def __str__(self) -> str:
        label = "no label known" if self.label is None else f"label {self.label}"
        return f"{label}, " + ("no serial number known" if self.serial is None else f"serial number {self.serial}")


def medium_of(folder: Path, *, udev: Path = UDEV) -> Medium:
    """The medium that a folder lies on. Raises nothing: what is not known is None."""
    try:
        device = folder.stat().st_dev
        with (udev / f"b{os.major(device)}:{os.minor(device)}").open("rb") as file:
            note = file.read(MAX_NOTE_BYTES).decode(errors="replace")
    except OSError:
        return Medium()
    noted = dict(line[2:].partition("=")[::2] for line in note.splitlines() if line.startswith("E:"))
    label = noted.get("ID_FS_LABEL_ENC") or noted.get("ID_FS_LABEL")
    return Medium(label=_plain(label), serial=_plain(noted.get("ID_SERIAL_SHORT") or noted.get("ID_SERIAL")))


def _plain(noted: str | None) -> str | None:
    """Undo udev's escapes; what cannot be seen is replaced, since a label is an attacker's."""
    if not noted:
        return None
    raw = _ESCAPED.sub(lambda found: bytes((int(found[1], 16),)), noted.encode())
    text = unicodedata.normalize("NFC", raw.decode(errors="replace"))
    return "".join(each if each.isprintable() else "\ufffd" for each in text)[:MAX_LABEL]
