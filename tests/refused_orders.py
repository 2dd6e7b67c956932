"""Orders on cash on delivery that were refused, written straight into a world's store."""

from datetime import timedelta
from typing import Any

from sqlalchemy import insert, select

from agent_world import World
from regulars_store import tables


def account(world: World, number: int) -> str:
    """The id of a customer's account."""
    return f"{world.shop.id}:{number}"


def refuse_order(world: World, customer: int, *, days: int = 30, underway: int = 9, **changes: Any) -> str:
    """An order on cash on delivery, placed so many days ago, that came back after ``underway`` days."""
    placed = world.clock() - timedelta(days=days)
    texts = dict.fromkeys(("shipping_method",), "")
    amounts = dict.fromkeys(("goods", "goods_tax", "discount", "shipping", "shipping_tax", "total"), 0)
    with world.store.write() as connection:
        number = len(connection.execute(select(tables.order.c.id)).all()) + 70_000
        row: dict[str, Any] = {
            "id": f"{world.shop.id}:{number}",
            "shop_id": world.shop.id,
            "external_id": f"{number}",
            "number": f"{number}",
            "account_id": account(world, customer),
            "status": "cancelled",
            "shop_status": "cancelled",
            "bought": False,
            "currency": "UAH",
            "placed_at": placed,
            "changed_at": placed + timedelta(days=underway),
            "payment_method": "cod",
            "coupon_codes": [],
            "source": {},
            "contact": {},
            **texts,
            **amounts,
        }
        connection.execute(insert(tables.order).values({**row, **changes}))
    return str(row["id"])
