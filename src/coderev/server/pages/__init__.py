"""Pages for people: rendered here, complete without script, and they load nothing from another machine.

Each module has one page: a pure `render_…` from values to HTML, and the thin handlers that fetch the values.
"""
