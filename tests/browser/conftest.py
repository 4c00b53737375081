"""A page of a report, opened from disk; whatever goes wrong behind a test fails it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page

from coursesync.render import RENDERERS, Document, Look
from tests.browser.chromium import chromium

Open = Callable[..., Page]

_VIOLATIONS = """
addEventListener("securitypolicyviolation", (event) => {
  console.error(`policy: ${event.violatedDirective} ${event.blockedURI}`);
});
"""


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    with chromium() as found:
        yield found


@pytest.fixture(scope="session")
def written(tmp_path_factory: pytest.TempPathFactory) -> Callable[[Document], Path]:
    """Write the page of a document, each document once."""
    folder = tmp_path_factory.mktemp("pages")
    known: dict[int, tuple[Document, Path]] = {}

    def write(document: Document) -> Path:
        if id(document) not in known:
            path = folder / f"{len(known)}.html"
            path.write_text(RENDERERS["html"](document, Look()), "utf-8")
            known[id(document)] = (document, path)
        return known[id(document)][1]

    return write


@pytest.fixture
def open_page(browser: Browser, written: Callable[[Document], Path]) -> Iterator[Open]:
    """Open the page of a document; at the end nothing may have been reported, or asked for elsewhere."""
    contexts, trouble, requests, files = [], [], [], set()

    def open_(document: Document, fragment: str = "", **options: Any) -> Page:
        options = {"viewport": {"width": 1280, "height": 900}, **options}
        context = browser.new_context(**options)
        contexts.append(context)
        context.on("request", lambda request: requests.append(request.url))
        context.on("weberror", lambda error: trouble.append(str(error.error)))
        context.on("console", lambda message: trouble.append(f"{message.type}: {message.text}"))
        context.on("dialog", lambda dialog: (trouble.append(dialog.message), dialog.dismiss()))
        page = context.new_page()
        page.set_default_timeout(10_000)
        page.add_init_script(_VIOLATIONS)
        address = written(document).as_uri()
        files.add(address)
        page.goto(f"{address}{fragment}")
        return page

    yield open_
    for context in contexts:
        context.close()
    assert trouble == []
    assert [
        each for each in requests if each.split("#")[0] not in files and not each.startswith("data:")
    ] == []
