"""Every page in a real Chromium: for everybody, in both colour schemes, on a phone, and without script."""

from collections.abc import Callable
from functools import partial
from typing import Any

import pytest
from stand_ins.hostile_pages import ATTACKS, hostile_pages
from stand_ins.pages_server import pages_server
from stand_ins.site_pages import ADDRESS, pages

PHONE = {"width": 400, "height": 800}
Tab = Callable[..., Any]


@pytest.mark.parametrize("address", sorted(pages()))
def test_axe_finds_no_violation_in_light_or_dark(tab: Tab, site: str, axe: str, address: str) -> None:
    page = tab(color_scheme="light", bypass_csp=True)
    page.goto(site + address)
    page.evaluate("document.querySelectorAll('details').forEach(each => { each.open = true })")
    page.evaluate(axe)

    light = page.evaluate("axe.run()")
    page.emulate_media(color_scheme="dark")
    dark = page.evaluate("axe.run({runOnly: ['color-contrast']})")

    assert [(each["id"], [node["html"] for node in each["nodes"]]) for each in light["violations"]] == []
    assert [node["html"] for each in dark["violations"] for node in each["nodes"]] == []
    assert len(light["passes"]) > 15
    assert [each["id"] for each in dark["passes"]] == ["color-contrast"]


def test_a_phone_never_scrolls_sideways(tab: Tab, site: str) -> None:
    page, widths = tab(viewport=PHONE), {}

    for address in pages():
        page.goto(site + address)
        widths[address] = page.evaluate("document.documentElement.scrollWidth")

    assert {address: width for address, width in widths.items() if width > PHONE["width"]} == {}


def test_every_page_is_whole_without_script(tab: Tab, site: str) -> None:
    with_script, without, texts = tab(), tab(java_script_enabled=False), {}

    for address in pages():
        with_script.goto(site + address)
        without.goto(site + address)
        texts[address] = with_script.inner_text("body"), without.inner_text("body")

    assert {address: told for address, told in texts.items() if told[0] != told[1]} == {}


def test_no_page_asks_another_machine_for_anything(tab: Tab, site: str) -> None:
    page, asked = tab(), []
    page.on("request", lambda request: asked.append(request.url))

    for address in pages():
        page.goto(site + address)

    assert [url for url in asked if not url.startswith(f"{site}/")] == []
    assert len(asked) > len(pages())


@pytest.mark.parametrize("attack", ATTACKS[:8], ids=range(8))
def test_hostile_words_run_nothing_fetch_nothing_and_lead_nowhere(tab: Tab, attack: str) -> None:
    told = hostile_pages(attack)
    page, asked = tab(), []
    spoken: list[object] = []
    page.on("dialog", lambda dialog: spoken.append(dialog.message))
    page.on("request", lambda request: asked.append(request.url))

    with pages_server({f"/{name}": partial(_same, text) for name, text in told.items()}) as address:
        for name in told:
            page.goto(f"{address}/{name}")
            page.evaluate("document.querySelectorAll('details').forEach(each => { each.open = true })")

    assert spoken == []
    assert [url for url in asked if not url.startswith(f"{address}/")] == []


def _same(text: str, _query: object) -> str:
    return text


def test_the_first_tab_stop_leads_to_the_content(tab: Tab, site: str) -> None:
    page = tab()
    page.goto(f"{site}/reviews")

    page.keyboard.press("Tab")
    seen = page.evaluate("document.activeElement.getBoundingClientRect().top >= 0")
    page.keyboard.press("Enter")

    assert seen
    assert page.evaluate("document.activeElement.id") == "main"


def test_a_keyboard_reaches_every_link_and_button_and_each_shows_its_focus(tab: Tab, site: str) -> None:
    page = tab()
    page.goto(site + ADDRESS)
    page.evaluate("document.querySelectorAll('details').forEach(each => { each.open = true })")
    page.evaluate(
        """() => {
            const reachable = 'a[href], button, summary, input:not([type=hidden]), select';
            window.left = new Set(document.querySelectorAll(reachable));
            window.dim = [];
            addEventListener('focusin', event => {
                left.delete(event.target);
                if (getComputedStyle(event.target).outlineStyle === 'none') dim.push(event.target.outerHTML);
            });
        }"""
    )

    for _ in range(page.evaluate("left.size") + page.locator("[tabindex='0']").count() + 2):
        page.keyboard.press("Tab")

    assert page.evaluate("[...left].map(each => each.outerHTML)") == []
    assert page.evaluate("dim") == []


def test_a_finding_folds_and_unfolds_by_keyboard(tab: Tab, site: str) -> None:
    page = tab()
    page.goto(site + ADDRESS)
    card = page.locator("#finding-1 > details")

    card.locator("> summary").focus()
    page.keyboard.press("Space")

    assert card.get_attribute("open") is None


def test_the_token_behind_the_hash_is_filled_in_and_leaves_the_address(tab: Tab, site: str) -> None:
    page = tab()

    page.goto(f"{site}/enter#cri_once")

    assert page.input_value("#token") == "cri_once"
    assert page.url == f"{site}/enter"
