"""A stand-in of `cryptography.hazmat`."""
