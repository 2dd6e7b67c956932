"""Who registered in the shop, and when."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from random import Random

from regulars_sandbox._history import ShopAddress, ShopCustomer

from ._forms import account_form
from ._people import Kind, Person

__all__ = ["Account", "numbered", "open_accounts"]


@dataclass(frozen=True, slots=True)
class Account:
    """Whose an account is (index into the people) and the record; its id is 0 until :func:`numbered`."""

    person: int
    customer: ShopCustomer


def open_accounts(
    rng: Random,
    people: Sequence[Person],
    visits: Sequence[Sequence[datetime]],
    *,
    opened: datetime,
    now: datetime,
    share: float,
) -> list[Account]:
    """Accounts of about ``share`` of the buyers and of everybody who never bought.

    ``visits`` holds each person's order times, oldest first.  A twelfth were imported in one second
    before the shop ``opened`` and never saved since.  Mailboxes of several people have no account: a
    platform would refuse the second one.
    """
    usernames: dict[str, int] = {}
    accounts = []
    for index, (person, times) in enumerate(zip(people, visits, strict=True)):
        wanted = rng.random() < share or not times
        if not wanted or person.kind in {Kind.ROLE, Kind.TESTER}:
            continue
        imported = rng.random() < 0.08
        created = opened - timedelta(days=20) if imported else _created(rng, times, opened, now)
        customer = _customer(rng, person, created, usernames)
        modified = None if imported else min(now, max(created, times[0] if times else created))
        accounts.append(Account(index, replace(customer, modified=modified)))
    return accounts


def numbered(accounts: Sequence[Account]) -> list[Account]:
    """The accounts by age, with ids from 2 (1 is the shop's own administrator)."""
    by_age = sorted(accounts, key=lambda account: (account.customer.created, account.person))
    return [
        replace(account, customer=replace(account.customer, id=number))
        for number, account in enumerate(by_age, 2)
    ]


def _created(rng: Random, times: Sequence[datetime], opened: datetime, now: datetime) -> datetime:
    if not times:
        return opened + timedelta(seconds=rng.randrange(int((now - opened).total_seconds())))
    draw = rng.random()
    if draw < 0.15:
        return times[0] - timedelta(seconds=rng.randrange(3600, 40 * 86400))
    at = times[rng.randrange(len(times))] if draw < 0.35 else times[0]
    return at - timedelta(seconds=rng.randrange(1, 600))


def _customer(rng: Random, person: Person, created: datetime, usernames: dict[str, int]) -> ShopCustomer:
    billing = account_form(person, rng)
    username = person.email.partition("@")[0]
    seen = usernames.get(username, 0)
    usernames[username] = seen + 1
    return ShopCustomer(
        id=0,
        email=billing.email,
        created=created,
        modified=created,
        first_name=person.first_name,
        last_name=person.last_name,
        username=f"{username}-{seen + 1}" if seen else username,
        billing=billing,
        shipping=ShopAddress() if rng.random() < 0.5 else replace(billing, email="", phone=""),
        meta=(("birthday", person.born.isoformat()),) if rng.random() < 0.3 else (),
    )
