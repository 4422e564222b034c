"""A stand-in of `django.db.models.expressions`."""

from django.db.models import RawSQL

__all__ = ["RawSQL"]
