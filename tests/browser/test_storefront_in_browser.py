"""The storefront as shoppers meet it."""

import re

import pytest
from playwright.sync_api import Page, expect

from browser.shops_on_show import OnShow
from browser.walking import fits, log_in_as, log_out, offer
from browser.watching import Watched

SEEN = {"Hanna": ("Gold", "10 %"), "Olena": ("Silver", "5 %"), "Petro": ("Bronze", "3 %")}
INVITATIONS = {
    "en": "Log in to see your discount.",
    "uk": "Увійдіть, щоб побачити свою знижку.",
    "ru": "Войдите, чтобы увидеть свою скидку.",
    "de": "Melden Sie sich an, um Ihren Rabatt zu sehen.",
}
COPYING = {"en": "Copy code", "uk": "Копіювати код", "ru": "Копировать код", "de": "Code kopieren"}
CODE = re.compile(r"^reg-\w+$")


@pytest.fixture
def shop(page: Page, show: OnShow) -> Page:
    """The storefront, just opened."""
    page.goto(f"{show.shoppers}/shop/")
    return page


def test_a_guest_reads_the_invitation_and_no_code(shop: Page) -> None:
    element = offer(shop, "none")
    expect(element).to_have_text(INVITATIONS["en"])
    expect(element.get_by_role("button")).to_have_count(0)
    expect(shop.get_by_role("button", name="Buy")).to_have_count(0)


def test_three_people_see_three_discounts_and_three_codes(shop: Page) -> None:
    codes = set()
    for name, (level, percent) in SEEN.items():
        log_in_as(shop, name)
        element = offer(shop, "discount")
        expect(element.locator(".regulars-offer-level")).to_have_text(level)
        expect(element.locator(".regulars-offer-sentence")).to_contain_text(percent)
        expect(element.locator(".regulars-offer-code")).to_have_text(CODE)
        codes.add(element.locator(".regulars-offer-code").inner_text())
    assert len(codes) == 3


def test_two_windows_hold_two_people(shop: Page, show: OnShow, other_window: Watched) -> None:
    log_in_as(shop, "Hanna")
    second = other_window.context.new_page()
    second.goto(f"{show.shoppers}/shop/")
    log_in_as(second, "Olena")
    shop.reload()
    expect(offer(shop, "discount")).to_contain_text("Gold")
    expect(offer(second, "discount")).to_contain_text("Silver")


def test_log_out_takes_the_offer_away_also_for_the_back_button(shop: Page) -> None:
    log_in_as(shop, "Hanna")
    code = offer(shop, "discount").locator(".regulars-offer-code").inner_text()
    log_out(shop)
    expect(offer(shop, "none")).to_have_text(INVITATIONS["en"])
    shop.go_back()
    expect(offer(shop, "none")).to_have_text(INVITATIONS["en"])
    assert code not in shop.content()


def test_a_page_from_the_browser_s_drawer_shows_the_offer_of_whoever_is_logged_in_now(
    shop: Page, show: OnShow, block_page: str
) -> None:
    shop.add_init_script("addEventListener('pageshow', (event) => { window.fromDrawer = event.persisted; })")
    log_in_as(shop, "Hanna")
    shop.goto(block_page)
    code = offer(shop, "discount").locator(".regulars-offer-code").inner_text()
    shop.goto(f"{show.shoppers}/shop/")
    log_out(shop)
    shop.evaluate("history.go(-2)")
    expect(shop).to_have_url(block_page)
    expect(offer(shop, "none")).to_have_text(INVITATIONS["en"])
    assert shop.evaluate("window.fromDrawer") is True
    assert code not in shop.content()


def test_a_page_with_the_block_shows_the_shopper_s_own_offer(shop: Page, block_page: str) -> None:
    log_in_as(shop, "Olena")
    shop.goto(block_page)
    expect(shop.get_by_role("heading", name="Just for you")).to_be_visible()
    expect(offer(shop, "discount")).to_contain_text("Silver")


@pytest.mark.parametrize("language", INVITATIONS)
def test_the_offer_speaks(shop: Page, language: str) -> None:
    shop.locator(f"nav a[hreflang={language}]").click()
    status = offer(shop, "none").get_by_role("status").first
    expect(status).to_have_text(INVITATIONS[language])
    expect(status).to_have_attribute("lang", language)
    log_in_as(shop, "Hanna")
    shop.locator(f"nav a[hreflang={language}]").click()
    expect(offer(shop, "discount").get_by_role("button")).to_have_text(COPYING[language])


def test_the_offer_is_read_out_politely_and_once_it_is_there(shop: Page) -> None:
    log_in_as(shop, "Hanna")
    status = offer(shop, "discount").locator(".regulars-offer-status")
    expect(status).to_have_attribute("aria-live", "polite")
    expect(status).to_have_attribute("role", "status")
    assert shop.locator("regulars-offer").get_attribute("aria-busy") is None
    tree = shop.locator("regulars-offer").aria_snapshot()
    assert "status:" in tree
    assert 'button "Copy code"' in tree


def test_the_code_is_copied_by_its_button(shop: Page, watched: Watched) -> None:
    watched.context.grant_permissions(["clipboard-read", "clipboard-write"])
    log_in_as(shop, "Hanna")
    element = offer(shop, "discount")
    element.get_by_role("button", name="Copy code").press("Enter")
    expect(element.locator(".regulars-offer-copied")).to_have_text("Copied")
    copied = shop.evaluate("navigator.clipboard.readText()")
    assert copied == element.locator(".regulars-offer-code").inner_text()


@pytest.mark.parametrize("name", ["", *SEEN])
def test_the_page_fits_a_narrow_phone(shop: Page, name: str) -> None:
    shop.set_viewport_size({"width": 360, "height": 740})
    if name:
        log_in_as(shop, name)
    for language in COPYING:
        shop.locator(f"nav a[hreflang={language}]").click()
        offer(shop, "discount" if name else "none")
        assert fits(shop), language


def test_the_page_names_nobody_before_the_offer_is_asked_for(show: OnShow, watched: Watched) -> None:
    page = watched.context.new_page()
    page.goto(f"{show.shoppers}/shop/")
    log_in_as(page, "Hanna")
    answer = watched.context.request.get(f"{show.shoppers}/shop/")
    assert "no-store" in answer.headers["cache-control"]
    assert "Gold" not in answer.text()
    assert "@example" not in answer.text()
