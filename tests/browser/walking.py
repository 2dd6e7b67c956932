"""What people do on the pages."""

from playwright.sync_api import Locator, Page, expect

from browser.shops_on_show import PASSWORD, OnShow


def offer(page: Page, state: str) -> Locator:
    """The offer on the page, once it is in this state: ``discount``, ``none`` or ``error``."""
    element = page.locator("regulars-offer")
    expect(element).to_have_attribute("data-state", state)
    return element


def log_in_as(page: Page, name: str) -> None:
    """Look at the storefront as one of its people."""
    page.locator(".people").get_by_role("button", name=name).click()
    expect(page.locator(".who")).to_contain_text(name)


def log_out(page: Page) -> None:
    """Be a guest again."""
    page.get_by_role("button", name="Log out").click()
    expect(page.locator(".who")).to_contain_text("Guest")


def log_in_owner(page: Page, show: OnShow) -> None:
    """The owner comes to the admin."""
    page.goto(f"{show.owners}/admin/")
    page.locator("input[name=username]").fill("owner")
    page.locator("input[name=password]").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url(f"{show.owners}/admin/")


def customers(page: Page, show: OnShow) -> None:
    """The owner opens the menu "Customers"."""
    page.get_by_role("link", name="Customers").first.click()
    page.wait_for_url(f"{show.owners}/admin/customers/")


def find(page: Page, text: str) -> Locator:
    """The listing's rows for a search, once it has found what it finds."""
    with page.expect_response(lambda response: "/admin/customers/results/" in response.url):
        page.locator("#id_q").fill(text)
    return page.locator("table.listing tbody tr")


def open_card(page: Page, name: str) -> None:
    """The owner opens a customer of the listing."""
    page.locator("table.listing").get_by_role("link", name=name).first.click()
    expect(page.get_by_role("heading", name=name).first).to_be_visible()


def fits(page: Page) -> bool:
    """Whether nobody has to scroll sideways."""
    return bool(page.evaluate("document.documentElement.scrollWidth <= innerWidth"))
