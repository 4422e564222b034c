"""What replaces parts of the standard library, one module for each. See the docstring of `worlds_python`."""
