"""A stand-in of `flask_wtf.csrf`."""

from typing import Any

from benchmarks.taint.worlds_python.world import world


class CSRFProtect:
    """Protects the forms of an application."""

    def __init__(self, app: Any = None) -> None:
        if app is not None:
            self.init_app(app)

    def init_app(self, app: Any) -> None:
        """Protect an application."""
        app.protected = True

    def exempt(self, view: Any) -> Any:
        """Record that a view is not protected."""
        world.record("configuration", "flask_wtf.csrf.CSRFProtect.exempt", {})
        return view
