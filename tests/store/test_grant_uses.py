"""How grants were used, as the orders say that land."""

from datetime import datetime
from typing import Any

import pytest
from sqlalchemy import event, insert, update

from regulars_mapping import Kind, OrderStatus
from regulars_store import find_persons, tables
from regulars_store._grants import expire_grants, grants_of, grants_with_code, state_of
from shop_objects import Counter, customer, day, order

CODE = "reg-7kqm2xwz4abc"


@pytest.fixture
def shop(counter: Counter) -> Counter:
    """A shop with a customer who is a person."""
    counter.land(customer("7"), customer("8"))
    with counter.store.write() as connection:
        for number in "78":
            mine = update(tables.account).where(tables.account.c.external_id == number)
            connection.execute(mine.values(person_id=f"person {number}"))
    counter.forget_marks()
    return counter


def give(shop: Counter, grant_id: str = "one", at: float = 1, **changes: Any) -> None:
    row = {
        "id": grant_id,
        "account_id": f"{shop.shop.id}:7",
        "shop_id": shop.shop.id,
        "programme_key": "birthday",
        "programme_version": 1,
        "code": CODE,
        "percent": 1000,
        "state": "given",
        "given_at": day(at),
        "orders": 1,
    }
    with shop.store.write() as connection:
        connection.execute(insert(tables.grant), [{**row, **changes}])


def _person(person_id: str) -> dict[str, Any]:
    texts = ("given_name", "family_name", "name_folded", "name_skeleton", "email", "phone")
    row = {"id": person_id, "anchor": "1:1", "sources": {}, "missing": [], "accounts": 1}
    return {**row, **dict.fromkeys(texts, "")}


def uses(shop: Counter) -> list[tuple[str, str, datetime, int | None]]:
    found = shop.rows(tables.grant_use)
    return sorted((each["grant_id"], each["order_id"], each["at"], each["discount"]) for each in found)


def state(shop: Counter, at: float = 9) -> list[str]:
    with shop.store.read() as connection:
        rows = grants_of(connection, [f"{shop.shop.id}:7"])
    used = {use.order_id for row in rows for use in row["uses"]}
    return [state_of(row, len(used), now=day(at)) for row in rows]


def bought(changed: float = 3, *codes: str, **changes: Any) -> Any:
    given = {"placed_at": day(3), "coupon_codes": codes or (CODE,), "discount": 50_00, **changes}
    return order("1", changed, **given)


def test_an_order_that_names_the_code_uses_it_whoever_placed_it_and_however_it_is_spelled(
    shop: Counter,
) -> None:
    give(shop)
    assert state(shop) == ["given"]
    shop.land(bought(3, CODE.upper(), customer_id="8"))
    assert uses(shop) == [("one", f"{shop.shop.id}:1", day(3), 50_00)]
    assert state(shop) == ["used"]
    assert "person 7" in shop.marks("facts")
    shop.land(bought(4, CODE, "public"))
    assert [use[3] for use in uses(shop)] == [None]


@pytest.mark.parametrize(
    "status", [OrderStatus.CANCELLED, OrderStatus.FAILED, OrderStatus.TRASHED, OrderStatus.DRAFT]
)
def test_an_order_that_came_to_nothing_gives_the_code_back(shop: Counter, status: OrderStatus) -> None:
    give(shop)
    shop.land(bought(3, status=OrderStatus.PENDING))
    assert state(shop) == ["used"]
    shop.forget_marks()
    shop.land(bought(4, status=status))
    assert (uses(shop), state(shop), shop.marks("facts") >= {"person 7"}) == ([], ["given"], True)
    shop.land(bought(5, status=OrderStatus.REFUNDED))
    # The shop counts it all the same.
    assert state(shop) == ["used"]


def test_an_order_that_is_gone_uses_nothing_and_one_that_comes_back_does(shop: Counter) -> None:
    give(shop)
    shop.land(bought())
    shop.bury(Kind.ORDER, "1", now=day(5))
    assert uses(shop) == []
    shop.land(bought(), via="read", now=day(6))
    assert len(uses(shop)) == 1


