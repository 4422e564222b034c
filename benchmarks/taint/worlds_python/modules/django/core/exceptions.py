"""A stand-in of `django.core.exceptions`."""

from benchmarks.taint.worlds_python.world import Refused


class SuspiciousOperation(Refused):
    """Answer 400."""


class SuspiciousFileOperation(SuspiciousOperation):
    """A path leads out."""


class PermissionDenied(Refused):
    """Answer 403."""


class ValidationError(Refused):
    """Not valid."""


class ObjectDoesNotExist(Refused):
    """Not there."""


class ImproperlyConfigured(Exception):
    """Settings are wrong."""
