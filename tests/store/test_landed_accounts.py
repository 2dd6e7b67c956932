"""Accounts: registered customers, guests, and registered customers of whom only orders are known."""

from collections.abc import Sequence
from itertools import permutations

import pytest
from sqlalchemy import update

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
    refund,
    skipped,
    unmappable,
)


def _guest(counter: Counter) -> str:
    return counter.row(tables.order, external_id="1")["account_id"]


def _persons(counter: Counter) -> None:
    """As if every account had been resolved to a person of its own."""
    with counter.store.write() as connection:
        connection.execute(update(tables.account).values(person_id="p-" + tables.account.c.external_id))
    counter.forget_marks()


def test_a_registered_customer_is_an_account_with_addresses(counter: Counter) -> None:
    counter.land(customer("7", addresses=(address("Main Street 1"), address("main street 1"))))
    account = counter.row(tables.account)
    assert (account["id"], account["registered"], account["email"]) == ("1:7", True, "customer7@example.com")
    assert counter.row(tables.address)["account_id"] == "1:7"
    assert counter.marks("identity") == {"1:7"}


def test_a_guest_order_makes_an_account_of_its_contact(counter: Counter) -> None:
    counter.land(order("1"), order("2"), order("3", contact=contact("other")))
    first, second, third = (row["account_id"] for row in counter.rows(tables.order))
    assert first == second != third
    account = counter.row(tables.account, id=first)
    assert (account["registered"], account["email"], account["gone"]) == (False, "guest@example.com", False)


def test_a_guest_is_named_as_in_the_newest_order_whatever_arrives_last(counter: Counter) -> None:
    counter.land(order("2", 5, contact=contact("guest", family_name="Newer")))
    counter.land(order("1", 3, contact=contact("guest", family_name="Older")))
    assert counter.row(tables.account)["family_name"] == "Newer"
    counter.land(order("1", 9, contact=contact("guest", family_name="Newest")))
    assert counter.row(tables.account)["family_name"] == "Newest"


def test_a_guest_whose_deciding_order_is_gone_is_named_as_in_the_next(counter: Counter) -> None:
    counter.land(order("1", 1, contact=contact("guest", family_name="First")))
    counter.land(order("2", 2, contact=contact("guest", family_name="Second")))
    counter.bury(Kind.ORDER, "2", now=day(9))
    assert counter.row(tables.account)["family_name"] == "First"


def test_a_guest_without_any_order_that_counts_is_gone_and_comes_back_with_one(counter: Counter) -> None:
    counter.land(order("1", 1))
    counter.bury(Kind.ORDER, "1", now=day(9))
    assert counter.row(tables.account)["gone"] is True
    counter.land(order("1", 10))
    assert counter.row(tables.account)["gone"] is False


def test_a_guest_whose_order_moved_to_a_registered_customer_is_gone_without_attributes(
    counter: Counter,
) -> None:
    counter.land(order("1", 1))
    guest = _guest(counter)
    _persons(counter)
    counter.land(order("1", 2, customer_id="7"))
    left = counter.row(tables.account, id=guest)
    assert (left["gone"], left["email"], left["email_folded"]) == (True, "", "")
    assert _guest(counter) == "1:7"
    assert counter.marks("identity") == {guest, "1:7"}


def test_a_customer_who_has_not_landed_is_known_by_their_orders_until_they_do(counter: Counter) -> None:
    counter.land(order("1", 9, customer_id="7", contact=contact("ordered")))
    placeholder = counter.row(tables.account)
    assert (placeholder["id"], placeholder["registered"]) == ("1:7", True)
    assert placeholder["email"] == "ordered@example.com"
    counter.land(customer("7", None))
    assert counter.row(tables.account)["email"] == "customer7@example.com"
    counter.land(order("2", 20, customer_id="7", contact=contact("ordered")))
    assert counter.row(tables.account)["email"] == "customer7@example.com"


def test_a_customer_who_is_gone_stays_gone_when_their_orders_arrive(counter: Counter) -> None:
    counter.bury(Kind.CUSTOMER, "7", now=day(1))
    counter.land(order("1", 5, customer_id="7"))
    assert counter.row(tables.account)["gone"] is True


def test_an_order_without_a_person_asks_for_its_account_and_with_one_for_their_facts(
    counter: Counter,
) -> None:
    counter.land(order("1", 1))
    assert counter.marks("identity") == {_guest(counter)}
    _persons(counter)
    counter.land(order("1", 2, total=5))
    assert (counter.marks("identity"), len(counter.marks("facts"))) == (set(), 1)


