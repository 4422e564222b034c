"""A stand-in of `psycopg2.extras`."""

from benchmarks.taint.worlds_python.library.databases import Cursor

RealDictCursor = DictCursor = NamedTupleCursor = Cursor
