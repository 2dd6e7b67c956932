"""``bench marketing``: what is known of a million persons with five million orders, in one row each.

``python -m bench._marketing TASK URL PERSONS`` does one part of it in a process of its own.
"""

import argparse
import random
import sys
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from itertools import islice
from typing import Any

from sqlalchemy import func, select

from bench._report import Row
from bench._tasks import Tasks, busy, do_task, figures_of, peak_mb, spread
from regulars_marketing import ProfileRules, compute, write_profiles
from regulars_marketing._money import MoneyRules
from regulars_marketing._segment_check import Evaluation
from regulars_marketing._segment_fields import Catalogue
from regulars_marketing._segment_parse import parse_segment
from regulars_marketing._segment_sql import segment_condition
from regulars_store import Store, add_shop, insert_rows, tables

NOW = datetime(2026, 11, 1, tzinfo=UTC)
_BATCH = 4_000
_ONE_BY_ONE = 300
_GOODS = 2_000
_RULES = ProfileRules(MoneyRules("UAH"))
_PAYMENTS = ("Card", "Накладений платіж", "Card", "PayPal")
_SOURCES: tuple[dict[str, str], ...] = ({}, {"kind": "utm", "source": "google"}, {"kind": "typein"})
_COUNTED = (
    "amount_spent > 1000",
    "amount_spent > 1000 AND last_order_date < -90d AND number_of_orders BETWEEN 3 AND 9",
    "categories CONTAINS 'tea 7'",
)


def add_options(parser: argparse.ArgumentParser) -> None:
    """Options of this benchmark."""
    parser.add_argument("--persons", type=int, default=50_000, help="with five orders each (default 50000)")


def run(given: argparse.Namespace) -> tuple[str, list[Row], list[str], object]:
    """Title, rows, notes and raw figures."""
    kind, figures = figures_of("bench._marketing", _TASKS, given.store, given.persons, profile=given.profile)
    title = f"marketing: {given.persons:,} persons, {figures['orders']:,.0f} orders, {kind}"
    return title, _rows(figures), [], figures


def _rows(figures: dict[str, float]) -> list[Row]:
    return [
        Row("profiles of everybody, written", figures["scratch_seconds"], "s"),
        Row("  of processor time", figures["scratch_busy"], "s"),
        Row("  peak memory", figures["scratch_peak_mb"], "MB"),
        Row("again, nothing changed", figures["again_seconds"], "s"),
        Row("one profile: p50", figures["one_p50"], "ms"),
        Row("  p99", figures["one_p99"], "ms"),
        Row("facts, profile and offers of one: p50", figures["compute_p50"], "ms"),
        Row("  p99", figures["compute_p99"], "ms"),
        *(Row(f"count: {text}", figures[f"count {text}"], "ms") for text in _COUNTED),
    ]


def fill(store: Store, persons: int) -> dict[str, float]:
    """One shop's goods, and people with five orders each on the average."""
    store.upgrade()
    with store.write() as connection:
        add_shop(
            connection, name="shop", platform="bench", url="https://shop.example.com", options={}, now=NOW
        )
        goods = [_product(number) for number in range(_GOODS)]
        insert_rows(connection, tables.product, goods)
        insert_rows(connection, tables.product_category, [_category(row) for row in goods])
    drawn, orders = _people(persons), 0
    while some := list(islice(drawn, _BATCH)):
        with store.write() as connection:
            for table in (tables.person, tables.account, tables.address, tables.order):
                rows = [row for one in some for row in one[table.name]]
                insert_rows(connection, table, rows)
            orders += len(rows)
            for table in (tables.order_line, tables.refund):
                insert_rows(connection, table, [row for one in some for row in one[table.name]])
    return {"orders": orders}


def _product(number: int) -> dict[str, Any]:
    return {
        "id": f"1:{number}", "shop_id": 1, "external_id": f"{number}", "name": f"Tea {number}", "sku": "",
        "sku_folded": "", "status": "publish", "price": 100, "categories": [], "attributes": {},
        "changed_at": None, "gone": False,
    }  # fmt: skip


def _category(row: dict[str, Any]) -> dict[str, Any]:
    name = f"tea {int(row['external_id']) % 50}"
    return {"product_id": row["id"], "external_id": name, "shop_id": 1, "name": name, "name_folded": name}


def _people(number: int) -> Iterator[dict[str, list[dict[str, Any]]]]:
    draw = random.Random(1)
    for at in range(number):
        # As ids are: in no order in which orders came.
        person, account = f"p{at * 7_919 % 10_000_019:08d}", f"1:{at}"
        orders = [_order(draw, account, f"1:{at}-{nth}") for nth in range(draw.randint(1, 9))]
        yield {
            "person": [_person(person, account)],
            "account": [_account(person, account)],
            "address": [_address(draw, account)],
            "order": orders,
            "order_line": [_line(draw, order) for order in orders],
            "refund": [_refund(order) for order in orders if draw.random() < 0.03],
        }


def _person(person: str, account: str) -> dict[str, Any]:
    empty = ("given_name", "family_name", "name_folded", "name_skeleton", "email", "phone")
    return {"id": person, "anchor": account, "sources": {}, "accounts": 1, **dict.fromkeys(empty, "")} | {
        "birth_date": "1990-05-17", "gender": "f", "language": "uk", "missing": [],
    }  # fmt: skip


