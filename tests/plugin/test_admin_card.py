"""The card of a customer."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import connections
from django.test import Client
from django.test.utils import CaptureQueriesContext
from sqlalchemy import event

from plugin.site_world import (
    HANNA,
    LISTING,
    PROGRAMME,
    Shops,
    bought,
    cells,
    person_named,
    registered,
    sections,
)
from regulars_agent import change_shop_options, enable_programme, topic_bounds
from regulars_mapping import OrderStatus
from regulars_store import tables
from shop_objects import address, contact, day, refund
from wagtail_regulars._workspace import workspace

SCRIPT = "<script>alert(1)</script>"


@pytest.fixture
def told(people: Shops) -> Shops:
    """Hanna's history: a return, a delivery, a cancelled order."""
    people.tea.land(
        refund("90", order_id="1001", refunded_at=day(3), amount=300, goods=300, reason="Too bitter"),
        bought(
            "1010",
            HANNA,
            25,
            customer_id="7",
            delivery=address("Street 1", given_name="Ганна", family_name="Щербак", phone="0501112233"),
            payment_method="Card",
            coupon_codes=("WELCOME",),
            discount=100,
            placed_at=day(4),
        ),
        bought("1011", HANNA, 9, customer_id="7", status=OrderStatus.CANCELLED, placed_at=day(5)),
    )
    people.derive()
    return people


def test_an_order_of_the_last_day_there_is_is_shown(told: Shops, owner: Client) -> None:
    """In Kyiv that moment is beyond the calendar."""
    last = datetime(9999, 12, 31, 23, 59, tzinfo=UTC)
    told.tea.land(bought("1099", HANNA, 5, customer_id="7", placed_at=last))
    told.derive()
    card = sections(owner, person_named(told, "Щербак"))
    assert "1099" in card["orders"] and "9999" in card["orders"] and "9999" in card["profile"]
    assert "Щербак" in owner.get(LISTING).content.decode()


def test_the_card_tells_one_persons_story_over_all_shops(told: Shops, owner: Client) -> None:
    card = sections(owner, person_named(told, "Щербак"))
    written = {"talks", "reminders", "stops", "who", "grants"}
    assert set(card) == {"profile", "offers", "orders", "returns", "accounts", "addresses"} | written
    assert (
        "Name Ганна Щербак tea, account 7: of an account whose e-mail is known to be theirs"
        in card["profile"]
    )
    assert "Net spend 122.00 ₴ Orders 3 Given back 3.00 ₴" in card["profile"]
    assert "10 %: bought for 122.00 ₴ in all shops." in card["offers"]
    assert "tea, account 7: 10 % Gold" in card["offers"]
    assert "coffee, guest hanna@example.com: 10 % Gold" in card["offers"]
    assert "has checked its e-mail" not in card["offers"]
    assert "given back 3.00 ₴" in card["orders"]
    assert "discount 1.00 ₴ (WELCOME)" in card["orders"]
    assert "does not count as bought" in card["orders"]
    assert "1.5 ×" in card["orders"]
    assert "555 coffee" in card["orders"]
    assert "Too bitter 3.00 ₴" in card["returns"]
    assert "the same e-mail as coffee, guest hanna@example.com" in card["accounts"]
    assert "Street 1, Kyiv, UA Home Ганна Щербак 0501112233 1" in card["addresses"]


def test_an_amount_is_shown_with_its_terms(told: Shops, owner: Client) -> None:
    tiers = [{"threshold": "90.00", "amount": "15.50", "level": "Gold"}]
    terms = {"goods": {"categories": ["Coffee"]}, "minimum": "50.00", "orders": 2}
    enable_programme(workspace(), {**PROGRAMME, "tiers": tiers, **terms}, who="the owner")
    card = sections(owner, person_named(told, "Щербак"))["offers"]
    assert "tea, account 7: 15.50 ₴ Gold" in card.replace("\u00a0", " ")
    said = "15.50 ₴ off: bought for 122.00 ₴ in all shops. Only on: Coffee. For orders of 50.00 ₴ or more."
    assert said in card.replace("\u00a0", " ")
    assert "It works for 2 orders." in card
    listed = next(row for row in cells(owner) if "Щербак" in row[0])
    assert listed[-1].replace("\u00a0", " ") == "15.50 ₴"


