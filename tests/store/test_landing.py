"""What a page does to the store: observations, versions, tombstones, dead letters."""

import pickle
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from regulars_mapping import Kind, LeaseLostError, Order, OrderStatus
from regulars_store import (
    CheckpointUpdate,
    Observed,
    Placed,
    Store,
    checkpoint_of,
    compress,
    dead_letters,
    decompress,
    drop_dead_letters,
    prepared,
    read_heads,
    tables,
    take_lease,
)
from shop_objects import Counter, customer, day, open_counter, order, product, refund, skipped, unmappable


def test_a_page_lands_observations_heads_rows_and_its_checkpoint(counter: Counter) -> None:
    moved = CheckpointUpdate(Kind.ORDER, "history", {"page": 2}, done=False)
    landed = counter.land(customer(), product(), order(), refund(), checkpoint=moved)
    assert (landed.new, landed.changed, landed.unchanged, landed.stale, landed.dead) == (4, 0, 0, 0, 0)
    for table in (tables.product, tables.order, tables.refund):
        assert counter.row(table)["gone"] is False
    assert len(counter.rows(tables.observation)) == len(counter.rows(tables.observation_head)) == 4
    assert len(counter.rows(tables.order_line)) == 2
    assert len(counter.rows(tables.refund_line)) == 1
    with counter.store.read() as connection:
        found = checkpoint_of(connection, counter.shop.id, Kind.ORDER, "history")
    assert found is not None
    assert (found.cursor, found.done, found.landed) == ({"page": 2}, False, 4)


def test_a_payload_is_kept_as_received(counter: Counter) -> None:
    strange = {"lone": "\ud800", "long": 2**80, "text": "Ціна", "nul": "\x00"}
    assert decompress(compress(strange)) == strange
    counter.land(order())
    assert decompress(counter.row(tables.observation)["payload"])["id"] == "1"


def test_what_stands_already_is_not_written_again(counter: Counter) -> None:
    moved = CheckpointUpdate(Kind.ORDER, "changes", {"since": "x"}, done=False)
    counter.land(order(), customer(), checkpoint=moved)
    counter.forget_marks()
    before = counter.parts()
    landed = counter.land(order(), customer(), checkpoint=moved, now=day(5))
    assert (landed.new, landed.unchanged) == (0, 2)
    assert counter.parts() == before
    assert len(counter.rows(tables.observation)) == 2
    assert counter.rows(tables.dirty) == []
    assert counter.row(tables.checkpoint)["updated_at"] == day(0)


def test_an_object_twice_in_a_page_lands_once(counter: Counter) -> None:
    landed = counter.land(order(), order())
    assert (landed.new, landed.unchanged) == (1, 1)
    assert len(counter.rows(tables.observation)) == 1


def test_a_change_and_its_taking_back_are_three_observations(counter: Counter) -> None:
    for total in (100, 200, 100):
        counter.land(order(changed=None, total=total))
    assert [row["sequence"] for row in counter.rows(tables.observation)] == [1, 2, 3]
    assert counter.row(tables.order)["total"] == 100


def test_an_older_version_that_arrives_later_is_kept_and_changes_no_row(counter: Counter) -> None:
    counter.land(order(changed=2, total=200))
    landed = counter.land(order(changed=1, total=100))
    assert landed.stale == 1
    assert len(counter.rows(tables.observation)) == 2
    assert counter.row(tables.order)["total"] == 200
    head = counter.row(tables.observation_head)
    assert (head["sequence"], head["last_sequence"]) == (1, 2)


def test_versions_without_a_change_time_follow_each_other_as_they_arrive(counter: Counter) -> None:
    counter.land(order(changed=None, total=1))
    counter.land(order(changed=None, total=2))
    assert counter.row(tables.order)["total"] == 2


def test_a_product_lands_with_its_categories_and_attributes(counter: Counter) -> None:
    counter.land(product(attributes={"Size": ("S", "M")}))
    row = counter.row(tables.product)
    assert (row["categories"], row["attributes"]) == (["Drinks"], {"Size": ["S", "M"]})


