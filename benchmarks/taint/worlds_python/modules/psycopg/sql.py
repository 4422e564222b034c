"""A stand-in of `psycopg.sql`."""

from psycopg2 import Composed, identifier, literal, placeholder

__all__ = ["SQL", "Composed", "Identifier", "Literal", "Placeholder"]
SQL, Identifier, Literal, Placeholder = Composed, identifier, literal, placeholder
