"""One module for each weakness: its payloads and what is harmful. See the docstring of `worlds_python`."""
