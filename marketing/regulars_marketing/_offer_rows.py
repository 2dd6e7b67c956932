"""Offers as they are stored: what stands, what is kept, and the differences written and told."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from operator import itemgetter
from typing import Any, NamedTuple

import orjson
from sqlalchemy import Connection, or_, select

from regulars_marketing._accounts import Account
from regulars_marketing._decide import Decision
from regulars_marketing._profile_sql import moment_of
from regulars_marketing._proof import read_proof, said
from regulars_store import mark_dirty, tables
from regulars_store._asking import Asking, among_ids
from regulars_store._driver import put, remove, utc
from regulars_store._types import is_stated_proof

offer = tables.offer


class OfferRow(NamedTuple):
    """An offer as the driver gives it and takes it: its end as the database tells moments, its proof a text.

    PostgreSQL gives the proof read; then it is written as a text, which has its fields in another order.
    """

    id: str
    person_id: str
    shop_id: int
    scope: str
    programme_key: str
    programme_version: int
    level: str
    percent: int
    amount: int | None
    currency: str | None
    valid_until: Any
    proof: str
    held: str | None

    @property
    def gives(self) -> bool:
        """Whether there is anything of it."""
        return bool(self.percent or self.amount)

    @property
    def ends(self) -> datetime | None:
        """When it ends."""
        return None if self.valid_until is None else utc(self.valid_until)

    @property
    def document(self) -> dict[str, Any]:
        """The proof; nothing where it cannot be read."""
        try:
            document: dict[str, Any] = orjson.loads(self.proof)
        except orjson.JSONDecodeError:
            return {}
        return document if is_stated_proof(document) else {}

    @property
    def keys(self) -> list[str]:
        """The programmes that gave it."""
        return [self.programme_key, *(each["programme"]["key"] for each in self.document.get("added", ()))]


_ENDED = " Ended meanwhile: what was given by programme "
_AND = " and "
_NAMES = OfferRow._fields
_PROOF = _NAMES.index("proof")
_EVERYTHING = Asking(
    select(*(offer.c[name] for name in _NAMES)).where(
        or_(among_ids(offer.c.person_id), among_ids(offer.c.id, "accounts"))
    )
)
_REST = itemgetter(*(at for at, name in enumerate(_NAMES) if name != "proof"))
_SHOWN = itemgetter(
    *map(_NAMES.index, ("person_id", "percent", "amount", "currency", "level", "valid_until", "scope"))
)


def stored_offers(
    connection: Connection, person_ids: Sequence[str], account_ids: Sequence[str]
) -> dict[str, OfferRow]:
    """The offers as last written to these accounts or for these persons, by account; one statement."""
    rows = _EVERYTHING.rows(connection, person_ids, accounts=account_ids)
    return {row[0]: _read(row) for row in rows}


def _read(row: Sequence[Any]) -> OfferRow:
    made = OfferRow._make(row)
    return made if isinstance(row[_PROOF], str) else made._replace(proof=orjson.dumps(row[_PROOF]).decode())


def offer_row(connection: Connection, account: Account, decision: Decision) -> OfferRow:
    """The decision as the offer of this account."""
    ends = decision.valid_until
    return OfferRow(
        account.id,
        account.person_id,
        account.shop_id,
        account.scope,
        decision.programme_key,
        decision.programme_version,
        decision.level,
        decision.percent,
        decision.amount,
        decision.currency,
        None if ends is None else moment_of(connection, ends),
        decision.sealed,
        decision.held,
    )


def kept(before: OfferRow | None, row: OfferRow, standing: Sequence[str]) -> OfferRow:
    """The row to write: an account of which nothing is decided keeps a discount it had, while the programmes
    that gave it stand; else the words say that it has ended.

    Its proof and its scope stay with it; without one that can be read it is not kept. What the account earned
    by itself is always its own; what a person earned is kept for that person's accounts, and only while their
    ownership is known.
    """
    if row.held is None or row.gives or before is None:
        return row
    same = before.person_id == row.person_id
    if not before.gives:
        # Said until it is decided again, so that computing once more changes nothing.
        _, ended, rest = (before.held or "").partition(_ENDED)
        return row._replace(held=row.held + ended + rest) if same else row
    keys = before.keys
    mine = before.scope == "account" or (same and row.scope == "person")
    if mine and all(key in standing for key in keys) and read_proof(before.document) is not None:
        return before._replace(person_id=row.person_id, held=row.held)
    return row._replace(held=f"{row.held}{_ENDED}{_AND.join(keys)}. What follows is known with the rate.")


def write_offers(
    connection: Connection, before: Mapping[str, OfferRow], after: Mapping[str, OfferRow]
) -> int:
    """Bring the stored offers from ``before`` to ``after``, differences only; how many shops hear of.

    Whoever has or had such an offer is marked in stage ``offers:<shop id>``.
    """
    changed = [row for key, row in after.items() if not _is_same(before.get(key), row)]
    put(connection, offer, _NAMES, [tuple(row) for row in changed])
    vanished = [before[key] for key in before.keys() - after.keys()]
    remove(connection, offer, sorted((row.id,) for row in vanished))
    told = [row for row in changed if row.id not in before or _shown(before[row.id]) != _shown(row)]
    left = [before[row.id] for row in told if row.id in before]
    _mark(connection, [*told, *left, *vanished])
    return len(told) + len(vanished)


def _is_same(before: OfferRow | None, row: OfferRow) -> bool:
    """Whether nothing is to be written, in whatever order the fields of the proof come."""
    if before is None or before == row:
        return before is not None
    return _REST(before) == _REST(row) and before.document == row.document


def _shown(row: OfferRow) -> tuple[object, ...]:
    try:
        return _SHOWN(row), said(row.document)
    except (KeyError, TypeError, AttributeError):
        return _SHOWN(row), "a proof that cannot be read"


def _mark(connection: Connection, rows: Iterable[OfferRow]) -> None:
    by_shop: dict[int, set[str]] = {}
    for row in rows:
        by_shop.setdefault(row.shop_id, set()).add(row.person_id)
    for shop_id in sorted(by_shop):
        mark_dirty(connection, f"offers:{shop_id}", sorted(by_shop[shop_id]))
