"""A stand-in of `cryptography.hazmat.primitives`."""
