"""What shops send turns no text around: it is isolated, and titles carry nothing invisible."""

import pytest
from bs4 import BeautifulSoup
from django.test import Client

from plugin.site_world import LISTING, Shops, bought, registered
from regulars_store import tables
from shop_objects import address, contact, refund
from wagtail_regulars._isolation import isolated, visible

TURNED, HIDDEN = "\u202e", "\u200b"


@pytest.fixture
def person(shops: Shops) -> str:
    """The id of a customer whose every text turns the text around it."""
    mallory = contact("mallory", given_name=f"Ma{TURNED}llo", family_name=f"R{HIDDEN}y", phone=f"{TURNED}12")
    told = {
        "number": f"1{TURNED}",
        "payment_method": f"Card{TURNED}",
        "shipping_method": f"Post{TURNED}",
        "coupon_codes": (f"A{TURNED}",),
        "discount": 1,
        "delivery": address(f"Street{TURNED}", city=f"C{TURNED}x", family_name=f"R{TURNED}"),
    }
    shops.tea.land(registered("7", mallory), bought("1", mallory, 60, customer_id="7", **told))
    shops.tea.land(refund("2", order_id="1", reason=f"Bad{TURNED}"))
    shops.derive()
    return str(shops.tea.rows(tables.person)[0]["id"])


@pytest.mark.parametrize("view", ["", "{person}/"])
def test_what_a_shop_sends_stands_isolated(person: str, owner: Client, view: str) -> None:
    page = BeautifulSoup(owner.get(LISTING + view.format(person=person)).content, "html.parser")
    loose = [
        text for text in page.find_all(string=lambda text: TURNED in text) if not text.find_parent("bdi")
    ]
    assert loose == []
    assert page.find_all(string=lambda text: TURNED in text)


def test_the_parts_of_an_address_do_not_reach_each_other(person: str, owner: Client) -> None:
    page = BeautifulSoup(owner.get(f"{LISTING}{person}/").content, "html.parser")
    parts = [part.get_text() for part in page.select("#addresses-section tbody th bdi")]
    assert parts == [f"Street{TURNED}", f"C{TURNED}x", "UA"]


def test_the_title_carries_nothing_invisible(person: str, owner: Client) -> None:
    page = BeautifulSoup(owner.get(f"{LISTING}{person}/").content, "html.parser")
    assert page.title is not None
    assert "Mallo Ry" in page.title.get_text()
    assert not {TURNED, HIDDEN} & set(page.title.get_text())


@pytest.mark.parametrize(
    ("sent", "seen"),
    [
        ("A\u2066b\u2069c\u200f\ufeff", "Abc"),
        ("\u0646\u0645\u06cc\u200c\u062e", "\u0646\u0645\u06cc\u200c\u062e"),
        ("a\x00b\x1bc", "abc"),
        ("Ганна О\u2019Ніл", "Ганна О\u2019Ніл"),
    ],
)
def test_text_is_seen_without_controls_and_joiners_stay(sent: str, seen: str) -> None:
    assert visible(sent) == seen


def test_isolated_text_is_escaped_and_nothing_is_isolated_as_nothing() -> None:
    assert isolated("<b>") == "<bdi>&lt;b&gt;</bdi>"
    assert isolated("") == ""
