"""Code review by local models, for places that must not talk to the outside."""

__version__ = "0.1.0"
