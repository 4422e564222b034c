"""A stand-in of `django.views.decorators`."""