def test_an_object_that_is_gone_keeps_its_row_as_gone(counter: Counter) -> None:
    counter.land(order(), product(), refund(), customer())
    for kind, key, table in (
        (Kind.ORDER, "1", tables.order),
        (Kind.PRODUCT, "50", tables.product),
        (Kind.REFUND, "90", tables.refund),
        (Kind.CUSTOMER, "7", tables.account),
    ):
        assert counter.bury(kind, key, now=day(1)) == 1
        assert counter.bury(kind, key, now=day(2)) == 0
        assert counter.row(table, id=f"{counter.shop.id}:{key}")["gone"] is True


def test_a_stale_payload_does_not_bring_a_gone_object_back(counter: Counter) -> None:
    counter.land(order(changed=1))
    counter.bury(Kind.ORDER, "1", now=day(5))
    assert counter.land(order(changed=2)).stale == 1
    assert counter.row(tables.order)["gone"] is True
    assert counter.row(tables.order)["changed_at"] == day(2)


def test_a_payload_that_changed_after_the_tombstone_brings_the_object_back(counter: Counter) -> None:
    counter.land(order(changed=1))
    counter.bury(Kind.ORDER, "1", now=day(5))
    assert counter.land(order(changed=6)).changed == 1
    assert counter.row(tables.order)["gone"] is False


def test_reading_a_gone_object_directly_brings_it_back_whatever_its_change_time(counter: Counter) -> None:
    counter.land(order(changed=1))
    counter.bury(Kind.ORDER, "1", now=day(5))
    assert counter.land(order(changed=1), via="read", now=day(6)).changed == 1
    assert counter.row(tables.order)["gone"] is False
    assert counter.row(tables.observation_head)["version_at"] == day(6)


def test_what_is_no_business_of_ours_is_observed_only(counter: Counter) -> None:
    assert counter.land(skipped(Kind.ORDER, "1", 0)).new == 1
    assert len(counter.rows(tables.observation)) == 1
    assert counter.rows(tables.order) == []
    assert counter.land(skipped(Kind.ORDER, "1", 0)).unchanged == 1


def test_an_order_that_becomes_no_business_of_ours_is_gone(counter: Counter) -> None:
    counter.land(order(changed=1))
    counter.land(skipped(Kind.ORDER, "1", 2))
    assert counter.row(tables.order)["gone"] is True


def test_a_payload_that_cannot_be_mapped_lands_and_goes_to_the_dead_letters(counter: Counter) -> None:
    counter.land(order(changed=1, total=100))
    landed = counter.land(unmappable(Kind.ORDER, "1", 2), order("2"), now=day(2))
    assert (landed.new, landed.changed, landed.dead) == (1, 1, 1)
    with counter.store.read() as connection:
        (letter,) = dead_letters(connection, shop_id=counter.shop.id)
    assert (letter.kind, letter.external_id, letter.path, letter.attempts) == ("order", "1", "total", 1)
    assert (letter.failure, letter.first_at) == ("permanent", day(2))
    assert counter.row(tables.order, external_id="1")["total"] == 100


def test_a_good_version_clears_the_dead_letter(counter: Counter) -> None:
    counter.land(unmappable(Kind.ORDER, "1", 1))
    counter.land(order(changed=2))
    assert counter.rows(tables.dead_letter) == []


def test_a_stale_version_that_cannot_be_mapped_makes_no_dead_letter(counter: Counter) -> None:
    counter.land(order(changed=2))
    counter.land(unmappable(Kind.ORDER, "1", 1))
    assert counter.rows(tables.dead_letter) == []


def test_the_newest_version_that_maps_is_shown_below_one_that_does_not(counter: Counter) -> None:
    counter.land(unmappable(Kind.ORDER, "1", 3))
    counter.land(order(changed=2, total=200))
    counter.land(order(changed=1, total=100))
    assert counter.row(tables.order)["total"] == 200
    assert len(counter.rows(tables.dead_letter)) == 1


