"""A stand-in of `MySQLdb.cursors`."""

from benchmarks.taint.worlds_python.library.databases import Cursor

DictCursor = SSCursor = Cursor
