"""Whose evidence is asked for: the accounts, the addresses that are theirs alone, and the shops' objects."""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, select

from regulars_mapping import Kind, fold_email
from regulars_store._bulk import among
from regulars_store._observed import decompress
from regulars_store._record_merged import with_merged
from regulars_store._tables import (
    account,
    identity_decision,
    observation,
    observation_head,
    order,
    refund,
    review,
)

_NOT_MAPPED = ("skipped", "unmappable")
_AT_ONCE = 50


@dataclass(frozen=True, slots=True)
class EvidenceScope:
    """What is a person's. ``person`` is empty for one whose accounts are all gone; ``emails`` are addresses
    that no other person's account has; ``objects`` are external ids by shop and kind."""

    person: str
    accounts: tuple[str, ...]
    emails: frozenset[str] = field(repr=False)
    objects: Mapping[tuple[int, str], frozenset[str]] = field(repr=False)
    decisions: frozenset[int] = field(repr=False)


def evidence_scope(connection: Connection, person: str, members: Collection[str]) -> EvidenceScope:
    """All that is a person's who has these accounts: those that their shops merged into them too, and those
    that are gone from their shops under an address that nobody else has."""
    accounts = set(with_merged(connection, members))
    emails = _own_emails(connection, accounts)
    accounts |= gone_accounts(connection, emails=emails)
    named = sorted(accounts)
    objects = _objects(connection, named, emails)
    decisions = connection.scalars(select(identity_decision.c.id).where(decided(connection, named)))
    return EvidenceScope(
        person=person,
        accounts=tuple(named),
        emails=frozenset(emails),
        objects={key: frozenset(ids) for key, ids in sorted(objects.items())},
        decisions=frozenset(decisions),
    )


def gone_accounts(
    connection: Connection, *, emails: Collection[str] = (), ids: Collection[str] = ()
) -> set[str]:
    """Accounts that are gone from their shop and nobody's now, with these addresses or these ids."""
    nobody_s = (account.c.person_id.is_(None), account.c.gone)
    found = set[str]()
    for wanted in (among(connection, account.c.email_folded, emails), among(connection, account.c.id, ids)):
        found.update(connection.scalars(select(account.c.id).where(wanted, *nobody_s)))
    return found


def decided(connection: Connection, accounts: Collection[str]) -> ColumnElement[bool]:
    """Whether a decision is about one of these accounts."""
    a, b = identity_decision.c.account_a, identity_decision.c.account_b
    return among(connection, a, accounts) | among(connection, b, accounts)


def _own_emails(connection: Connection, accounts: Collection[str]) -> set[str]:
    """The accounts' addresses without those that accounts of other persons have: what is written under a
    shared one may be theirs."""
    mine = among(connection, account.c.id, accounts)
    emails = set(connection.scalars(select(account.c.email_folded).where(mine))) - {""}
    held = select(account.c.email_folded).where(
        among(connection, account.c.email_folded, emails), ~mine, account.c.person_id.is_not(None)
    )
    return emails - set(connection.scalars(held))


def _objects(
    connection: Connection, accounts: Collection[str], emails: Collection[str]
) -> dict[tuple[int, str], set[str]]:
    found: dict[tuple[int, str], set[str]] = {}
    for account_id in accounts:
        shop_id, _, external_id = account_id.partition(":")
        if not external_id.startswith("guest-"):
            _add(found, int(shop_id), Kind.CUSTOMER, external_id)
    mine = among(connection, order.c.account_id, accounts)
    queries: dict[Kind, Select[Any]] = {
        Kind.ORDER: select(order.c.shop_id, order.c.external_id).where(mine),
        Kind.REFUND: select(refund.c.shop_id, refund.c.external_id).where(
            refund.c.order_id.in_(select(order.c.id).where(mine))
        ),
        Kind.REVIEW: select(review.c.shop_id, review.c.external_id).where(
            among(connection, review.c.email_folded, emails)
        ),
    }
    for kind, query in queries.items():
        for shop_id, external_id in connection.execute(query):
            _add(found, shop_id, kind, external_id)
    for shop, kind_of_it, external_id in _not_mapped(connection, emails):
        _add(found, shop, Kind(kind_of_it), external_id)
    return found


def _add(found: dict[tuple[int, str], set[str]], shop_id: int, kind: Kind, external_id: str) -> None:
    found.setdefault((shop_id, kind.value), set()).add(external_id)


def _not_mapped(connection: Connection, emails: Collection[str]) -> Iterator[tuple[int, str, str]]:
    """Objects that gave no row, such as baskets that were left and what could not be understood, in which one
    of these addresses stands."""
    # The heads first: their rows are small, and these are few.
    head, kept = observation_head.c, observation.c
    unread: dict[tuple[int, str], list[str]] = {}
    heads = select(head.shop_id, head.kind, head.external_id).where(head.outcome.in_(_NOT_MAPPED))
    for shop_id, kind, external_id in connection.execute(heads) if emails else ():
        unread.setdefault((shop_id, kind), []).append(external_id)
    for (shop_id, kind), ids in unread.items():
        of_them = (kept.shop_id == shop_id, kept.kind == kind, among(connection, kept.external_id, ids))
        query = select(kept.external_id, kept.payload).where(*of_them)
        for row in connection.execute(query, execution_options={"yield_per": _AT_ONCE}):
            if any(fold_email(text) in emails for text in _texts(decompress(row.payload)) if "@" in text):
                yield shop_id, kind, row.external_id


def _texts(value: Any) -> Iterator[str]:
    waiting = [value]
    while waiting:
        one = waiting.pop()
        if isinstance(one, str):
            yield one
        elif isinstance(one, dict):
            waiting.extend(one.values())
        elif isinstance(one, list):
            waiting.extend(one)
