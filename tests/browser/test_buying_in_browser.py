"""An order on the storefront moves the discount after the agent's round, on the page that is open."""

from playwright.sync_api import Page, expect

from browser.shops_on_show import OnShow
from browser.walking import log_in_as, offer


def test_an_order_moves_the_level_after_the_agent_s_round_on_the_open_page(page: Page, show: OnShow) -> None:
    page.goto(f"{show.shoppers}/shop/")
    log_in_as(page, "Olena")
    element = offer(page, "discount")
    expect(element).to_contain_text("Silver")
    code = element.locator(".regulars-offer-code").inner_text()
    page.get_by_role("button", name="Buy Espresso machine").click()
    said = page.locator(".message")
    expect(said).to_contain_text("12,000.00 ₴")
    expect(said).to_contain_text("agent's next round")
    expect(offer(page, "discount")).to_contain_text("Silver")
    show.round()
    # No reload: the element asks by itself each five seconds, and may have asked just before the round.
    expect(page.locator(".regulars-offer-level")).to_have_text("Gold", timeout=12_000)
    expect(page.locator(".regulars-offer-sentence")).to_contain_text("17,750.00 ₴")
    assert page.locator(".regulars-offer-code").inner_text() == code


def test_a_page_that_nobody_bought_on_does_not_go_on_asking(page: Page, show: OnShow) -> None:
    page.goto(f"{show.shoppers}/shop/")
    log_in_as(page, "Hanna")
    assert offer(page, "discount").get_attribute("refresh") is None


def test_whoever_has_another_shop_is_told_so_and_cannot_buy(page: Page, show: OnShow) -> None:
    page.goto(f"{show.shoppers}/shop/")
    log_in_as(page, "Petro")
    expect(page.get_by_role("button", name="Buy")).to_have_count(0)
    expect(page.locator(".hint")).to_contain_text("checkout of its own")
