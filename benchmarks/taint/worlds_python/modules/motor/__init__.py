"""A stand-in of Motor."""
