"""From a seed to a shop."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from random import Random
from typing import Final
from zoneinfo import ZoneInfo

from ._chance import stream
from ._people import Kind, Person, make_people
from ._purchases import order_counts, purchases
from ._shop import Population, dress, people_for_second_shop

__all__ = ["generate"]

# Who registered and never bought.
_IDLE_SHARE: Final = 0.04


def generate(
    *,
    seed: int,
    customers: int,
    orders: int | None = None,
    now: datetime,
    currency: str = "UAH",
    zone: str = "Europe/Kyiv",
    second_shop_share: float = 0.2,
    beside: Population | None = None,
) -> Population:
    """A shop of ``customers`` people over the two years that end the day before ``now``.

    ``orders`` sets their number exactly; None leaves it to the purchase process (about three a buyer).
    ``now`` is aware; ``currency`` one of UAH, EUR, USD, GBP, PLN, CZK; ``zone`` an IANA name whose day
    the orders follow. The same arguments give the same shop on every Python, whatever the hash seed.

    With ``beside`` the shop is a second one: its first people are those of the other shop who are in
    both, with the numbers they have there; all others are new, with numbers, e-mails and phones that the
    other has not.

    Raises ValueError for a naive ``now``, a share outside 0 to 1, fewer than one customer, negative
    orders, an unknown currency or zone.
    """
    _check(customers, orders, now, second_shop_share)
    people = _people(seed, customers, second_shop_share, beside)
    place = ZoneInfo(zone)
    chance = stream(seed, "purchases")
    counts = _counts(chance, people, orders)
    bought = list(purchases(chance, counts, now=now, zone=place))
    return dress(people, bought, seed=seed, now=now, currency=currency, zone=zone)


def _check(customers: int, orders: int | None, now: datetime, share: float) -> None:
    if now.tzinfo is None:
        raise ValueError("`now` has no time zone: give an aware datetime.")
    if customers < 1 or (orders is not None and orders < 0):
        raise ValueError("A shop needs at least one customer, and no fewer than zero orders.")
    if not 0 <= share <= 1:
        raise ValueError("`second_shop_share` is a share: give a number from 0 to 1.")


def _people(seed: int, customers: int, share: float, beside: Population | None) -> tuple[Person, ...]:
    rng = stream(seed, "people")
    if beside is None:
        return make_people(rng, customers, second_shop_share=share)
    known = tuple(_as_known_elsewhere(person, rng) for person in people_for_second_shop(beside)[:customers])
    first = 1 + max(person.number for person in beside.people)
    missing = customers - len(known)
    return known + make_people(rng, missing, second_shop_share=0, taken=beside.people, first=first)


def _as_known_elsewhere(person: Person, rng: Random) -> Person:
    """The same person where the other mailbox or number is the usual one."""
    if rng.random() < 0.5:
        return person
    return replace(
        person,
        email=person.other_email or person.email,
        other_email=person.email if person.other_email else "",
        phone=person.other_phone or person.phone,
        other_phone=person.phone if person.other_phone else "",
    )


def _counts(rng: Random, people: Sequence[Person], orders: int | None) -> list[int]:
    """Orders a person: none for the idle, the tables' for all others."""
    able = [index for index, person in enumerate(people) if person.kind not in {Kind.ROLE, Kind.TESTER}]
    idle = set(rng.sample(able, round(len(able) * _IDLE_SHARE))) if orders != 0 else set(able)
    buyers = [index for index in range(len(people)) if index not in idle]
    counts = [0] * len(people)
    for index, count in zip(buyers, order_counts(rng, len(buyers), orders), strict=True):
        counts[index] = count
    return counts
