"""A stand-in of `pymysql.cursors`."""

from benchmarks.taint.worlds_python.library.databases import Cursor

DictCursor = SSCursor = Cursor
