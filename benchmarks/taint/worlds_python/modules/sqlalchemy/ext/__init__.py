"""A stand-in of `sqlalchemy.ext`."""
