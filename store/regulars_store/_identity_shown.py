"""What is told about identity: who is meant, persons in brief, and what their accounts have in common."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

from sqlalchemy import ColumnElement, Connection, Select, func, or_, select

from regulars_mapping import IdentityKey, KeyKind, keys_with_implied
from regulars_store._bulk import among
from regulars_store._dirty import Mark
from regulars_store._ownership_proof import is_proven
from regulars_store._tables_derived import (
    account,
    dirty,
    identity_key,
    identity_link,
    offer,
    order,
    person,
    person_fact,
)

Row = Mapping[str, Any]
_MOST_MEANT = 10
_MOST_HOLDERS = 1_000
_ACCOUNT = (
    *("id", "shop_id", "registered", "given_name", "family_name", "email", "email_folded", "phone"),
    *("phone_e164", "card_number", "birth_date", "email_verified", "gone", "version_at", "version_of"),
    *("cluster_id", "person_id"),
)
_OFFER = ("id", "scope", "percent", "amount", "currency", "level")


@dataclass(frozen=True, slots=True)
class SharedKey:
    """A key that accounts of both sides hold, and how many accounts and e-mails there are to it."""

    key: IdentityKey
    a: tuple[str, ...]
    b: tuple[str, ...]
    holders: int
    emails: Sequence[str]

    def __repr__(self) -> str:
        return f"SharedKey({self.key!r}, {self.a!r}, {self.b!r})"


def accounts_meant(connection: Connection, text: str, *, email: str, phones: Collection[str]) -> list[Row]:
    """The accounts that a text may mean, by id: an account's id, a person's, an e-mail or a phone.

    An account's id means also one that is gone; a person's id means the account with the smallest anchor. Of
    several with one e-mail or phone at most ten persons' are given.
    """
    named = _accounts(connection, select(account.c.id).where(account.c.id == text))
    if named:
        return named
    anchored = _accounts(connection, select(person.c.anchor).where(person.c.id == text))
    if anchored:
        return anchored
    holds: list[ColumnElement[bool]] = [account.c.phone_e164.in_(sorted(phones))] if phones else []
    holds += [account.c.email_folded == email] if email else []
    if not holds:
        return []
    query = select(func.min(account.c.id)).where(or_(*holds), account.c.person_id.is_not(None))
    return _accounts(connection, query.group_by(account.c.person_id).limit(_MOST_MEANT))


def accounts_named(connection: Connection, ids: Collection[str]) -> dict[str, Row]:
    """These accounts by id; those that never were are left out."""
    return {row["id"]: row for row in _accounts(connection, ids)}


def accounts_of_persons(connection: Connection, persons: Collection[str]) -> list[Row]:
    """Every account of these persons, by id."""
    query = select(account.c.id).where(among(connection, account.c.person_id, persons))
    return _accounts(connection, query)


def accounts_of_cluster(connection: Connection, cluster: str) -> list[Row]:
    """Every account of an evidence cluster, by id."""
    return _accounts(connection, select(account.c.id).where(account.c.cluster_id == cluster))


def _accounts(connection: Connection, ids: Collection[str] | Select[Any]) -> list[Row]:
    wanted = account.c.id.in_(ids) if isinstance(ids, Select) else among(connection, account.c.id, ids)
    columns = (*(account.c[name] for name in _ACCOUNT), is_proven().label("proven"))
    query = select(*columns).where(wanted).order_by(account.c.id)
    return [dict(row) for row in connection.execute(query).mappings()]


def persons_in_brief(connection: Connection, persons: Collection[str]) -> list[dict[str, Any]]:
    """These persons by id, each with ``members`` (account ids), ``facts`` and ``offers``."""
    query = select(person).where(among(connection, person.c.id, persons)).order_by(person.c.id)
    found = {row["id"]: dict(row) for row in connection.execute(query).mappings()}
    for row in found.values():
        row |= {"members": [], "facts": [], "offers": []}
    for one in accounts_of_persons(connection, found):
        found[one["person_id"]]["members"].append(one["id"])
    facts = select(person_fact).where(among(connection, person_fact.c.person_id, found))
    for fact in connection.execute(facts.order_by(person_fact.c.currency)).mappings():
        found[fact["person_id"]]["facts"].append(dict(fact))
    columns = [offer.c[name] for name in _OFFER]
    offers = select(offer.c.person_id, *columns).where(among(connection, offer.c.person_id, found))
    for each in connection.execute(offers.order_by(offer.c.id)).mappings():
        row = dict(each)
        found[row.pop("person_id")]["offers"].append(row)
    return list(found.values())


def links_among(connection: Connection, accounts: Collection[str]) -> list[Row]:
    """The stored links between two of these accounts, barred ones too."""
    query = (
        select(identity_link)
        .where(
            among(connection, identity_link.c.account_a, accounts),
            among(connection, identity_link.c.account_b, accounts),
        )
        .order_by(*identity_link.primary_key.columns)
    )
    return [dict(row) for row in connection.execute(query).mappings()]


def shared_keys(connection: Connection, a: Collection[str], b: Collection[str]) -> list[SharedKey]:
    """The keys that accounts of both sides were last resolved with, whether they link or not."""
    of_a, of_b = _keys_of(connection, a), _keys_of(connection, b)
    shared = (key for key in sorted(of_a.keys() & of_b.keys()) if not _is_one_email(key, of_a, of_b))
    return [SharedKey(key, of_a[key], of_b[key], *_held(connection, key)) for key in shared]


_Holders: TypeAlias = Mapping[IdentityKey, tuple[str, ...]]


def _is_one_email(alias: IdentityKey, of_a: _Holders, of_b: _Holders) -> bool:
    """Whether an alias has one spelling only among its holders: that e-mail is what they share."""
    if alias.kind != KeyKind.EMAIL_ALIAS:
        return False
    holders = {*of_a[alias], *of_b[alias]}
    emails = {key for of in (of_a, of_b) for key in of if key.kind == KeyKind.EMAIL}
    spelt = (key for key in emails if not holders.isdisjoint((*of_a.get(key, ()), *of_b.get(key, ()))))
    return len(set(spelt)) < 2


def _keys_of(connection: Connection, accounts: Collection[str]) -> dict[IdentityKey, tuple[str, ...]]:
    query = select(identity_key).where(among(connection, identity_key.c.account_id, accounts))
    stored: dict[str, list[IdentityKey]] = {}
    for row in connection.execute(query.order_by(identity_key.c.account_id)):
        stored.setdefault(row.account_id, []).append(IdentityKey(KeyKind(row.kind), row.value))
    found: dict[IdentityKey, tuple[str, ...]] = {}
    for account_id, keys in stored.items():
        for key in keys_with_implied(keys):
            found[key] = (*found.get(key, ()), account_id)
    return found


def _held(connection: Connection, key: IdentityKey) -> tuple[int, list[str]]:
    """How many accounts hold a key, and the e-mails of as many of them as matter to a guard."""
    mine = identity_key.alias()
    kinds = {key.kind.value, KeyKind.EMAIL.value} if key.kind == KeyKind.EMAIL_ALIAS else {key.kind.value}
    of_key = (mine.c.kind.in_(sorted(kinds)), mine.c.value == key.value)
    count = connection.scalar(select(func.count()).select_from(mine).where(*of_key)) or 0
    emails = identity_key.alias()
    query = (
        select(func.coalesce(emails.c.value, ""))
        .select_from(mine)
        .outerjoin(
            emails,
            (emails.c.account_id == mine.c.account_id) & (emails.c.kind == KeyKind.EMAIL.value),
        )
        .where(*of_key)
        .order_by(mine.c.account_id)
        .limit(_MOST_HOLDERS)
    )
    return count, list(connection.scalars(query))


def marks_of(connection: Connection, stage: str, keys: Collection[str]) -> list[Mark]:
    """The dirty marks that these keys have in a stage."""
    query = select(dirty.c.key, dirty.c.stamp).where(
        dirty.c.stage == stage, among(connection, dirty.c.key, keys)
    )
    return [Mark(key, stamp) for key, stamp in connection.execute(query)]


def orders_of_accounts(connection: Connection, accounts: Collection[str]) -> dict[str, str]:
    """The orders that stand under these accounts: order id -> account id."""
    query = select(order.c.id, order.c.account_id).where(
        among(connection, order.c.account_id, accounts), order.c.gone.is_(False)
    )
    return {row.id: row.account_id for row in connection.execute(query)}


def owners_of_orders(connection: Connection, orders: Collection[str], *, gone: bool) -> dict[str, str]:
    """Of these orders (ids) those of accounts that are ``gone``, or of registered ones that are not: order id
    -> account id."""
    state = account.c.gone if gone else account.c.registered & account.c.gone.is_(False)
    query = (
        select(order.c.id, order.c.account_id)
        .join(account, account.c.id == order.c.account_id)
        .where(among(connection, order.c.id, orders), state)
        .order_by(order.c.id)
    )
    return {row.id: row.account_id for row in connection.execute(query)}
