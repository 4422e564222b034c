"""What must not leave: find secrets and identifiers, put placeholders in their place, and restore an answer.

Pure: bytes in, spans out. A fault in a detector raises; whoever asked treats the text as sensitive.
"""

from coderev.sensitive.detectors import Detector, detectors
from coderev.sensitive.redaction import Redacted, RedactionUnsettled, redact
from coderev.sensitive.reference import reference
from coderev.sensitive.search import Sensitive, find

__all__ = ["Detector", "Redacted", "RedactionUnsettled", "Sensitive", "detectors", "find", "redact", "reference"]
