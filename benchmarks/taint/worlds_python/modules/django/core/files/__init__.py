"""A stand-in of `django.core.files`."""
