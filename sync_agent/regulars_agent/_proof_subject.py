"""Whom an offer is checked for: one person, by what the shops sent and what people wrote."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any

from sqlalchemy import Connection, select

import regulars_store as store
from regulars_agent._money import money_rules
from regulars_agent._proof_figures import Buyer, Span, Stood
from regulars_agent._proof_payloads import Bought, Newest, Odd, Payloads
from regulars_agent._proof_sums import DayRates
from regulars_agent._workspace import Workspace
from regulars_mapping import Customer, anchor_of, fold_email
from regulars_marketing import MoneyRules, zone_named

standing = store.tables.tier_standing


@dataclass(frozen=True)
class Ground:
    """What everybody's check stands on, within one snapshot of the store."""

    connection: Connection
    workspace: Workspace
    payloads: Payloads

    @cached_property
    def now(self) -> datetime:
        """The moment of the check."""
        return self.workspace.clock()

    @cached_property
    def money(self) -> MoneyRules:
        """How money is counted here."""
        return money_rules(self.workspace, self.connection)

    @cached_property
    def rates(self) -> DayRates:
        """What currencies were worth."""
        return DayRates(self.connection)

    @cached_property
    def shops(self) -> Mapping[int, store.Shop]:
        """The connected shops by id."""
        return {shop.id: shop for shop in store.shops(self.connection)}

    def rows(self, table: Any, column: Any, value: str) -> list[dict[str, Any]]:
        """The rows of a table that have this value, by id."""
        query = select(table).where(column == value).order_by(table.c.id)
        return [dict(row) for row in self.connection.execute(query).mappings()]


@dataclass(frozen=True)
class Person:
    """One person by what the shops sent and what people wrote."""

    ground: Ground
    id: str
    accounts: Mapping[str, Mapping[str, Any]]
    bought: Mapping[str, Bought]
    customers: Mapping[str, Newest]

    @classmethod
    def read(cls, ground: Ground, person_id: str, rows: Sequence[Mapping[str, Any]]) -> "Person":
        """Read the payloads of all of the person's accounts."""
        customers = {}
        for row in rows:
            if not row["external_id"].startswith("guest-"):
                newest = ground.payloads.customer(row["shop_id"], row["external_id"])
                if newest is not None:
                    customers[row["id"]] = newest
        bought = {row["id"]: ground.payloads.bought(row["id"]) for row in rows}
        return cls(ground, person_id, {row["id"]: row for row in rows}, bought, customers)

    def rows_odd(self) -> Iterator[tuple[str, Odd]]:
        """By account where orders, refunds and accounts are not in the store as the shops sent them."""
        for account_id, bought in self.bought.items():
            yield from ((account_id, odd) for odd in bought.odd)
        for account_id, newest in self.customers.items():
            if newest.gone:
                yield account_id, Odd("account", "state", "there", "gone")

    def since(self, *moments: datetime | None) -> datetime:
        """The earliest moment at which the offers may have been computed."""
        heard = [each.seen_at for each in self.bought.values()]
        return max(moment for moment in (*moments, *heard) if moment is not None)

    def scope(self, row: Mapping[str, Any]) -> str:
        """Whose purchases count for an account: the person's where its ownership is known."""
        newest, shop = self.customers.get(row["id"]), self.ground.shops.get(row["shop_id"])
        model = newest.model if newest else None
        email = row["email_folded"]
        if isinstance(model, Customer):
            email = fold_email(model.contact.email)
            if model.email_verified:
                return "person"
        proven = any(
            each["void_since"] is None and each["email_folded"] == email
            for each in store.proofs_of(self.ground.connection, [row["id"]])
        )
        vouched = shop is not None and shop.options.get("checks_emails") == "yes"
        return "person" if proven or vouched else "account"

    @cached_property
    def _by_hand(self) -> dict[str, Any]:
        """Each field that was written by hand, as it was written last."""
        edits = store.edits_about(self.ground.connection, list(self.accounts))
        all_of_them = sorted(
            (edit for some in edits.values() for edit in some),
            key=lambda edit: (edit.at, anchor_of(edit.account), edit.id),
        )
        return {edit.field: edit.value for edit in all_of_them}

    def buyer(self, row: Mapping[str, Any], shop: store.Shop, span: Span, scope: str) -> Buyer:
        """The person as one of their accounts' offers is for them."""
        return Buyer(
            account=row["id"],
            registered=not row["external_id"].startswith("guest-"),
            scope=scope,
            own=self.bought[row["id"]].purchases,
            all_of_them=[each for bought in self.bought.values() for each in bought.purchases],
            accounts=frozenset(self.accounts),
            birth_date=self._by_hand.get("birth_date") or "",
            kind=self._by_hand.get("kind") or "person",
            stood=self._stood(row["id"], scope),
            zone=zone_named(shop.zone),
            span=span,
            money=self.ground.money,
            rates=self.ground.rates,
        )

    def _stood(self, account_id: str, scope: str) -> list[Stood]:
        """The tiers that are noted for the offer of an account: of all the person's accounts with what shops
        merged into them, or the account's own by what it bought itself."""
        mine = list(self.accounts) if scope == "person" else [account_id]
        wanted = [*mine, *store.merged_from(self.ground.connection, mine)]
        query = select(standing).where(standing.c.account_id.in_(wanted))
        return [
            Stood(row.programme_key, row.level, row.lost_at)
            for row in self.ground.connection.execute(query)
            if scope == "person" or row.scope == "account"
        ]
