"""A stand-in of Starlette."""