def _account(person: str, account: str) -> dict[str, Any]:
    empty = ("phone", "phone_e164", "given_name", "family_name", "name_folded", "company", "country", "role")
    return {
        "id": account, "shop_id": 1, "external_id": account[2:], "registered": True, "labels": {},
        "email": f"{person}@example.com", "email_folded": f"{person}@example.com", "version_at": NOW,
        "version_sequence": 1, "person_id": person, **dict.fromkeys(empty, ""),
    }  # fmt: skip


def _address(draw: random.Random, account: str) -> dict[str, Any]:
    empty = ("given_name", "family_name", "company", "line1", "line2", "postcode", "phone")
    place = {"city": f"Town {draw.randrange(500)}", "region": f"Area {draw.randrange(24)}", "country": "UA"}
    return {"id": f"{account}:a", "account_id": account, **place, **dict.fromkeys(empty, "")}


def _order(draw: random.Random, account: str, id_: str) -> dict[str, Any]:
    goods, discount = draw.randrange(1_00, 2_000_00), draw.choice((0, 0, 50_00))
    placed = NOW - timedelta(seconds=draw.randrange(4 * 365 * 86_400))
    status = draw.choices(("completed", "processing", "cancelled"), (90, 4, 6))[0]
    return {
        "id": id_, "shop_id": 1, "external_id": id_[2:], "number": id_[2:], "account_id": account,
        "status": status, "shop_status": status, "bought": status != "cancelled", "currency": "UAH",
        "placed_at": placed, "changed_at": placed + timedelta(days=3), "paid_at": placed,
        "completed_at": None, "goods": goods, "goods_tax": 0, "discount": discount, "shipping": 50_00,
        "shipping_tax": 0, "total": goods + 50_00, "payment_method": draw.choice(_PAYMENTS),
        "shipping_method": "Нова пошта", "coupon_codes": [], "source": draw.choice(_SOURCES),
        "contact": {}, "delivery_address_id": f"{account}:a",
    }  # fmt: skip


def _line(draw: random.Random, order: dict[str, Any]) -> dict[str, Any]:
    return {
        "id": f"{order['id']}:1", "order_id": order["id"], "product_id": f"1:{draw.randrange(_GOODS)}",
        "variant_id": "", "sku": "", "name": "Tea", "quantity": Decimal(1), "gross": order["goods"],
        "net": order["goods"], "tax": 0, "options": {},
    }  # fmt: skip


def _refund(order: dict[str, Any]) -> dict[str, Any]:
    return {
        "id": f"{order['id']}-r", "shop_id": 1, "external_id": f"{order['id'][2:]}-r",
        "order_id": order["id"], "refunded_at": order["placed_at"] + timedelta(days=9),
        "amount": order["goods"] // 2, "goods": None, "reason": "",
    }  # fmt: skip


def scratch(store: Store, _: int) -> dict[str, float]:
    """Everybody, written."""
    started, before = time.perf_counter(), busy()
    with store.write() as connection:
        write_profiles(connection, None, now=NOW, rules=_RULES)
    return {
        "scratch_seconds": time.perf_counter() - started,
        "scratch_busy": busy() - before,
        "scratch_peak_mb": peak_mb(),
    }


def again(store: Store, _: int) -> dict[str, float]:
    """Everybody once more, when nothing has changed."""
    started = time.perf_counter()
    with store.write() as connection:
        write_profiles(connection, None, now=NOW, rules=_RULES)
    return {"again_seconds": time.perf_counter() - started}


def one(store: Store, persons: int) -> dict[str, float]:
    """One dirty person at a time, after an order more."""
    draw = random.Random(2)
    profiles: list[float] = []
    whole: list[float] = []
    for number in range(2 * _ONE_BY_ONE):
        at = draw.randrange(persons)
        person, order = f"p{at * 7_919 % 10_000_019:08d}", _order(draw, f"1:{at}", f"1:more-{number}")
        with store.write() as connection:
            insert_rows(connection, tables.order, [order])
            started = time.perf_counter()
            if number % 2:
                write_profiles(connection, [person], now=NOW, rules=_RULES)
            else:
                compute(connection, [person], now=NOW, profiles=_RULES)
            (profiles if number % 2 else whole).append(time.perf_counter() - started)
    return spread("one", profiles) | spread("compute", whole)


def counts(store: Store, _: int) -> dict[str, float]:
    """Segments counted, each the third time."""
    evaluation, profile, found = Evaluation(NOW.date(), UTC, "UAH"), tables.person_profile, {}
    with store.read() as connection:
        for text in _COUNTED:
            condition = segment_condition(parse_segment(text, Catalogue()), profile, evaluation)
            for _ in range(3):
                started = time.perf_counter()
                connection.scalar(select(func.count()).select_from(profile).where(condition))
                found[f"count {text}"] = 1_000 * (time.perf_counter() - started)
    return found


_TASKS: Tasks = {"fill": fill, "scratch": scratch, "again": again, "one": one, "counts": counts}


if __name__ == "__main__":
    do_task("bench._marketing", _TASKS, sys.argv[1:])
