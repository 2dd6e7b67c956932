"""Rows of the profile of invented persons, written straight into the table."""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import delete, insert

from regulars_marketing._money import MoneyRules
from regulars_store import Store, tables

NOW = datetime(2026, 6, 1, 12, tzinfo=UTC)
MONEY = MoneyRules("UAH", ZoneInfo("Europe/Kyiv"))
_LISTS = ("shops", "labels", "categories")


def profile(person_id: str, **values: Any) -> dict[str, Any]:
    """Somebody of whom nothing is known but this: who never bought, and whose record lacks nothing."""
    row: dict[str, Any] = dict.fromkeys(each.name for each in tables.person_profile.c)
    row |= dict.fromkeys(("orders", "orders_365d", "returned_orders", "refused_cod"), 0)
    row |= {name: [] for name in _LISTS} | {"properties": {}, "stopped": False}
    row |= {"frequency": "none", "kind": "person", "status": "entered", "currency": "UAH"}
    return row | values | {"person_id": person_id}


def put_profiles(store: Store, rows: Iterable[Mapping[str, Any]]) -> None:
    """Write these profiles in place of those of the same persons."""
    written = list(rows)
    table = tables.person_profile
    with store.write() as connection:
        ids = [row["person_id"] for row in written]
        connection.execute(delete(table).where(table.c.person_id.in_(ids)))
        connection.execute(insert(table), written)