def test_what_is_added_up_is_shown_with_each_of_its_reasons(told: Shops, owner: Client) -> None:
    today = workspace().clock().date()
    days = {"first_day": today - timedelta(days=1), "last_day": today + timedelta(days=1)}
    fair = {"kind": "seasonal", "key": "fair", "title": "The fair", "level": "Fair", "percent": 3, **days}
    for each in (PROGRAMME, fair):
        enable_programme(workspace(), {**each, "adds": True, "cap": 20}, who="the owner")
    card = sections(owner, person_named(told, "Щербак"))["offers"].replace("\u00a0", " ")
    assert "13 % together, of 20 % at most." in card
    assert "10 %: bought for 122.00 ₴ in all shops. 3 %: Fair." in card


def test_a_proof_that_cannot_be_read_says_so_and_hides_nothing_else(told: Shops, owner: Client) -> None:
    spoilt = "'[1'" if told.tea.store.url.startswith("sqlite") else "'{}'"
    with told.tea.store.write() as connection:
        connection.exec_driver_sql(f"UPDATE offer SET proof = {spoilt} WHERE shop_id = {told.tea.shop.id}")
    person = person_named(told, "Щербак")
    assert cells(owner)[0][-1] == "10 %"
    offers = sections(owner, person)["offers"]
    assert f"The proof of this offer cannot be read. Have it made anew: regulars compute {person}" in offers
    assert "10 %: bought for 122.00 ₴ in all shops." in offers


def test_an_offer_says_why_only_its_own_account_s_purchases_count(told: Shops, owner: Client) -> None:
    change_shop_options(workspace(), "tea", {"checks_emails": "no"}, who="the owner")
    told.derive()
    card = sections(owner, person_named(told, "Щербак"))
    why = "Only this account's own purchases count, because nobody has checked its e-mail."
    tea, coffee = card["offers"].split("coffee, guest hanna@example.com: 10 % Gold")
    assert "tea, account 7: 5 % Silver" in tea
    assert why in tea
    assert why not in coffee
    assert "Not given to a guest" in coffee
    assert "Not given to a guest" not in tea


def test_each_account_in_a_shop_has_its_own_offer_on_the_card(told: Shops, owner: Client) -> None:
    told.tea.land(registered("9", HANNA))
    change_shop_options(workspace(), "tea", {"checks_emails": "no"}, who="the owner")
    told.derive()
    offers = sections(owner, person_named(told, "Щербак"))["offers"]
    assert "tea, account 7: 5 % Silver" in offers
    assert "tea, account 9 No discount yet" in offers


def test_the_labels_that_a_shop_carries_for_us_are_not_told_again(told: Shops, owner: Client) -> None:
    told.tea.land(registered("7", HANNA, labels={"level": "Bronze", "sentence": "You have three percent"}))
    told.derive()
    page = owner.get(f"{LISTING}{person_named(told, 'Щербак')}/").content.decode()
    assert "Bronze" not in page
    assert "three percent" not in page


def test_spellings_of_one_address_are_one_row(told: Shops, owner: Client) -> None:
    for number, (street, name) in enumerate(
        [("street  1", "ГАННА"), ("STREET 1", "Ганна"), ("Street 1", "Olena")]
    ):
        to = address(street, given_name=name, family_name="Щербак", phone="0501112233")
        told.tea.land(bought(f"40{number}", HANNA, 5, customer_id="7", delivery=to, placed_at=day(6)))
    told.derive()
    shown = sections(owner, person_named(told, "Щербак"))["addresses"]
    assert shown.lower().count("street") == 1
    assert "2 recipients" in shown
    assert " 4 " in shown


def test_times_are_shown_in_the_sites_zone(told: Shops, owner: Client) -> None:
    # Noon in UTC is two in the afternoon in Kyiv in winter.
    assert "01/02/2026 2 p.m." in sections(owner, person_named(told, "Щербак"))["orders"]


def test_without_contact_data_nothing_is_shown_that_reaches_a_person(told: Shops, viewer: Client) -> None:
    page = viewer.get(f"{LISTING}{person_named(told, 'Щербак')}/").content.decode()
    card = sections(viewer, person_named(told, "Щербак"))
    for secret in ("hanna@example.com", "1112233", "111 22 33", "Street 1"):
        assert secret not in page
    assert "h…@example.com" in card["profile"]
    assert "Kyiv" in card["addresses"]
    assert "masked" in card["profile"]


