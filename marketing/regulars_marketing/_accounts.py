"""The accounts that offers are made to."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from operator import attrgetter
from typing import NamedTuple
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, func, select

from regulars_mapping import ownership
from regulars_marketing._proof import Scope
from regulars_marketing._zone import zone_named
from regulars_store import checks_emails, erasing, is_proven, is_stopped, stopped_by_gone, tables
from regulars_store._asking import Asking, among_ids, parameter
from regulars_store._types import UtcDateTime

account, offer, person, shop = tables.account, tables.offer, tables.person, tables.shop
_MOMENT = parameter("moment", UtcDateTime())
_OFFERED = Asking(
    select(
        *(account.c[name] for name in ("id", "person_id", "shop_id", "registered", "email_verified")),
        is_proven(),
    )
    .outerjoin(person, person.c.id == account.c.person_id)
    .where(
        among_ids(account.c.person_id),
        ~account.c.gone,
        func.coalesce(person.c.status, "") != "archived",
        ~is_stopped(account.c.person_id, _MOMENT),
        ~erasing.is_erased(account.c.person_id),
    )
)
_HAVING = Asking(
    select(account.c.person_id)
    .join_from(offer, account, account.c.id == offer.c.id)
    .where(among_ids(offer.c.person_id), account.c.person_id != offer.c.person_id)
    .distinct()
)
_CONNECTED = select(shop.c.id, shop.c.name, shop.c.currency, shop.c.options, shop.c.zone).where(
    shop.c.removed_at.is_(None)
)


@dataclass(frozen=True, slots=True)
class Shop:
    """What of a connected shop matters here; of an unknown zone it is UTC."""

    id: int
    name: str
    currency: str | None
    checks_emails: bool
    zone: ZoneInfo


class Account(NamedTuple):
    """A live account of a person in a connected shop. ``scope`` says whose purchases count for its offer."""

    id: str
    person_id: str
    shop_id: int
    registered: bool
    scope: Scope


def connected_shops(connection: Connection) -> dict[int, Shop]:
    """The connected shops by id; one statement."""
    rows = connection.execute(_CONNECTED)
    return {
        row.id: Shop(row.id, row.name, row.currency, checks_emails(row.options), zone_named(row.zone))
        for row in rows
    }


def offered_to(
    connection: Connection, person_ids: Sequence[str], shops: Mapping[int, Shop], *, now: datetime
) -> dict[str, list[Account]]:
    """By person the accounts that have an offer of their own, if a programme stands; two statements.

    Every registered one; and in a shop where a person was a guest only, the guest account with the smallest
    id: nothing is given to it, but the owner sees what the person would get. Whoever is archived, erased,
    or on the stop-list ``now``, themselves or by an account that a shop merged into theirs, has none.
    """
    found: dict[str, list[Account]] = {}
    rows = _OFFERED.rows(connection, person_ids, moment=now)
    stopped = stopped_by_gone(connection, person_ids, now=now)
    for account_id, person_id, shop_id, registered, verified, proven in rows:
        if (at := shops.get(shop_id)) and person_id not in stopped:
            scope = _scope(at.checks_emails, verified, proven)
            made = Account(account_id, person_id, shop_id, bool(registered), scope)
            if person_id in found:
                found[person_id].append(made)
            else:
                found[person_id] = [made]
    # In their order, whatever that of the database: of what there is for a few, the first get it.
    return {each: _without_needless_guests(found[each]) for each in person_ids if each in found}


def persons_with_accounts_of(connection: Connection, person_ids: Sequence[str]) -> list[str]:
    """Other persons that now have accounts whose offers were made to these persons; one statement."""
    known = set(person_ids)
    return [person for (person,) in _HAVING.rows(connection, person_ids) if person not in known]


@cache
def _scope(checks_emails: object, verified: int | None, proven: int, /) -> Scope:
    known = ownership(
        email_verified=None if verified is None else bool(verified),
        checks_emails=bool(checks_emails),
        confirmed_by_mail=bool(proven),
    ).known
    return "person" if known else "account"


def _without_needless_guests(accounts: list[Account]) -> list[Account]:
    if len(accounts) == 1:
        return accounts
    accounts.sort(key=attrgetter("id"))
    registered = [each for each in accounts if each.registered]
    shops = {each.shop_id for each in registered}
    return [*registered, *_smallest(each for each in accounts if each.shop_id not in shops)]


def _smallest(guests: Iterable[Account]) -> Iterable[Account]:
    by_shop: dict[int, Account] = {}
    for each in guests:
        by_shop[each.shop_id] = min(by_shop.get(each.shop_id, each), each, key=attrgetter("id"))
    return by_shop.values()
