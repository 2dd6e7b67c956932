"""What a shop declares of a customer, and its tags: into the account, and out of an erased one."""

from regulars_mapping import Customer, DeclaredTotal
from regulars_store import Store, tables
from regulars_store._erasure_stand_ins import landed_objects, without_person
from shop_objects import Counter, customer, order

TOTAL = DeclaredTotal(spent=123_45, orders=6, currency="UAH")


def told(counter: Counter, account: str = "1:7") -> tuple[object, ...]:
    row = counter.row(tables.account, id=account)
    return tuple(row[name] for name in ("declared_spent", "declared_orders", "declared_currency", "tags"))


def test_the_newest_word_of_the_shop_stands_and_none_is_none(counter: Counter) -> None:
    counter.land(customer("7", 2, declared=TOTAL, tags=("VIP", "кава")))
    assert told(counter) == (123_45, 6, "UAH", ["VIP", "кава"])
    # An older version that comes late, and orders, change nothing.
    counter.land(customer("7", 1, tags=("old",)), order("1", 9, customer_id="7"))
    assert told(counter) == (123_45, 6, "UAH", ["VIP", "кава"])
    counter.land(customer("7", 3))
    assert told(counter) == (None, None, "", [])
    counter.land(order("2", 9, customer_id="8"))
    assert told(counter, "1:8") == (None, None, "", [])


def test_of_an_erased_person_the_total_stays_and_the_shop_s_words_go(store: Store, counter: Counter) -> None:
    counter.land(customer("7", 2, declared=TOTAL, tags=("likes Anna",)))
    with counter.store.read() as connection:
        found = landed_objects(connection, counter.shop, "customer", ["7"])["7"]
    assert isinstance(found, Customer)
    assert (found.declared, found.tags) == (TOTAL, ("likes Anna",))
    left = without_person(counter.shop, found, lambda _: "")
    assert isinstance(left, Customer)
    assert (left.declared, left.tags) == (TOTAL, ())
