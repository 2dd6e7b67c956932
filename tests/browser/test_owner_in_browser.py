"""The owner in the admin."""

import pytest
from playwright.sync_api import Page, expect

from browser.shops_on_show import OnShow
from browser.walking import customers, find, log_in_owner, open_card


@pytest.fixture
def listing(page: Page, show: OnShow) -> Page:
    """The owner's listing of customers."""
    log_in_owner(page, show)
    customers(page, show)
    return page


def test_the_listing_has_a_row_for_each_person(listing: Page) -> None:
    rows = listing.locator("table.listing tbody tr")
    expect(rows).to_have_count(9)
    hanna = rows.filter(has_text="hanna@example.com")
    expect(hanna).to_have_count(1)
    expect(hanna).to_contain_text("16,000.00 ₴")


@pytest.mark.parametrize(
    "text",
    ["hanna@example.com", "HANNA@Example.com", "(050) 111-22-33", "+380 50 111 22 33", "Щербак", "shcherbak"],
)
def test_a_customer_is_found_by_e_mail_phone_and_name_however_written(listing: Page, text: str) -> None:
    rows = find(listing, text)
    expect(rows).to_have_count(1)
    expect(rows.first).to_contain_text("Ганна Щербак")


def test_the_card_shows_orders_of_two_shops_addresses_the_offer_and_why(listing: Page) -> None:
    find(listing, "hanna@example.com")
    open_card(listing, "Ганна Щербак")
    orders = listing.locator("#orders-content tbody")
    for words in (("1001", "market", "3,500.00 ₴"), ("#1002", "boutique", "12,500.00 ₴")):
        row = orders.locator("tr").filter(has_text=words[0])
        for word in words:
            expect(row).to_contain_text(word)
    expect(orders.locator("tr").filter(has_text="Cancelled")).to_contain_text("does not count as bought")
    addresses = listing.locator("#addresses-content")
    expect(addresses).to_contain_text("вул. Садова, 5")
    expect(addresses).to_contain_text("Parkova St 9, apt 4")
    offers = listing.locator("#offers-content")
    expect(offers).to_contain_text("Gold", ignore_case=True)
    expect(offers).to_contain_text("16,000.00 ₴")
    expect(listing.locator("#accounts-content")).to_contain_text("the same e-mail as")


def test_the_owner_and_a_shopper_do_not_log_each_other_out(listing: Page, show: OnShow) -> None:
    listing.goto(f"{show.shoppers}/shop/")
    listing.locator(".people").get_by_role("button", name="Hanna").click()
    expect(listing.locator("regulars-offer")).to_contain_text("Gold")
    listing.goto(f"{show.owners}/admin/customers/")
    expect(listing.locator("table.listing tbody tr")).to_have_count(9)


def test_a_shopper_is_nobody_in_the_admin(page: Page, show: OnShow) -> None:
    page.goto(f"{show.shoppers}/shop/")
    page.locator(".people").get_by_role("button", name="Hanna").click()
    expect(page.locator("regulars-offer")).to_contain_text("Gold")
    page.goto(f"{show.shoppers}/admin/customers/")
    expect(page.locator("input[name=password]")).to_be_visible()
