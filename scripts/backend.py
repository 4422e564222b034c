"""The build backend: flit's, and a wheel that has the documentation in it, as `coderev/documents/`."""

from pathlib import Path
from typing import Any

from flit_core.buildapi import (
    build_editable,
    build_sdist,
    get_requires_for_build_editable,
    get_requires_for_build_sdist,
    get_requires_for_build_wheel,
    prepare_metadata_for_build_editable,
    prepare_metadata_for_build_wheel,
)
from flit_core.wheel import WheelBuilder, make_wheel_in

ROOT = Path(__file__).parent.parent
INSIDE = "coderev/documents"


def build_wheel(wheel_directory: str, *_: Any) -> str:
    """Build the wheel (PEP 517)."""
    module = WheelBuilder.copy_module

    def with_documents(builder: WheelBuilder) -> None:
        module(builder)
        for page in sorted((ROOT / "docs").rglob("*.md")):
            builder._add_file(str(page), f"{INSIDE}/{page.relative_to(ROOT / 'docs').as_posix()}")
        for page in sorted((ROOT / "spec").glob("*.md")):
            builder._add_file(str(page), f"{INSIDE}/spec/{page.name}")

    WheelBuilder.copy_module = with_documents
    try:
        name: str = make_wheel_in(ROOT / "pyproject.toml", Path(wheel_directory)).file.name
        return name
    finally:
        WheelBuilder.copy_module = module
