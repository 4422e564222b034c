"""A stand-in of `django.contrib`."""
