"""A stand-in of Flask-WTF."""

from flask_wtf.csrf import CSRFProtect

__all__ = ["CSRFProtect"]
