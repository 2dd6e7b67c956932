"""Chromium, and the site it looks at. All of it is off unless asked for: ``make test-browser``."""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, Playwright, sync_playwright

from browser.shops_on_show import OnShow, on_show, rendered_block
from browser.watching import Watched, watch

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")


def launched(playwright: Playwright) -> Browser:
    """Chromium without a window."""
    assert CHROMIUM is not None, "there is no Chromium: apt install chromium"
    return playwright.chromium.launch(
        executable_path=CHROMIUM,
        args=["--no-sandbox"] if os.geteuid() == 0 else [],
        ignore_default_args=["--disable-back-forward-cache"],
    )


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Every test here drives a browser."""
    here = Path(__file__).parent
    for item in items:
        if here in item.path.parents:
            item.add_marker(pytest.mark.browser)


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Debian's Chromium, which keeps pages for its back button as it does for everybody."""
    with sync_playwright() as playwright:
        opened = launched(playwright)
        yield opened
        opened.close()


@pytest.fixture(scope="module")
def show(tmp_path_factory: pytest.TempPathFactory) -> Iterator[OnShow]:
    """Two shops and their people, shown by the bundled site."""
    with on_show(tmp_path_factory.mktemp("show") / "workspace") as shown:
        yield shown


@pytest.fixture
def watched(browser: Browser) -> Iterator[Watched]:
    """Somebody's window. Whatever is done in it, it complains of nothing and asks no other machine."""
    with _window(browser) as seen:
        yield seen


@pytest.fixture
def other_window(browser: Browser) -> Iterator[Watched]:
    """Somebody else's."""
    with _window(browser) as seen:
        yield seen


@contextmanager
def _window(browser: Browser) -> Iterator[Watched]:
    context = browser.new_context(locale="en-GB")
    seen = watch(context)
    yield seen
    context.close()
    assert seen.complaints == []
    assert seen.strangers == []


@pytest.fixture
def page(watched: Watched) -> Page:
    """A page in that window."""
    return watched.context.new_page()


@pytest.fixture
def block_page(watched: Watched, show: OnShow) -> str:
    """The address of a page of the site's own, the same for everybody, that holds the StreamField block."""
    address = f"{show.shoppers}/a-page/"
    html = rendered_block(show.directory, heading="Just for you")
    watched.context.route(
        address, lambda route: route.fulfill(body=html, content_type="text/html; charset=utf-8")
    )
    return address
