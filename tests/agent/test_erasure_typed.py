"""Hostile ways to have an erased person's e-mail or phone stay with a stranger, or to hurt a stranger."""

from collections.abc import Iterator

import pytest
from sqlalchemy import select, update

import regulars_store as store
from agent_world import COFFEE
from erasure_world import BILLING, FIRST, OTHER, PHONE, SPOKEN, columns, forget_cursors, sums
from regulars_agent import Workspace, backfill, erase_person
from two_shops_world import BOUTIQUE, MARKET, TwoShops, two_shops

pytestmark = pytest.mark.parametrize("store", ["sqlite"], indirect=True)
SAID = {"who": "Olha", "why": "asked for it"}
OWN = {"last_name": "Own", "phone": "0631234567", "country": "UA", "city": "Lviv"}
SEEN = store.tables.observation


@pytest.fixture
def market(empty_workspace: Workspace) -> Iterator[TwoShops]:
    with two_shops(empty_workspace) as shops:
        her = shops.market.register(FIRST, billing=BILLING | {"email": FIRST})
        shops.market.place_order(items=[(COFFEE, 5)], customer_id=her, billing=BILLING | {"email": FIRST})
        yield shops


def values_with(workspace: Workspace, word: str) -> list[str]:
    return [
        place
        for place, value in columns(workspace)
        if word in (value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value)).lower()
    ]


TYPED = (
    FIRST,
    f"'{FIRST}'",
    f"x.'{FIRST}",
    f"/{FIRST}.",
    f"mailto:{FIRST}?a=b",
    f"{FIRST}.evil.example {FIRST}",
    f"{FIRST},{FIRST.upper()}",
    FIRST.replace("@", "&#64;"),
    FIRST.replace("a", "\uff41"),
    "\u200b".join(FIRST),
    f"\0{FIRST}",
    f"{'a@b.example ' * 15}{FIRST}",
    f"{'@' * 100}{FIRST}",
    f"{'y' * (250 - len(FIRST) - 1)} {FIRST}.evil.example",
    f"<b>{FIRST}</b>",
    f"{FIRST}|{SPOKEN}",
)


def test_however_strangers_spell_it_the_erasure_goes_through(market: TwoShops) -> None:
    workspace, shop = market.workspace, market.market
    edited = []
    for number, typed in enumerate(TYPED):
        own = OWN | {"phone": f"06312345{number:02}"}
        form = own | {"first_name": typed, "company": typed, "address_1": typed}
        email = f"him{number}@example.net"
        him = shop.register(email, billing=form | {"email": email})
        shop.edit_customer(him, first_name=typed)
        shop.place_order(items=[(COFFEE, 1)], customer_id=him, billing=form | {"email": email}, note=typed)
        shop.place_order(items=[(COFFEE, 1)], billing=form)
        moved = form | {"email": f"moved{number}@example.net"}
        edited.append((shop.place_order(items=[(COFFEE, 1)], billing=moved), own, number))
    market.learn()
    for order, own, number in edited:
        shop.edit_order(order, billing=own | {"first_name": "New", "email": f"new{number}@example.net"})
    market.learn()
    before = sums(workspace)
    erase_person(workspace, FIRST, **SAID)
    assert sums(workspace) == before
    left = [str(value).lower() for place, value in columns(workspace) if place != "observation.payload"]
    assert not [text for text in left if FIRST in text.replace(f"{FIRST}.evil", "")]
    count = len([place for place, _ in columns(workspace) if place == "observation.payload"])
    forget_cursors(workspace, market.shop(MARKET).id)
    assert backfill(workspace, MARKET).complete
    assert len([place for place, _ in columns(workspace) if place == "observation.payload"]) == count


def test_nobody_s_own_is_touched_and_a_common_word_is_no_needle(market: TwoShops) -> None:
    workspace, shop = market.workspace, market.market
    longer = f"jo-{FIRST}"
    gift = OWN | {"first_name": "Jo", "email": longer, "phone": "0671112234"}
    jo = shop.register(longer, billing=gift)
    one = shop.place_order(items=[(COFFEE, 1)], customer_id=jo, billing=gift, note="Zenobia 100 1112233")
    market.learn()
    with workspace.store.read() as connection:
        kept = connection.execute(
            select(SEEN.c.payload).where(SEEN.c.external_id == str(one), SEEN.c.kind == "order")
        ).all()
    shop.edit_customer(1, first_name="J", last_name="o")
    market.learn()
    erase_person(workspace, FIRST, **SAID)
    with workspace.store.read() as connection:
        same = connection.execute(
            select(SEEN.c.payload).where(SEEN.c.external_id == str(one), SEEN.c.kind == "order")
        ).all()
        accounts = store.tables.account
        name = connection.scalars(
            select(accounts.c.given_name).where(accounts.c.email == longer, accounts.c.registered)
        ).one()
    assert (same, name) == (kept, "Jo")


def test_what_no_connector_understands_any_more_is_reworded_by_its_rows(market: TwoShops) -> None:
    workspace, shop = market.workspace, market.market
    form = OWN | {"first_name": FIRST, "email": OTHER}
    him = shop.register(OTHER, billing=form)
    shop.place_order(items=[(COFFEE, 1)], customer_id=him, billing=form)
    shop.place_order(items=[(COFFEE, 1)], billing=form | {"email": "guest@example.net"})
    market.learn()
    with workspace.store.write() as connection:
        for id_, payload in connection.execute(select(SEEN.c.id, SEEN.c.payload)).all():
            former = store.compress({"form": 0, "was": store.decompress(payload)})
            connection.execute(update(SEEN).where(SEEN.c.id == id_).values(payload=former))
    before = sums(workspace)
    erase_person(workspace, FIRST, **SAID)
    assert (values_with(workspace, FIRST), sums(workspace)) == ([], before)


def test_a_phone_goes_from_names_and_stays_where_it_is_somebody_s_phone(market: TwoShops) -> None:
    workspace, shop = market.workspace, market.market
    form = OWN | {"first_name": f"call {PHONE}", "email": OTHER}
    him = shop.register(OTHER, billing=form)
    gift = shop.place_order(items=[(COFFEE, 1)], customer_id=him, billing=form | {"phone": SPOKEN})
    there = market.boutique.register("q@example.net", first_name="00380 67 1112233", last_name="Q")
    market.learn()
    erase_person(workspace, FIRST, **SAID)
    with workspace.store.read() as connection:
        orders, accounts = store.tables.order, store.tables.account
        contact = connection.scalars(
            select(orders.c.contact).where(orders.c.id == market.account(MARKET, gift))
        ).one()
        names = dict(connection.execute(select(accounts.c.id, accounts.c.given_name)).all())
    assert (contact["phone"], contact["given_name"]) == (SPOKEN, "call [erased]")
    assert names[market.account(MARKET, him)] == "call [erased]"
    assert names[market.account(BOUTIQUE, there)] == "[erased]"
