"""Offers put into the store by hand, for what only reads them."""

from typing import Any

from sqlalchemy import insert, select

from regulars_store import Store, tables


def give_offer(store: Store, account: str, percent: int = 700, **changes: Any) -> None:
    """An account's offer, in hundredths of a percent; by its own purchases, unless ``scope`` is given."""
    with store.write() as connection:
        of_it = select(tables.account).where(tables.account.c.id == account)
        found = connection.execute(of_it).mappings().one()
        row = {
            "id": account,
            "person_id": found["person_id"],
            "shop_id": found["shop_id"],
            "scope": "account",
            "programme_key": "regulars",
            "programme_version": 1,
            "level": "Silver",
            "percent": percent,
            "valid_until": None,
            "proof": {},
            "held": None,
        }
        connection.execute(insert(tables.offer), [row | changes])
