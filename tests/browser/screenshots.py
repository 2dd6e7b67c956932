"""Takes the pictures of the README: ``PYTHONPATH=tests python -m browser.screenshots docs/images``.

Everybody on them is made up. Needs Chromium and Pillow.
"""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from io import BytesIO
from pathlib import Path
from tempfile import TemporaryDirectory

from PIL import Image
from playwright.sync_api import Browser, Page, sync_playwright

from browser.conftest import launched
from browser.people_on_show import HANNA
from browser.shops_on_show import OnShow, on_show
from browser.walking import customers, log_in_as, log_in_owner, offer, open_card
from regulars_agent import InteractionKind, add_interaction, add_reminder, set_field

DESK, PHONE = {"width": 1280, "height": 800}, {"width": 390, "height": 844}
_COLOURS = 128
Picture = Callable[[Page, OnShow], None]


def _guest(page: Page, show: OnShow) -> None:
    page.goto(f"{show.shoppers}/shop/")
    offer(page, "none")


def _shopper(page: Page, show: OnShow) -> None:
    page.goto(f"{show.shoppers}/shop/")
    log_in_as(page, "Hanna")
    offer(page, "discount")


def _listing(page: Page, show: OnShow) -> None:
    log_in_owner(page, show)
    customers(page, show)


def _write_down(show: OnShow) -> None:
    """What a shop's people would have written about Hanna."""
    workspace, now = show.shops.workspace, show.shops.workspace.clock()
    fields = {"birth_date": "1988-05-17", "preferred_channel": "telegram", "manager": "Olha"}
    for field, value in fields.items():
        set_field(workspace, HANNA.email, field, value, who="Olha", why="she said so")
    add_interaction(
        workspace,
        HANNA.email,
        "Asked for a grinder that suits the espresso machine; likes light roasts.",
        kind=InteractionKind.CALL,
        direction="in",
        at=now - timedelta(days=2),
        who="Olha",
    )
    add_reminder(workspace, HANNA.email, now.date() + timedelta(days=3), text="Offer the grinder", who="Olha")


def _card(page: Page, show: OnShow) -> None:
    _write_down(show)
    log_in_owner(page, show)
    customers(page, show)
    open_card(page, "Ганна Щербак")


PICTURES: dict[str, tuple[dict[str, int], Picture]] = {
    "storefront-guest": (DESK, _guest),
    "storefront-shopper": (DESK, _shopper),
    "storefront-phone": (PHONE, _shopper),
    "customers": (DESK, _listing),
    "customer": (DESK, _card),
}


@contextmanager
def _window(browser: Browser, size: dict[str, int]) -> Iterator[Page]:
    context = browser.new_context(
        viewport={"width": size["width"], "height": size["height"]}, locale="en-GB", reduced_motion="reduce"
    )
    yield context.new_page()
    context.close()


def _write(shot: bytes, place: Path) -> None:
    """As a picture of few colours, which is a quarter of the size and looks the same."""
    with Image.open(BytesIO(shot)) as picture:
        few = picture.convert("RGB").quantize(_COLOURS, dither=Image.Dither.NONE)
        few.save(place, optimize=True)


def main(place: Path) -> None:
    """Take all pictures into this directory."""
    place.mkdir(parents=True, exist_ok=True)
    with (
        TemporaryDirectory() as scratch,
        on_show(Path(scratch) / "workspace") as show,
        sync_playwright() as playwright,
    ):
        browser = launched(playwright)
        for name, (size, picture) in PICTURES.items():
            with _window(browser, size) as page:
                picture(page, show)
                page.wait_for_load_state("networkidle")
                _write(page.screenshot(animations="disabled"), place / f"{name}.png")
        browser.close()


if __name__ == "__main__":
    main(Path(sys.argv[1]))
