"""The promise of landing: the same versions give the same store, however they arrive."""

import random
from collections.abc import Sequence
from typing import NamedTuple

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from regulars_mapping import Kind
from regulars_store import Observed, Store, tables
from shop_objects import (
    Counter,
    address,
    contact,
    customer,
    day,
    open_counter,
    order,
    product,
    refund,
    review,
    skipped,
    unmappable,
)

SHARED = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


class Gone(NamedTuple):
    """A tombstone: an object that the shop did not know on that day."""

    kind: Kind
    external_id: str
    day: float


Event = Observed | Gone

IDS = {
    Kind.CUSTOMER: ("7", "8"),
    Kind.ORDER: ("1", "2", "3"),
    Kind.REFUND: ("90", "91"),
    Kind.PRODUCT: ("50",),
    Kind.REVIEW: ("22",),
}
PEOPLE = st.sampled_from(("anna", "ANNA", "boris"))
PLACES = st.sampled_from(("Main 1", "MAIN 1", "Side 2"))


@st.composite
def _version(draw: st.DrawFn, kind: Kind, external_id: str, at: float) -> Event:
    fate = draw(st.sampled_from(("good", "good", "good", "good", "skipped", "unmappable", "gone")))
    if fate == "gone":
        return Gone(kind, external_id, at)
    if fate == "skipped":
        return skipped(kind, external_id, at)
    if fate == "unmappable":
        return unmappable(kind, external_id, at)
    return draw({Kind.CUSTOMER: _customer, Kind.ORDER: _order}.get(kind, _other)(kind, external_id, at))


@st.composite
def _customer(draw: st.DrawFn, kind: Kind, external_id: str, at: float) -> Event:
    return customer(external_id, at, contact=contact(draw(PEOPLE)), addresses=(address(draw(PLACES)),))


@st.composite
def _order(draw: st.DrawFn, kind: Kind, external_id: str, at: float) -> Event:
    status = draw(st.sampled_from(("pending", "completed", "cancelled")))
    return order(
        external_id,
        at,
        contact=contact(draw(PEOPLE), phone=draw(st.sampled_from(("", "+380671234567")))),
        customer_id=draw(st.sampled_from((None, None, "7", "8"))),
        status=status,
        shop_status=status,
        placed_at=day(int(external_id) - 1),
        billing=address(draw(PLACES), phone=draw(st.sampled_from(("", "1")))),
        coupon_codes=draw(st.sampled_from(((), ("reg-a",), ("REG-A", "public")))),
        refund_ids=draw(st.sampled_from((None, (), ("90",), ("90", "91")))),
    )


@st.composite
def _other(draw: st.DrawFn, kind: Kind, external_id: str, at: float) -> Event:
    amount = draw(st.integers(1, 3))
    if kind is Kind.PRODUCT:
        return product(external_id, at, price=amount)
    if kind is Kind.REVIEW:
        return review(external_id, at, stars=amount, contact=contact(draw(PEOPLE)))
    return refund(external_id, at, amount=amount, order_id=external_id[-1].replace("0", "2"))


@st.composite
def _events(draw: st.DrawFn) -> list[Event]:
    """Versions and tombstones of a small shop; those of one object are of different days."""
    events: list[Event] = []
    for kind, ids in IDS.items():
        for external_id in ids:
            days = draw(st.lists(st.integers(1, 30), max_size=4, unique=True))
            events += [draw(_version(kind, external_id, at)) for at in days]
    return events


def _arrive(counter: Counter, events: Sequence[Event], draw: random.Random) -> None:
    """Pages of one to four observations, tombstones one by one, as they come."""
    waiting: list[Observed] = []
    for event in events:
        if isinstance(event, Gone):
            counter.land(*waiting)
            waiting = []
            counter.bury(event.kind, event.external_id, now=day(event.day))
        else:
            waiting.append(event)
            if draw.random() < 0.4:
                counter.land(*waiting)
                waiting = []
    counter.land(*waiting)


