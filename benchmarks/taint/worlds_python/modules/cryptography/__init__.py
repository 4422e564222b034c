"""A stand-in of cryptography."""
