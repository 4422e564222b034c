"""A stand-in of `django.utils`."""
