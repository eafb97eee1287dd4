"""A real browser for the pages that wbcheck writes."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from playwright.sync_api import Page, sync_playwright

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "microsoft-edge")


class Browsing:
    """A page that is open: the page itself, what it has asked for, and what it has complained about."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.requests: list[str] = []
        self.complaints: list[str] = []
        page.on("request", lambda request: self.requests.append(request.url))
        page.on("console", lambda message: self.complaints.append(message.text))
        page.on("pageerror", lambda error: self.complaints.append(str(error)))


@contextmanager
def opened(
    place: Path | str, width: int = 1280, height: int = 720, ready: str = "[data-ready=true]"
) -> Iterator[Browsing]:
    """A file, or an address, in a headless Chromium, drawn until there is a ``ready`` element."""
    with sync_playwright() as driver:
        own = driver.chromium.executable_path
        found = next(filter(None, map(shutil.which, NAMES)), own if Path(own).exists() else None)
        if found is None:
            pytest.fail(
                "this test needs a browser: `apt-get install chromium`, or `playwright install chromium`"
            )
        # The sandbox of a browser wants rights that containers do not have.
        browser = driver.chromium.launch(executable_path=found, args=["--no-sandbox"])
        try:
            browsing = Browsing(browser.new_page(viewport={"width": width, "height": height}))
            browsing.page.goto(place.as_uri() if isinstance(place, Path) else place)
            browsing.page.wait_for_selector(ready, state="attached", timeout=0)
            yield browsing
        finally:
            browser.close()
