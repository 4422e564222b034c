"""A real Chromium for the tests of a module, skipped where it is not installed; its driver holds the event loop."""

from collections.abc import Callable, Iterator, Mapping
from functools import partial
from typing import Any

import pytest
from stand_ins.chromium import AXE, CHROMIUM
from stand_ins.npm import npm_package
from stand_ins.pages_server import pages_server
from stand_ins.site_pages import pages


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    playwright = pytest.importorskip("playwright.sync_api", reason="the package playwright is not installed")
    if CHROMIUM is None:
        pytest.skip("Chromium is not installed")
    with playwright.sync_playwright() as driver:
        started = driver.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield started
        started.close()


@pytest.fixture(scope="module")
def site() -> Iterator[str]:
    """The address of every page."""
    with pages_server({address: partial(_made, made) for address, made in pages().items()}) as address:
        yield address


def _made(page: Callable[[], str], _query: Mapping[str, str]) -> str:
    return page()


@pytest.fixture(scope="module")
def axe() -> str:
    """The source of axe-core."""
    return (npm_package("axe-core", AXE) / "axe.min.js").read_text("utf-8")


@pytest.fixture
def tab(browser: Any) -> Iterator[Callable[..., Any]]:
    """Opens a page of a browser that is like no other: no cookie, no cache; what it complains about fails the test."""
    contexts, complaints = [], []

    def opened(**options: Any) -> Any:
        context = browser.new_context(**options)
        contexts.append(context)
        page = context.new_page()
        page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        return page

    yield opened
    for context in contexts:
        context.close()
    assert complaints == []
