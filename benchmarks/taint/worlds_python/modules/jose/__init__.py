"""A stand-in of python-jose."""
