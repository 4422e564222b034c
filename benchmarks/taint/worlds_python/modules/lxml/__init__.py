"""A stand-in of lxml."""
