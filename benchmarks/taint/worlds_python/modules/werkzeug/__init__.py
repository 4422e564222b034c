"""A stand-in of Werkzeug: its exceptions and its functions for file names."""
