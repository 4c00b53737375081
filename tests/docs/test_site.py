"""The site as it lies on a disk, in a browser: it asks nobody for anything, and fits a phone."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from tests.browser.chromium import chromium
from tests.docs.pages import ROOT

pytestmark = pytest.mark.browser

SITE = ROOT / "build" / "site"
WIDE, PHONE = {"width": 1280, "height": 900}, {"width": 390, "height": 844}
PAGES = (
    "index.html",
    "tutorial/index.html",
    "how-to/drift.html",
    "reference/fields.html",
    "explanation/shown.html",
)
# The theme gives the row of buttons of every block the same name.
_OF_THE_THEME = {"landmark-unique"}


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as found:
        yield found


def _open(browser: Browser, name: str, **options: object) -> tuple[Page, list[str]]:
    """Open a page; what it asks for elsewhere, and what goes wrong, comes to the list."""
    context = browser.new_context(**options)  # type: ignore[arg-type]
    trouble: list[str] = []
    own = ("file:", "data:", "blob:")
    context.on("request", lambda sent: trouble.append(sent.url) if not sent.url.startswith(own) else None)
    context.on("weberror", lambda error: trouble.append(str(error.error)))
    context.on("console", lambda said: trouble.append(said.text) if said.type == "error" else None)
    page = context.new_page()
    page.goto(SITE.joinpath(name).as_uri())
    return page, trouble


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("size", [WIDE, PHONE], ids=["wide", "phone"])
@pytest.mark.parametrize("name", PAGES)
def test_a_page_asks_nobody_and_is_not_wider_than_the_window(
    browser: Browser, name: str, size: dict[str, int], scheme: str
) -> None:
    page, trouble = _open(browser, name, viewport=size, color_scheme=scheme)
    expect(page.locator("h1")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0
    page.context.close()
    assert trouble == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_page_can_be_read_by_everybody(browser: Browser, scheme: str) -> None:
    page, _ = _open(browser, "tutorial/index.html", viewport=WIDE, color_scheme=scheme)
    found = Axe().run(page, context="article").response["violations"]
    page.context.close()
    assert [item["id"] for item in found if item["id"] not in _OF_THE_THEME] == []


def test_the_recording_plays(browser: Browser) -> None:
    page, trouble = _open(browser, "index.html", viewport=WIDE)
    page.locator(".ap-overlay-start").click()
    expect(page.locator(".ap-player")).to_contain_text("coursesync validate")
    page.context.close()
    assert trouble == []


def test_the_search_works_from_a_disk(browser: Browser) -> None:
    page, trouble = _open(browser, "index.html", viewport=WIDE)
    page.locator("input.md-search__input").fill("blueprint")
    expect(page.locator(".md-search-result__item").first).to_be_visible()
    page.context.close()
    assert trouble == []
