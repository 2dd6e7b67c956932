"""Shops with shoppers for the storefront: what they bought, what their shops confirmed, and their tokens."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from pydantic import SecretStr
from sqlalchemy import select, update

from purchases import NOW, World
from regulars_store import tables

TEA_KEY = SecretStr("key-of-the-tea-shop-0123456789abcdef0123456789abcdef")
CAKE_KEY = SecretStr("key-of-the-cake-shop-0123456789abcdef0123456789abcdef")
ENVIRON = {
    "REGULARS_SECRET_TEA_STOREFRONT_KEY": TEA_KEY.get_secret_value(),
    "REGULARS_SECRET_CAKE_STOREFRONT_KEY": CAKE_KEY.get_secret_value(),
}


class FixedClock:
    """The time of the small worlds, and what a test adds to it."""

    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> Any:
        return self.now

    def forward(self, **span: float) -> None:
        self.now += timedelta(**span)


@dataclass
class ShoppingWorld(World):
    """A world with the shops tea (1) and cake (2) and the three tiers; accounts are external ids."""

    def shopper(self, person: str, *amounts: int, shop: int = 1) -> str:
        """An account of a person who bought for these amounts; what follows from it is computed."""
        account = self.account(person, shop=shop)
        for amount in amounts:
            self.order(account, amount)
        self.compute(person)
        return account.partition(":")[2]

    def granted(
        self,
        account: str,
        percent: int,
        *,
        amount: int | None = None,
        version: int = 1,
        shop: int = 1,
        state: str = "given",
        stands: bool = True,
    ) -> str:
        """Gives the account a code of so many hundredths, or an amount in hryvnias' cents, by a version of
        the programme; ``stands``: the shop has confirmed the coupon."""
        code = f"reg-{shop}-{account}"
        row = {"id": f"{code}-{state}", "account_id": f"{shop}:{account}", "shop_id": shop, "code": code}
        row |= {"programme_key": "regulars", "programme_version": version, "state": state}
        row |= {"percent": percent, "amount": amount, "currency": "UAH" if amount else None}
        self._insert(tables.grant, **row, given_at=NOW)
        if stands:
            self.standing(account, "coupon", code, shop=shop)
        return code

    def standing(self, account: str, kind: str, key: str, *, shop: int = 1) -> None:
        """The shop has confirmed something of the account's."""
        row = {"shop_id": shop, "target_kind": kind, "target_key": key, "account_id": f"{shop}:{account}"}
        self._insert(tables.push_state, **row, document={}, confirmed_at=NOW)

    def regular(self, person: str, amount: int, percent: int, *, shop: int = 1) -> str:
        """A shopper whose discount works in the shop."""
        account = self.shopper(person, amount, shop=shop)
        self.granted(account, percent, shop=shop)
        return account

    def set_options(self, shop: int, **options: str) -> None:
        """The owner sets options of a shop."""
        with self.store.write() as connection:
            connection.execute(update(tables.shop).where(tables.shop.c.id == shop).values(options=options))

    def name_level(self, account: str, level: str, *, shop: int = 1) -> None:
        """Puts a text of a stranger's into an account's offer."""
        owner = select(tables.account.c.person_id).where(tables.account.c.id == f"{shop}:{account}")
        of_it = tables.offer.c.person_id == owner.scalar_subquery()
        with self.store.write() as connection:
            connection.execute(update(tables.offer).where(of_it).values(level=level))


def shopping_world(store: Any) -> ShoppingWorld:
    """The world, in an empty store."""
    made = ShoppingWorld(store)
    made.shop(1, "tea")
    made.shop(2, "cake")
    made.programme()
    return made
