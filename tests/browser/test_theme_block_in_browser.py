"""Shopify's theme block as shoppers meet it: what Liquid renders, with its own style and script."""

from dataclasses import dataclass

import pytest
from playwright.sync_api import Page, Route, expect

from browser.walking import fits
from browser.watching import Watched
from theme_block import labels, page, rendered

SHOP = "http://localhost/products/coffee"
HOSTILE = "</code></p><script>window.hurt = 1</script><img src=x onerror='window.hurt = 2'>"
HANNA = labels(
    level="Gold", sentence="10 % on everything.", next_step="660 ₴ more for 15 %", code="reg-7-K7XQ"
)


@dataclass
class Shop:
    """A shop's page, as it is for whoever is logged in now."""

    page: Page
    html: str = ""

    def show(self, html: str) -> None:
        """Open the page with this on it."""
        self.html = html
        self.page.goto(SHOP)

    def answer(self, route: Route) -> None:
        route.fulfill(body=self.html, content_type="text/html; charset=utf-8")


@pytest.fixture
def shop(page: Page, watched: Watched) -> Shop:
    """A shop without anything in it; its other pages are empty."""
    opened = Shop(page)
    watched.context.route("http://localhost/**", opened.answer)
    return opened


def test_the_code_is_copied_and_that_is_read_out(shop: Shop, watched: Watched) -> None:
    watched.context.grant_permissions(["clipboard-read", "clipboard-write"])
    shop.show(page(rendered(HANNA)))
    region = shop.page.get_by_role("region", name="Personal discount")
    button = region.get_by_role("button", name="Copy code")
    button.press("Enter")
    expect(region.get_by_role("status")).to_have_text("Copied")
    assert shop.page.evaluate("navigator.clipboard.readText()") == "reg-7-K7XQ"


def test_a_browser_that_forbids_copying_has_the_code_selected(shop: Shop) -> None:
    shop.page.add_init_script("Object.defineProperty(navigator, 'clipboard', { value: undefined })")
    shop.show(page(rendered(HANNA)))
    shop.page.get_by_role("button").click()
    assert shop.page.evaluate("getSelection().toString()") == "reg-7-K7XQ"
    expect(shop.page.get_by_role("status")).to_have_text("")


def test_without_its_script_there_is_the_link_and_no_dead_button(shop: Shop) -> None:
    shop.show(page(rendered(HANNA), script=False))
    expect(shop.page.get_by_text("10 % on everything.")).to_be_visible()
    expect(shop.page.get_by_role("button")).to_have_count(0)
    shop.page.get_by_role("link", name="Use in the cart").click()
    assert shop.page.url == "http://localhost/discount/reg-7-K7XQ?redirect=%2Fproducts%2Fcoffee"


def test_a_customer_without_an_offer_sees_no_empty_box(shop: Shop) -> None:
    shop.show(page(rendered(labels())))
    assert shop.page.locator(".shopify-block").bounding_box()["height"] == 0


def test_hostile_texts_do_nothing(shop: Shop) -> None:
    texts = dict.fromkeys(("level", "sentence", "next_step", "code"), HOSTILE)
    shop.show(page(rendered(labels(**texts))))
    expect(shop.page.locator(".regulars-offer-code")).to_have_text(HOSTILE)
    assert shop.page.evaluate("window.hurt") is None


def test_the_back_button_does_not_bring_back_another_ones_code(shop: Shop) -> None:
    shop.page.add_init_script(
        "addEventListener('pageshow', (event) => { window.fromDrawer = event.persisted; })"
    )
    shop.show(page(rendered(HANNA)))
    expect(shop.page.locator(".regulars-offer-code")).to_be_visible()
    shop.html = page(rendered(None))
    shop.page.goto("http://localhost/logged-out")
    shop.page.evaluate("history.back()")
    expect(shop.page.get_by_role("link", name="Log in to see your discount.")).to_be_visible()
    assert shop.page.evaluate("window.fromDrawer") is True
    assert "K7XQ" not in shop.page.content()


@pytest.mark.parametrize("language", ["en", "uk", "ru", "de"])
def test_it_fits_a_narrow_phone(shop: Shop, language: str) -> None:
    shop.page.set_viewport_size({"width": 320, "height": 640})
    endless = labels(level="x" * 200, sentence="y" * 300, code="Z" * 100)
    for customer in (HANNA, endless, None):
        shop.show(page(rendered(customer, language=language), language=language))
        assert fits(shop.page)


def test_the_keyboard_sees_where_it_is(shop: Shop) -> None:
    shop.show(page(rendered(HANNA)))
    for role in ("link", "button"):
        shop.page.keyboard.press("Tab")
        focused = shop.page.get_by_role(role)
        expect(focused).to_be_focused()
        assert focused.evaluate("element => getComputedStyle(element).outlineWidth") == "3px"
