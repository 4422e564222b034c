"""Which file of the project an import means, by the rules of its language; None is the library."""

from functools import cached_property

SCRIPT_ENDINGS = (
    "",
    ".js",
    ".ts",
    ".tsx",
    ".jsx",
    ".mjs",
    ".cjs",
    ".mts",
    ".cts",
    "/index.js",
    "/index.ts",
    "/index.tsx",
)
ROOTS = ("", "src", "lib", "app")
MAX_UP = 12  # folders above a file that are looked in


class Imports:
    """The paths of a project, to look modules up in."""

    def __init__(self, paths: frozenset[str]) -> None:
        self._paths = paths

    @cached_property
    def _roots(self) -> tuple[str, ...]:
        return tuple(root for root in ROOTS if not root or any(path.startswith(f"{root}/") for path in self._paths))

    def python(self, module: str, importer: str, level: int) -> str | None:
        """The file of a dotted module; `level` leading dots start from the importer's package."""
        inner = module.replace(".", "/")
        folder = importer.rpartition("/")[0]
        if level:
            for _ in range(level - 1):
                folder = folder.rpartition("/")[0]
            return self._python_file(folder, inner)
        for base in (*_above(folder), *self._roots):
            found = self._python_file(base, inner)
            if found is not None and found != importer:
                return found
        return None

    def _python_file(self, folder: str, inner: str) -> str | None:
        stem = f"{folder}/{inner}" if folder and inner else folder or inner
        for path in (f"{stem}.py", f"{stem}/__init__.py", f"{stem}.pyi"):
            if path in self._paths:
                return path
        return None

    def script(self, module: str, importer: str) -> str | None:
        """The file of a module as JavaScript writes it: only paths name files of the project."""
        if not module.startswith("."):
            return None
        parts = importer.split("/")[:-1]
        for part in module.split("/"):
            if part == "..":
                parts = parts[:-1]
            elif part not in ("", "."):
                parts.append(part)
        stem = "/".join(parts)
        for ending in SCRIPT_ENDINGS:
            if f"{stem}{ending}" in self._paths:
                return f"{stem}{ending}"
        if stem.endswith(".js"):  # TypeScript names the file that it will become
            return next((p for p in (f"{stem[:-3]}.ts", f"{stem[:-3]}.tsx") if p in self._paths), None)
        return None


def _above(folder: str) -> list[str]:
    found = [folder]
    while folder and len(found) < MAX_UP:
        folder = folder.rpartition("/")[0]
        found.append(folder)
    return found