def test_the_same_payload_maps_once_its_translation_is_mended(counter: Counter) -> None:
    broken = unmappable(Kind.ORDER, "1", 1)
    counter.land(broken)
    with counter.store.read() as connection:
        head = read_heads(connection, counter.shop.id, Kind.ORDER, ["1"])["1"]
    assert not head.covers(broken.digest)
    mended = order(changed=1)
    again = type(mended)(Kind.ORDER, "1", day(1), broken.digest, broken.payload, mended.mapped)
    assert counter.land(again).changed == 1
    assert counter.rows(tables.dead_letter) == []
    assert len(counter.rows(tables.observation)) == 1
    assert counter.row(tables.order)["total"] == 1_200


def test_retrying_by_a_direct_read_counts_attempts_and_seeing_it_again_on_a_page_does_not(
    counter: Counter,
) -> None:
    for via in ("history", "changes", "read", "read"):
        assert counter.land(unmappable(Kind.ORDER, "1", 1), via=via, now=day(4)).dead == 1
    assert counter.row(tables.dead_letter)["attempts"] == 3
    assert len(counter.rows(tables.observation)) == 1


def test_a_dropped_dead_letter_stays_dropped_until_a_new_version_arrives(counter: Counter) -> None:
    counter.land(unmappable(Kind.ORDER, "1", 1))
    with counter.store.write() as connection:
        (letter,) = dead_letters(connection)
        assert drop_dead_letters(connection, [letter.id], why="a test order", now=day(1)) == 1
        assert dead_letters(connection) == []
    counter.land(unmappable(Kind.ORDER, "1", 1), via="read")
    assert counter.row(tables.dead_letter)["dropped_why"] == "a test order"
    counter.land(unmappable(Kind.ORDER, "1", 2))
    assert counter.row(tables.dead_letter)["dropped_at"] is None


def test_a_stale_holder_lands_nothing(counter: Counter) -> None:
    with counter.store.write() as connection:
        old = take_lease(connection, "pull:1", owner="a", now=day(0), ttl=timedelta(minutes=1))
        old.release(connection)
        take_lease(connection, "pull:1", owner="b", now=day(0), ttl=timedelta(minutes=1))
    with pytest.raises(LeaseLostError):
        counter.land(order(), lease=old)
    assert counter.rows(tables.observation) == []


def test_a_test_order_is_kept_and_not_bought(counter: Counter) -> None:
    counter.land(order("1"), order("2", is_test=True), order("3", status=OrderStatus.CANCELLED))
    assert [row["bought"] for row in counter.rows(tables.order)] == [True, False, False]


def test_a_changed_order_has_its_new_lines_only(counter: Counter) -> None:
    first = order(changed=1)
    assert isinstance(first.mapped, Order)
    counter.land(first)
    counter.land(order(changed=2, lines=first.mapped.lines[1:]))
    assert [row["id"] for row in counter.rows(tables.order_line)] == [f"{counter.shop.id}:1:2"]


def test_quantities_and_money_come_back_exactly(counter: Counter) -> None:
    counter.land(order())
    line = counter.rows(tables.order_line)[0]
    assert (str(line["quantity"]), line["net"]) == ("1.500", 500)


def test_more_objects_land_at_once_than_a_statement_takes_variables(counter: Counter) -> None:
    page = [order(str(number)) for number in range(1, 2_001)]
    assert counter.land(*page).new == 2_000
    assert counter.land(*page).unchanged == 2_000


def test_an_order_that_was_worked_out_before_lands_as_its_model_does(
    counter: Counter, sqlite_store: Store
) -> None:
    other_counter = open_counter(sqlite_store)
    pages = [
        [order(), order("2", customer_id=None), customer()],
        [order(changed=3, status=OrderStatus.CANCELLED), order("2", changed=-1, customer_id=None)],
    ]
    for page in pages:
        counter.land(*page)
        other_counter.land(*(replace(each, mapped=ready(other_counter, each)) for each in page))
    assert other_counter.parts() == counter.parts()
    assert len(counter.rows(tables.order)) == 2


def ready(counter: Counter, observed: Observed) -> Any:
    """What crosses from a process that works orders out."""
    assert not isinstance(observed.mapped, Placed)
    return pickle.loads(pickle.dumps(prepared(counter.shop, observed.mapped)))