def test_a_change_of_name_asks_for_the_account_and_a_label_for_the_facts(counter: Counter) -> None:
    counter.land(customer("7", 1))
    _persons(counter)
    counter.land(customer("7", 2, labels={"regulars_level": "Gold"}))
    assert (counter.marks("identity"), counter.marks("facts")) == (set(), {"p-7"})
    counter.land(customer("7", 3, contact=contact("renamed")))
    assert counter.marks("identity") == {"1:7"}


def test_a_refund_asks_for_the_facts_of_its_orders_person(counter: Counter) -> None:
    counter.land(order("1", 1, customer_id="7"))
    _persons(counter)
    counter.land(refund())
    assert counter.marks("facts") == {"p-7"}


def test_a_refund_that_its_order_no_longer_lists_is_gone_and_back_when_listed_again(counter: Counter) -> None:
    counter.land(order("1", 1, refund_ids=("90",)), refund())
    _persons(counter)
    counter.land(order("1", 2, refund_ids=()))
    assert counter.row(tables.refund)["gone"] is True
    counter.land(order("1", 3, refund_ids=("90",)))
    assert counter.row(tables.refund)["gone"] is False


def test_a_refund_is_not_gone_where_orders_do_not_list_theirs(counter: Counter) -> None:
    counter.land(refund(), order("1", 1, refund_ids=None))
    assert counter.row(tables.refund)["gone"] is False


def test_status_changes_are_the_versions_whose_status_differs(counter: Counter) -> None:
    for changed, status in enumerate(("pending", "pending", "processing", "completed", "completed")):
        counter.land(order("1", changed, status=status, shop_status=status))
    found = counter.rows(tables.order_status_change)
    assert [(row["status"], row["at"]) for row in found] == [
        ("pending", day(0)),
        ("processing", day(2)),
        ("completed", day(3)),
    ]


def _status(changed: float, status: str) -> Observed:
    return order("1", changed, status=status, shop_status=status)


HISTORIES: dict[str, Sequence[Observed]] = {
    "statuses there and back": [_status(1, "pending"), _status(2, "on_hold"), _status(3, "pending")],
    "a status seen twice in a row": [_status(1, "pending"), _status(2, "pending"), _status(3, "completed")],
    "an order that moves and its address": [
        order("1", 1, billing=address("Old 1")),
        order("1", 2, contact=contact("other"), billing=address("New 1", phone="1")),
        order("1", 3, customer_id="7", delivery=address("NEW 1")),
    ],
    "an order among unmappable and foreign versions": [
        order("1", 1),
        unmappable(Kind.ORDER, "1", 2),
        skipped(Kind.ORDER, "1", 3),
        unmappable(Kind.ORDER, "1", 4),
    ],
    "a customer and their orders": [
        order("1", 1, customer_id="7"),
        order("2", 2, customer_id="7", contact=contact("later")),
        customer("7", 1),
        skipped(Kind.CUSTOMER, "7", 2),
    ],
    "an order, its refunds and their listing": [
        order("1", 1, refund_ids=("90",)),
        order("1", 2, refund_ids=("91",)),
        refund("90"),
        refund("91"),
    ],
    "a guest of two orders, one of them foreign": [
        order("1", 1, contact=contact("guest", given_name="A")),
        order("2", 2, contact=contact("guest", given_name="B")),
        skipped(Kind.ORDER, "2", 3),
        skipped(Kind.ORDER, "1", 4),
    ],
}


@pytest.mark.parametrize("history", HISTORIES.values(), ids=HISTORIES.keys())
def test_every_order_of_arrival_gives_the_same_rows(sqlite_store: Store, history: Sequence[Observed]) -> None:
    digests = set()
    parts = []
    for arrival in permutations(history):
        counter = open_counter(sqlite_store)
        for each in arrival:
            counter.land(each)
        counter.land(*arrival)
        digests.add(counter.digest())
        parts.append(counter.parts())
        _wipe(sqlite_store)
    assert len(digests) == 1, [key for key in parts[0] if len({part[key] for part in parts}) > 1]


def _wipe(store: Store) -> None:
    with store.write() as connection:
        for table in reversed(tables.metadata.sorted_tables):
            connection.execute(table.delete())
