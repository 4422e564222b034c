"""A stand-in of `fastapi.middleware`."""