def test_a_use_is_the_grant_s_that_stood_when_the_order_was_placed_whenever_it_arrives(
    shop: Counter,
) -> None:
    give(shop, "first", 1, state="replaced", withdrawn_at=day(4))
    give(shop, "second", 4)
    give(shop, "third", 6, state="planned")
    give(shop, "another's", 1, code="reg-another", account_id=f"{shop.shop.id}:8")
    shop.land(bought(), order("2", 8, placed_at=day(8), coupon_codes=(CODE,)))
    assert [use[:2] for use in uses(shop)] == [
        ("first", f"{shop.shop.id}:1"),
        ("second", f"{shop.shop.id}:2"),
    ]
    # Both are used: one code is used up once.
    assert state(shop)[1:] == ["used", "used"]


def test_orders_without_codes_cost_no_statement_and_the_shop_s_own_codes_write_nothing(
    shop: Counter,
) -> None:
    give(shop)
    said: list[str] = []
    with shop.store.write() as connection:
        event.listen(connection.engine, "before_cursor_execute", lambda *call: said.append(call[2]))
    shop.land(order("1", 3), order("2", 3))
    assert [one for one in said if "grant" in one] == []
    shop.land(order("3", 3, coupon_codes=("public",)))
    assert len([one for one in said if "grant" in one]) == 1
    assert uses(shop) == []


def test_what_ended_by_itself_is_expired_and_what_was_taken_away_before_is_withdrawn(shop: Counter) -> None:
    give(shop, "ended", 1, valid_until=day(5), state="withdrawn", withdrawn_at=day(6))
    give(shop, "taken", 2, valid_until=day(5), state="withdrawn", withdrawn_at=day(4))
    give(shop, "standing", 3, valid_until=day(5))
    assert state(shop, 4.9) == ["given", "withdrawn", "withdrawn"]
    assert state(shop, 5) == ["expired", "withdrawn", "expired"]
    with shop.store.write() as connection:
        assert (expire_grants(connection, now=day(4.9)), expire_grants(connection, now=day(5))) == (0, 1)
    assert shop.row(tables.grant, id="standing")["state"] == "expired"


def test_a_code_is_found_as_it_is_typed_or_scanned(shop: Counter) -> None:
    give(shop)
    give(shop, "paper", 2, code="spring-2026", programme_key="", kind="by_hand")
    with shop.store.write() as connection:
        for text in (CODE, CODE.upper(), f" {CODE} ", "REG 7KQM 2XWZ 4ABC", "reg7kqm2xwz4abc"):
            assert [row["id"] for row in grants_with_code(connection, text)] == ["one"]
        for text in ("SPRING 2026", "spring2026", "spring-2026"):
            assert [row["id"] for row in grants_with_code(connection, text)] == ["paper"]
        for text in ("", "-", "spring", "reg-"):
            assert grants_with_code(connection, text) == []
        connection.execute(insert(tables.person), [_person("person 7"), _person("person 8")])
        for text in (CODE, "reg7kqm 2xwz4abc"):
            assert [row["id"] for row in find_persons(connection, text)] == ["person 7"]


def test_a_coupon_attached_by_hand_is_used_by_its_person_s_own_orders_in_its_shop(shop: Counter) -> None:
    give(shop, "paper", 2, code="spring", programme_key="", kind="by_hand", orders=None)
    shop.land(
        order("1", 3, customer_id="7", coupon_codes=("SPRING", "other")),
        order("2", 3, customer_id="8", coupon_codes=("spring",)),
        order("3", 3, customer_id="7", coupon_codes=("other",)),
        order("4", 3, customer_id="7", coupon_codes=("spring",), status=OrderStatus.CANCELLED),
    )
    with shop.store.read() as connection:
        (row,) = grants_of(connection, [f"{shop.shop.id}:7"])
    assert [use.order_id for use in row["uses"]] == [f"{shop.shop.id}:1"]
    assert (uses(shop), state(shop)) == ([], ["given"])
