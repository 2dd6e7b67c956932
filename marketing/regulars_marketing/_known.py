"""What is known of a person beside purchases: what programmes of certain days and people go by."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from functools import cache
from itertools import chain
from typing import Any, NamedTuple

from sqlalchemy import Connection, func, select

from regulars_marketing._accounts import Account
from regulars_marketing._counted import Counted
from regulars_marketing._holdout import is_held_out
from regulars_marketing._personal_programme import PersonalProgramme
from regulars_marketing._profile_sql import Words, rows_of, words_of
from regulars_marketing._programme_audience import in_audience
from regulars_marketing._programmes import StoredProgramme
from regulars_marketing._segment_check import Evaluation
from regulars_marketing._tier_standing import TierStanding
from regulars_marketing._uses import NO_USES, Use, read_uses
from regulars_marketing._welcome import welcomed_accounts
from regulars_store import tables
from regulars_store._asking import Asking, among_ids, is_anything
from regulars_store._bulk import among
from regulars_store._driver import utc

account, grant, person, profile = tables.account, tables.grant, tables.person, tables.person_profile


class Known(NamedTuple):
    """What is known for an account's offer; nothing of it is another's unless the ownership is known.

    ``birth_date`` is ``1990-05-17`` or ``--05-17``, empty where it is not known or another account of the
    person has the birthday; ``birthday_given_at`` is when a birthday was last given to the person.
    ``rhythm_days`` are the days between the person's orders by their median; ``by_hand`` are the keys of the
    programmes that the owner gave by hand, ``audiences`` of those whose audience the person is in, and
    ``held_out`` of those that the person gets nothing of; ``uses`` are the orders that used what was given
    (of a welcome and a birthday by any account of the person); ``full`` are the keys of those whose budgets
    have no room for the account, ``room`` those of ladders with the threshold of the highest tier for which
    they have. ``counted`` is what tiers count beside the facts of all time, ``standings``
    the tiers that were reached, of programmes that keep a lost one. The sums are in minor units of
    ``currency``, None where a rate is missing.
    """

    birth_date: str = ""
    birthday_given_at: datetime | None = None
    rhythm_days: int | None = None
    by_hand: frozenset[str] = frozenset()
    company: bool = False
    currency: str = ""
    largest_order: int | None = None
    spent_365d: int | None = None
    audiences: frozenset[str] = frozenset()
    held_out: frozenset[str] = frozenset()
    uses: frozenset[Use] = NO_USES
    full: frozenset[str] = frozenset()
    room: tuple[tuple[str, int], ...] = ()
    counted: tuple[Counted, ...] = ()
    standings: tuple[TierStanding, ...] = ()


NOTHING = Known()

Held = Mapping[str, Sequence[Account]]
"""By person the accounts that have offers."""

Standing = Mapping[int, Sequence[StoredProgramme]]
"""By shop the programmes that stand there."""
_Parts = dict[str, dict[str, Any]]
"""By account what is known of some fields of `Known`."""


def keys_of(programmes: Iterable[StoredProgramme], kind: str) -> frozenset[str]:
    """The keys of the programmes of a kind."""
    return frozenset(each.key for each in programmes if each.programme.kind == kind)


def load_known(
    connection: Connection,
    accounts: Held,
    standing: Standing,
    *,
    birthdays: Collection[str],
    evaluation: Evaluation,
) -> dict[str, Known]:
    """By account what is known, of these persons' ``accounts`` (of at most 500 persons) with something known.

    Read is only what the programmes that stand go by; nothing where they go by purchases only. ``birthdays``
    are the keys of all birthday programmes, of those that are off too; audiences are read against
    ``evaluation``.
    """
    found: dict[str, dict[str, Any]] = {}
    for parts in (
        _birthdays(connection, accounts, standing, birthdays),
        _rhythms(connection, accounts, standing),
        _by_hand(connection, accounts, standing),
        _wholesale(connection, accounts, standing),
        _audiences(connection, accounts, standing, evaluation),
        _held_out(connection, accounts, standing),
        {key: {"uses": uses} for key, uses in read_uses(connection, accounts, standing).items()},
    ):
        for account_id, part in parts.items():
            if account_id in found:
                found[account_id].update(part)
            else:
                found[account_id] = part
    return {account_id: Known(**parts) for account_id, parts in found.items()}


def _birthdays(connection: Connection, accounts: Held, standing: Standing, keys: Collection[str]) -> _Parts:
    """The birthdays: one account of each person has it, as with the welcome."""
    shops = _shops_with("birthday", standing)
    candidates = {}
    for person_id, held in accounts.items() if shops else ():
        mine = [each for each in held if each.registered and each.scope == "person" and each.shop_id in shops]
        if mine:
            candidates[person_id] = mine
    born: dict[str, str] = (
        dict(rows_of(connection, _born(words_of(connection)), candidates)) if candidates else {}
    )
    if not born:
        return {}
    chosen = welcomed_accounts(connection, {person_id: candidates[person_id] for person_id in born}, keys)
    given = _last_given(connection, list(born), keys)
    return {
        each.id: {"birth_date": born[person_id], "birthday_given_at": given.get(person_id)}
        for person_id in born
        for each in candidates[person_id]
        if each.id in chosen
    }


@cache
def _born(words: Words) -> str:
    return f"""SELECT p.id, p.birth_date FROM {words.ids} CROSS JOIN person AS p
        WHERE p.id = wanted.value AND p.birth_date <> ''"""  # noqa: S608 - names of ours


def _last_given(connection: Connection, persons: Sequence[str], keys: Collection[str]) -> dict[str, datetime]:
    rows = _LAST_GIVEN.rows(connection, persons, keys=sorted(keys))
    return {person_id: utc(given_at) for person_id, given_at in rows}


_LAST_GIVEN = Asking(
    select(account.c.person_id, func.max(grant.c.given_at))
    .join_from(account, grant, grant.c.account_id == account.c.id)
    .where(
        is_anything(grant),
        among_ids(account.c.person_id),
        among_ids(grant.c.programme_key, "keys"),
        grant.c.state != "planned",
    )
    .group_by(account.c.person_id)
)


def _rhythms(connection: Connection, accounts: Held, standing: Standing) -> _Parts:
    """The rhythm of each person, for the accounts whose ownership is known."""
    owned = _owned_in(accounts, _shops_with("winback", standing))
    rows = rows_of(connection, _days(words_of(connection)), owned) if owned else ()
    return {each.id: {"rhythm_days": days} for person_id, days in rows for each in owned[person_id]}


@cache
def _days(words: Words) -> str:
    return f"""SELECT f.person_id, f.rhythm_days FROM {words.ids} CROSS JOIN person_profile AS f
        WHERE f.person_id = wanted.value AND f.rhythm_days IS NOT NULL"""  # noqa: S608 - names of ours


def _wholesale(connection: Connection, accounts: Held, standing: Standing) -> _Parts:
    """What those bought who may have a wholesale ladder, for the accounts whose ownership is known."""
    owned = _owned_in(accounts, _shops_with("wholesale", standing))
    names = ("person_id", "kind", "currency", "largest_order", "spent_365d")
    query = select(*(profile.c[name] for name in names)).where(
        among(connection, profile.c.person_id, list(owned))
    )
    rows = connection.execute(query).all() if owned else []
    return {
        each.id: {
            "company": row.kind == "company",
            "currency": row.currency,
            "largest_order": row.largest_order,
            "spent_365d": row.spent_365d,
        }
        for row in rows
        for each in owned[row.person_id]
    }


def _audiences(connection: Connection, accounts: Held, standing: Standing, evaluation: Evaluation) -> _Parts:
    """Whose audiences each person is in, for the accounts whose ownership is known."""
    asked = {
        stored.key: stored.programme.audience
        for stored in chain.from_iterable(standing.values())
        if stored.programme.audience is not None
    }
    owned = _owned_in(accounts, standing) if asked else {}
    keys: dict[str, set[str]] = {}
    for key, expression in asked.items():
        for person_id in in_audience(connection, expression, list(owned), evaluation):
            keys.setdefault(person_id, set()).add(key)
    return {
        each.id: {"audiences": frozenset(found)}
        for person_id, found in keys.items()
        for each in owned[person_id]
    }


def _held_out(connection: Connection, accounts: Held, standing: Standing) -> _Parts:
    """What each person is held out of, by all their living accounts."""
    shares = {
        stored.key: stored.programme.holdout
        for stored in chain.from_iterable(standing.values())
        if stored.programme.holdout is not None
    }
    if not shares:
        return {}
    query = select(account.c.person_id, account.c.id).where(
        among(connection, account.c.person_id, list(accounts)), ~account.c.gone
    )
    mine: dict[str, list[str]] = {}
    for person_id, account_id in connection.execute(query):
        mine.setdefault(person_id, []).append(account_id)
    return {
        each.id: {"held_out": out}
        for person_id, ids in mine.items()
        if (out := frozenset(key for key, share in shares.items() if is_held_out(key, ids, share)))
        for each in accounts[person_id]
    }


def _by_hand(connection: Connection, accounts: Held, standing: Standing) -> _Parts:
    """What was given by hand: to the named account, and to those of its person whose ownership is known."""
    named: dict[str, set[str]] = {}
    for stored in chain.from_iterable(standing.values()):
        if isinstance(stored.programme, PersonalProgramme):
            named.setdefault(stored.programme.account, set()).add(stored.key)
    if not named:
        return {}
    query = select(account.c.id, account.c.person_id).where(
        among(connection, account.c.id, sorted(named)), account.c.person_id.is_not(None)
    )
    keys: dict[str, set[str]] = {}
    for account_id, person_id in connection.execute(query):
        for each in accounts.get(person_id, ()):
            if each.scope == "person" or each.id == account_id:
                keys.setdefault(each.id, set()).update(named[account_id])
    return {account_id: {"by_hand": frozenset(given)} for account_id, given in keys.items()}


def _owned_in(accounts: Held, shops: Collection[int]) -> dict[str, list[Account]]:
    """The accounts in these shops whose ownership is known, of persons who have any."""
    owned = {}
    for person_id, held in accounts.items() if shops else ():
        if mine := [each for each in held if each.scope == "person" and each.shop_id in shops]:
            owned[person_id] = mine
    return owned


def _shops_with(kind: str, standing: Standing) -> set[int]:
    return {shop for shop, here in standing.items() if keys_of(here, kind)}
