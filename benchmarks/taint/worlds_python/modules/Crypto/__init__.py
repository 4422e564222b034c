# ruff: noqa: N999 - named as the library is
"""A stand-in of PyCryptodome."""
