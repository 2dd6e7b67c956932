"""Three customers whose eyes the storefront is looked at with: a newcomer, a beginner and a regular."""

import json
import os
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from sqlalchemy import Connection

import regulars_store as store
from regulars_agent import PersonCard, person_card
from regulars_cli._demo_loop import WELCOME
from regulars_cli._demo_stage import Stage
from regulars_mapping import MisconfiguredError
from regulars_marketing import Proof

FILE = "demo-shoppers.json"
"""In the workspace; the bundled site's storefront page reads it."""
_KEYS = ("one", "two", "three")
_LOOKED_AT = 60


@dataclass(frozen=True, slots=True)
class Shopper:
    """An account of the shop and what it is offered: ``percent`` in hundredths, working in the shop now."""

    key: str
    name: str
    shop: str
    account: str
    person: str
    percent: int
    level: str
    code: str = field(repr=False)
    counted: int
    """What was bought for, in minor units, as the offer counts it."""

    def named(self) -> dict[str, Any]:
        """Who it is."""
        return {"key": self.key, "name": self.name, "shop": self.shop, "account": self.account}

    def shown(self) -> dict[str, Any]:
        """Who it is, and the discount in percent."""
        return {**self.named(), "percent": f"{self.percent / 100:g}", "level": self.level}


@dataclass(frozen=True, slots=True)
class _Candidate:
    account: str
    offering: store.AccountOffering


def choose_shoppers(stage: Stage, shop: store.Shop) -> list[Shopper]:
    """A newcomer with the welcome, a customer on the lowest level, and one on a higher, who buys in both
    shops where there is one. Raises MisconfiguredError where the shop has not three such people."""
    with stage.workspace.store.read() as connection:
        candidates = list(_candidates(connection, shop))
    new = [each for each in candidates if each.offering.level == WELCOME["level"]]
    tiered = [each for each in candidates if each.offering.level != WELCOME["level"]]
    lowest = min((each.offering.percent for each in tiered), default=0)
    low = [each for each in tiered if each.offering.percent == lowest]
    high = [each for each in tiered if each.offering.percent > lowest]
    if not (new and low and high):
        raise MisconfiguredError("Too few different customers to show; give more with --customers.")
    chosen = (new[0], low[0], _best(stage, shop, high))
    return [_shopper(stage, shop, key, each) for key, each in zip(_KEYS, chosen, strict=True)]


def as_they_are_now(stage: Stage, shoppers: list[Shopper]) -> list[Shopper]:
    """The same people with the offers that they have by now."""
    with stage.workspace.store.read() as connection:
        return [_now(connection, shopper) for shopper in shoppers]


def _now(connection: Connection, shopper: Shopper) -> Shopper:
    shop = store.shop_named(connection, shopper.shop)
    found = store.account_offering(connection, shop.id, shopper.account)
    return shopper if found is None else replace(shopper, percent=found.percent, level=found.level)


def write_shoppers(shoppers: list[Shopper], directory: Path) -> None:
    """For the storefront page, which lets one log in as them; for this user's eyes only."""
    place = directory / FILE
    people = [{**shopper.named(), "place_order_url": None} for shopper in shoppers]
    with os.fdopen(os.open(place, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
        json.dump(people, file)


def _candidates(connection: Connection, shop: store.Shop) -> Iterator[_Candidate]:
    """The accounts whose coupon stands in the shop as it was offered, by the shop's own number."""
    standing = {
        target.account_id.partition(":")[2]
        for target in store.standing_targets(connection, shop.id)
        if target.kind == "coupon"
    }
    for account in sorted(standing, key=lambda account: (len(account), account)):
        offering = store.account_offering(connection, shop.id, account)
        if offering is not None and offering.as_offered and offering.percent > 0:
            yield _Candidate(account, offering)


def _best(stage: Stage, shop: store.Shop, high: list[_Candidate]) -> _Candidate:
    """The highest level of those who buy in both shops, else the highest."""
    high = sorted(high, key=lambda each: -each.offering.percent)
    in_both = (each for each in high[:_LOOKED_AT] if len(_shops_of(_card(stage, shop, each))) > 1)
    return next(in_both, high[0])


def _shops_of(card: PersonCard) -> set[int]:
    return {order["shop_id"] for order in card.orders if order["bought"]}


def _card(stage: Stage, shop: store.Shop, candidate: _Candidate) -> PersonCard:
    card = person_card(stage.workspace, f"{shop.id}:{candidate.account}")
    if card is None:
        raise MisconfiguredError("A customer with a discount has no record any more; start the demo again.")
    return card


def _shopper(stage: Stage, shop: store.Shop, key: str, candidate: _Candidate) -> Shopper:
    card, offering = _card(stage, shop, candidate), candidate.offering
    return Shopper(
        key=key,
        name=_name(card),
        shop=shop.name,
        account=candidate.account,
        person=card.person["id"],
        percent=offering.percent,
        level=offering.level,
        code=offering.code,
        counted=Proof.model_validate(offering.proof).counted,
    )


def _name(card: PersonCard) -> str:
    names = (card.person["given_name"], card.person["family_name"])
    return " ".join(filter(None, names)) or str(card.person["email"])
