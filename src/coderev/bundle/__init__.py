"""Bundles: make them, sign them, carry them in, verify every byte before it is written, install, update and go back.

`spec/bundle.md` has the format and the order of verification in numbered clauses, which the modules cite.
"""

from coderev.bundle.format.manifest import FormatUnknown, Manifest, ManifestRefused
from coderev.bundle.format.paths import PathRefused

__all__ = ["FormatUnknown", "Manifest", "ManifestRefused", "PathRefused"]