def _digests(store: Store, arrivals: Sequence[Sequence[Event]], seed: int) -> list[dict[str, str]]:
    parts = []
    for arrival in arrivals:
        with store.write() as connection:
            for table in reversed(tables.metadata.sorted_tables):
                connection.execute(table.delete())
        counter = open_counter(store)
        _give(counter)
        _arrive(counter, arrival, random.Random(seed))
        uses = counter.rows(tables.grant_use)
        assert {(row["grant_id"], row["order_id"]) for row in uses} == _used(counter)
        parts.append(counter.parts())
    return parts


def _give(counter: Counter) -> None:
    """Two grants of one code, the second in the first's place."""
    row = {"account_id": "1:7", "shop_id": counter.shop.id, "programme_key": "tier", "programme_version": 1}
    row |= {"code": "reg-a", "percent": 500, "state": "given"}
    rows = [{**row, "id": name, "given_at": day(at)} for name, at in (("first", -9), ("second", 0.5))]
    with counter.store.write() as connection:
        connection.execute(tables.grant.insert(), rows)


def _used(counter: Counter) -> set[tuple[str, str]]:
    """What the orders as they stand say of the code."""
    return {
        ("second" if row["placed_at"] >= day(0.5) else "first", row["id"])
        for row in counter.rows(tables.order)
        if not row["gone"] and row["status"] != "cancelled" and row["coupon_codes"]
    }


@SHARED
@given(events=_events(), seed=st.integers(0, 2**16))
def test_whatever_the_order_of_arrival_the_store_is_the_same(
    sqlite_store: Store, events: list[Event], seed: int
) -> None:
    shuffled = list(events)
    random.Random(seed).shuffle(shuffled)
    first, second = _digests(sqlite_store, (events, shuffled), seed)
    assert first == second


@SHARED
@given(events=_events(), seed=st.integers(0, 2**16))
def test_what_arrives_again_changes_nothing(sqlite_store: Store, events: list[Event], seed: int) -> None:
    draw = random.Random(seed)
    twice = events + draw.sample(events, len(events) // 2)
    once, again = _digests(sqlite_store, (events, twice), seed)
    assert once == again


def test_both_databases_give_the_same_digest(sqlite_store: Store, postgres_store: Store) -> None:
    events: list[Event] = [
        customer("7", 1, contact=contact("anna", phone="+380671234567"), addresses=(address("Хрещатик 1"),)),
        order("1", 1, customer_id="7", billing=address("Ж 1"), delivery=address("ж 1")),
        order("2", 2, contact=contact("anna", given_name="Ä"), billing=address("b 1", phone="2")),
        order("3", 3, contact=contact("anna", given_name="z"), billing=address("B 1", phone="1")),
        order("2", 4, contact=contact("boris"), refund_ids=("90",)),
        refund("90", order_id="2"),
        product("50", 1),
        unmappable(Kind.ORDER, "4", 1),
        Gone(Kind.ORDER, "1", 9),
    ]
    counters = open_counter(sqlite_store), open_counter(postgres_store)
    for counter in counters:
        _arrive(counter, events, random.Random(1))
    assert counters[0].parts() == counters[1].parts()


def test_the_digest_sees_a_difference_in_any_counted_table(counter: Counter) -> None:
    before = counter.parts()
    counter.land(customer(addresses=(address("Main 1"),)), order(), refund(), product())
    after = counter.parts()
    seen = {name for name, part in after.items() if part != before[name]}
    assert seen >= {
        "account",
        "address",
        "observation_head",
        "order",
        "order_line",
        "order_status_change",
        "product",
        "refund",
        "refund_line",
    }


def test_the_digest_does_not_see_when_something_was_received(store: Store) -> None:
    first = open_counter(store)
    first.land(order())
    early = first.parts()
    with store.write() as connection:
        for table in reversed(tables.metadata.sorted_tables):
            connection.execute(table.delete())
        if store.dialect == "postgresql":
            connection.exec_driver_sql("SELECT setval(pg_get_serial_sequence('shop', 'id'), 1, false)")
    second = open_counter(store)
    second.land(order(), via="history", now=day(40))
    assert second.parts() == early
