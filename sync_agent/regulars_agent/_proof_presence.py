"""Accounts that must have an offer and have none, and offers that are held back for want of no rate.

Said only of what needs no look at audiences, budgets and uses; docs/reference/proofs.md says how far it goes.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from hashlib import blake2b
from typing import Any

from sqlalchemy import select

import regulars_marketing as marketing
import regulars_store as store
from regulars_agent._proof_figures import Buyer, Span
from regulars_agent._proof_payloads import Odd
from regulars_agent._proof_subject import Ground, Person
from regulars_marketing import StoredProgramme, zone_named
from regulars_marketing._accounts import connected_shops, offered_to

order = store.tables.order


def is_held_out(share: int, key: str, accounts: Collection[str]) -> bool:
    """Whether somebody with these accounts is of the share in a hundred that gets nothing of a programme."""
    parts = (blake2b(f"{key} {each}".encode(), digest_size=8).digest() for each in accounts if share)
    return any(int.from_bytes(part, "big") % 100 < share for part in parts)


@dataclass(frozen=True)
class Presence:
    """Knows the programmes that are on. ``last_for_all``: when everybody was computed for time's sake."""

    ground: Ground
    last_for_all: datetime | None

    @cached_property
    def _on(self) -> list[StoredProgramme]:
        return [each for each in marketing.programmes(self.ground.connection) if each.enabled]

    @cached_property
    def _obliging(self) -> list[StoredProgramme]:
        """Those that give an offer, be it of nothing yet, to whoever they are for."""
        return [each for each in self._on if _is_plain(each.programme)]

    @property
    def obliges(self) -> bool:
        """Whether anybody must have an offer."""
        return bool(self._obliging)

    def missing(self, person: Person, rows: Sequence[Mapping[str, Any]]) -> Iterator[tuple[str, Odd]]:
        """By account where a person has no offer and must have one; ``rows`` are those that they have."""
        present = {row["id"] for row in rows}
        for account_id, mine in person.accounts.items():
            shop = self.ground.shops.get(mine["shop_id"])
            if account_id in present or shop is None or mine["external_id"].startswith("guest-"):
                continue
            for each in self._obliging:
                if self._is_due(each, mine, shop, person, alone=not present):
                    yield account_id, Odd(f"shop {shop.name}", "offer", None, f"one by programme {each.key}")
                    # Of a welcome there is one a person.
                    present.add(account_id)
                    break

    def _is_due(
        self, each: StoredProgramme, mine: Mapping[str, Any], shop: store.Shop, person: Person, *, alone: bool
    ) -> bool:
        """Whether a programme gave it an offer whenever the person may have been computed last."""
        rules, now = each.programme, self.ground.now
        moments = [min(person.since(each.at, self.last_for_all), now), now]
        if rules.bound_to not in {None, shop.currency}:
            return False
        if is_held_out(rules.holdout or 0, each.key, person.accounts):
            return False
        if isinstance(rules, marketing.PersonalProgramme) and not _is_given(rules.account, mine, person):
            return False
        if isinstance(rules, marketing.WelcomeProgramme) and not (alone and self._is_new(mine, person)):
            return False
        return all(
            _stands(rules, shop, moment) and self._may_have(mine, person, moment) for moment in moments
        )

    def _may_have(self, mine: Mapping[str, Any], person: Person, moment: datetime) -> bool:
        """Whether the person is neither stopped nor archived nor erased then."""
        connection = self.ground.connection
        found = offered_to(connection, [person.id], connected_shops(connection), now=moment)
        return any(each.id == mine["id"] for each in found.get(person.id, ()))

    def _is_new(self, mine: Mapping[str, Any], person: Person) -> bool:
        """Whether it is known to be its owner's, who never placed an order, bought or not."""
        orders = select(order.c.id).where(order.c.account_id.in_(list(person.accounts))).limit(1)
        return person.scope(mine) == "person" and self.ground.connection.execute(orders).first() is None

    def lacks_a_rate(self, mine: Mapping[str, Any], shop: store.Shop, person: Person) -> bool:
        """Whether a programme that goes by sums cannot tell those of an account for want of a rate."""
        now = self.ground.now
        buyer = person.buyer(mine, shop, Span(now, now), person.scope(mine))
        return any(_lacks(each.programme, buyer) for each in self._on)


def _stands(rules: marketing.Programme, shop: store.Shop, moment: datetime) -> bool:
    """Whether it gives something in a shop at a moment, of a season on that day."""
    if isinstance(rules, marketing.SeasonalProgramme):
        day = moment.astimezone(zone_named(shop.zone)).date()
        if not rules.first_day <= day <= rules.last_day:
            return False
    return rules.stands(shop=shop.name, now=moment)


def _is_plain(rules: marketing.Programme) -> bool:
    """Whether it is neither for some only, nor bounded, nor ever used up while nothing was ordered."""
    if rules.audience is not None or rules.budget is not None:
        return False
    if isinstance(rules, marketing.WelcomeProgramme):
        return True
    plain = marketing.TierProgramme | marketing.SeasonalProgramme | marketing.PersonalProgramme
    return isinstance(rules, plain) and rules.orders is None


def _is_given(named: str, mine: Mapping[str, Any], person: Person) -> bool:
    return named == mine["id"] or (named in person.accounts and person.scope(mine) == "person")


def _lacks(rules: marketing.Programme, buyer: Buyer) -> bool:
    if isinstance(rules, marketing.TierProgramme):
        return None in buyer.told(rules.currency).by_currency().values()
    if isinstance(rules, marketing.WholesaleProgramme):
        main = buyer.money.currency
        return main != rules.currency or not buyer.told(main or "").complete()
    return False
