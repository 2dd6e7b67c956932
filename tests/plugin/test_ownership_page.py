"""The page that a link of ownership leads to: one button, which alone proves anything."""

from collections.abc import Iterator

import pytest
from django.core.cache import cache
from django.http import HttpResponse
from django.test import Client, override_settings
from sqlalchemy import select

from plugin.site_world import HANNA, Shops, registered, texts
from regulars_agent import ownership_link
from regulars_store import set_options, tables
from wagtail_regulars._ownership import MOST_A_MINUTE
from wagtail_regulars._workspace import workspace

SITE = "https://testserver/regulars"


@pytest.fixture
def page(shops: Shops) -> Iterator[str]:
    """Where the link of account 7 leads, at a shop that checks no e-mails."""
    cache.clear()
    with shops.store.write() as connection:
        set_options(connection, shops.tea.shop.id, {})
    shops.tea.land(registered("7", HANNA))
    shops.derive()
    link = ownership_link(workspace(), f"{shops.tea.shop.id}:7", site=SITE, who="the owner")
    yield link.url.removeprefix("https://testserver")
    cache.clear()


def proofs(shops: Shops) -> int:
    with shops.store.read() as connection:
        return len(connection.execute(select(tables.ownership_proof)).all())


def said(answer: HttpResponse) -> str:
    return " ".join(texts(answer.content).select_one("main").get_text(" ").split())


def test_the_button_proves_and_looking_does_not(shops: Shops, page: str) -> None:
    # No cookie, no address it came from: as out of a mail program.
    browser = Client(enforce_csrf_checks=True)
    for look in (browser.get, browser.head, browser.get):
        assert look(page).status_code == 200
        assert proofs(shops) == 0
    asked = browser.get(page)
    assert len(texts(asked.content).select("form[method=post]:not([action]) button[type=submit]")) == 1
    assert "an account with tea?" in said(asked)
    assert "Thank you" in said(browser.post(page))
    assert "Thank you" in said(browser.post(page))
    assert "Thank you" in said(browser.get(page))
    assert proofs(shops) == 1


def test_the_page_names_nobody_and_stays_with_this_browser(page: str) -> None:
    for answer in (Client().get(page), Client().post(page), Client().get(page[:-1])):
        words = answer.content.decode()
        assert not any(
            word in words for word in ("hanna", "Ганна", "1:7", "@example", page.rpartition("/")[2])
        )
        assert "no-store" in answer["Cache-Control"]
        assert answer["Referrer-Policy"] == "no-referrer"
        assert (answer["X-Frame-Options"], answer["X-Robots-Tag"]) == ("DENY", "noindex, nofollow")
        assert "frame-ancestors 'none'" in answer["Content-Security-Policy"]
        assert "script" not in words


def test_every_link_that_is_not_good_is_answered_alike(shops: Shops, page: str) -> None:
    stem, _, token = page.rpartition("/")
    shops.tea.land(registered("9", HANNA))
    other = ownership_link(workspace(), f"{shops.tea.shop.id}:9", site=SITE, who="the owner").url
    shops.tea.bury("customer", "9", now=workspace().clock())
    wrong = [
        f"{stem}/{each}" for each in (token[:-1], "x", token.swapcase(), "%00", "%D0%B0" * 40, "A" * 3_000)
    ]
    answers = [Client().get(each) for each in (*wrong, other.removeprefix("https://testserver"))]
    answers += [Client().post(each) for each in wrong]
    assert {answer.status_code for answer in answers} == {404}
    assert len({answer.content for answer in answers}) == 1
    assert proofs(shops) == 0


@pytest.mark.parametrize("method", ["put", "delete", "options", "patch"])
def test_nothing_else_is_taken(page: str, method: str) -> None:
    assert getattr(Client(), method)(page).status_code == 405


def test_wrong_links_from_one_address_and_one_link_opened_all_the_time_have_to_wait(page: str) -> None:
    wrong = [Client().get(f"{page}{number}").status_code for number in range(MOST_A_MINUTE + 1)]
    assert wrong == [404] * MOST_A_MINUTE + [429]
    assert Client().get(f"{page}x", REMOTE_ADDR="192.0.2.7").status_code == 404
    good = [Client().get(page) for _ in range(MOST_A_MINUTE + 1)]
    assert [answer.status_code for answer in good] == [200] * MOST_A_MINUTE + [429]
    assert good[-1]["Retry-After"] == "60"
    assert Client().post(page).status_code == 429


def test_a_store_that_is_away_is_said_and_the_link_stays_good(page: str) -> None:
    with override_settings(REGULARS={"directory": "/nonexistent/of/regulars"}):
        answer = Client().get(page)
    assert (answer.status_code, answer["Retry-After"]) == (503, "60")
    assert "stays good" in said(answer)
    assert Client().get(page).status_code == 200