def test_what_shops_send_is_text_and_never_markup(shops: Shops, owner: Client, viewer: Client) -> None:
    hostile = contact(
        "mallory", given_name=SCRIPT, family_name="'\"><img src=x onerror=alert(1)>", phone=SCRIPT
    )
    lines: dict[str, Any] = {
        "number": SCRIPT,
        "shop_status": SCRIPT,
        "status": OrderStatus.OTHER,
        "payment_method": SCRIPT,
        "shipping_method": "{{ 7|add:7 }}{% now 'Y' %}",
        "coupon_codes": (SCRIPT,),
        "discount": 1,
        "delivery": address(SCRIPT, city=SCRIPT, family_name=SCRIPT),
    }
    shops.tea.land(registered("7", hostile, role=SCRIPT), bought("1", hostile, 60, customer_id="7", **lines))
    shops.tea.land(refund("2", order_id="1", reason=SCRIPT))
    shops.derive()
    (person,) = shops.tea.rows(tables.person)
    for client in (owner, viewer):
        for place in (LISTING, f"{LISTING}{person['id']}/", f"{LISTING}?q=script"):
            page = client.get(place)
            assert page.status_code == 200
            text = page.content.decode()
            assert SCRIPT not in text
            assert "<img src=x" not in text
            assert "&lt;script&gt;" in text
    assert "{{ 7|add:7 }}" in sections(owner, person["id"])["orders"]


def test_a_long_history_shows_the_newest_orders_and_the_rest_when_asked(people: Shops, owner: Client) -> None:
    many = [bought(f"2{n:03}", HANNA, 1, customer_id="7", placed_at=day(10 + n)) for n in range(60)]
    people.tea.land(*many)
    people.derive()
    person = person_named(people, "Щербак")
    newest, everything = (sections(owner, person, query)["orders"] for query in ("", "?orders=all"))
    assert "2059" in newest
    assert "2000" not in newest
    assert "Show 12 older orders" in newest
    assert "2000" in everything
    assert "older order" not in everything


def test_the_card_asks_as_much_for_many_orders_as_for_few(people: Shops, owner: Client) -> None:
    person = person_named(people, "Щербак")
    few = _questions(owner, person)
    people.tea.land(*(bought(f"3{n:03}", HANNA, 1, customer_id="7") for n in range(40)))
    people.derive()
    assert _questions(owner, person) == few <= 30


def _questions(client: Client, person: str) -> int:
    """How often the store was asked for one card, by the agent and by the alias."""
    asked: list[str] = []
    engine = workspace().store._engine  # the store shows nobody its engine

    def note(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        asked.append(statement)

    client.get(f"{LISTING}{person}/")
    event.listen(engine, "before_cursor_execute", note)
    try:
        with CaptureQueriesContext(connections["regulars"]) as mirrored:
            client.get(f"{LISTING}{person}/")
    finally:
        event.remove(engine, "before_cursor_execute", note)
    return len([one for one in asked if one.lstrip().startswith("SELECT")]) + len(mirrored)


def test_the_id_of_an_account_leads_to_its_customer(people: Shops, owner: Client) -> None:
    person = person_named(people, "Щербак")
    account = f"{people.tea.shop.id}:7"
    assert owner.get(f"{LISTING}{account}/", follow=True).redirect_chain == [(f"{LISTING}{person}/", 302)]


def test_a_customer_who_is_not_there_is_not_found(people: Shops, owner: Client) -> None:
    assert owner.get(f"{LISTING}nobody/").status_code == 404


def test_a_customer_without_name_or_order_has_a_card_too(shops: Shops, owner: Client) -> None:
    shops.tea.land(registered("7", contact("x", given_name="", family_name="")))
    shops.derive()
    (person,) = shops.tea.rows(tables.person)
    card = sections(owner, person["id"])
    assert "(no name)" in card["profile"]
    assert "No orders." in card["orders"]


def test_how_often_somebody_is_written_to_stands_on_their_card_where_it_is_their_own(
    told: Shops, owner: Client
) -> None:
    hanna = person_named(told, "Щербак")
    topic_bounds.set_topic_bounds(workspace(), hanna, "marketing", most=1, days=60, who="Iryna")
    said = sections(owner, hanna)["bounds"]
    assert "marketing: at most 1 times in 60 days" in said and "Iryna" in said and "at least" not in said
    topic_bounds.set_topic_bounds(workspace(), hanna, "marketing", who="Iryna")
    assert "bounds" not in sections(owner, hanna)
