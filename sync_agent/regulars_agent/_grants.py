"""What customers hold and ever held: codes, coupons and cards, found by what is typed or scanned."""

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection

from regulars_agent._identity_sides import side_of, written_of
from regulars_agent._workspace import Workspace
from regulars_mapping import PermanentError, SkipError
from regulars_store import _grants as grants

LONGEST_CODE = 64
SHORTEST_CODE = 3
_AT_ONCE = 500
ACTIVE = frozenset({"planned", "given"})
"""The states in which a grant gives something, or is about to."""


@dataclass(frozen=True, slots=True)
class GrantUse:
    """An order that used a grant, placed ``at``. ``discount`` is in minor units, None where the order says
    it of several codes together."""

    order: str
    at: datetime
    discount: int | None
    currency: str


@dataclass(frozen=True, slots=True)
class HeldGrant:
    """Something that an account holds or held. ``person`` is the account's of today, empty without one.

    ``state`` is planned, given, used, expired, withdrawn or replaced, at the moment it is asked; ``kind`` is
    ``programme`` or ``by_hand``. It is what version ``programme_version`` of the programme gave, called
    ``title`` and added up with the programmes ``added``; all empty where no programme did. ``percent`` is in
    hundredths and ``amount`` in minor units; neither, where only the shop knows. It serves before
    ``valid_until``, for so many ``orders`` (None: no end, any number, or not known). ``withdrawn_at`` is when
    it was taken away or replaced, ``replaced_by`` the grant that took its place; ``who`` did it by hand.
    """

    id: str
    shop: str
    account_id: str
    person: str
    code: str
    kind: str
    state: str
    programme_key: str
    programme_version: int
    title: str
    added: tuple[str, ...]
    percent: int
    amount: int | None
    currency: str | None
    given_at: datetime
    valid_until: datetime | None
    orders: int | None
    withdrawn_at: datetime | None
    replaced_by: str | None
    who: str
    uses: tuple[GrantUse, ...]

    @property
    def active(self) -> bool:
        """Whether it gives something, or is about to."""
        return self.state in ACTIVE


@dataclass(frozen=True, slots=True)
class CardHolder:
    """An account in whose record a card's number stands."""

    account: str
    person: str


@dataclass(frozen=True, slots=True)
class FoundCode:
    """What a code is: grants of it, the newest first, and accounts whose card has this number."""

    grants: tuple[HeldGrant, ...]
    cards: tuple[CardHolder, ...]


def grants_of(workspace: Workspace, person: str) -> tuple[HeldGrant, ...]:
    """Everything that a person holds and ever held, the newest first.

    ``person`` is an id, an account's id, an e-mail or a phone; raises as ``card_of``.
    """
    with workspace.store.read() as connection:
        accounts = written_of(connection, side_of(connection, person))
        return held_by(connection, accounts, workspace.clock())


def find_code(workspace: Workspace, text: str) -> FoundCode:
    """What a typed or scanned code is: spaces, dashes, small and capital letters make no difference.

    Raises PermanentError for what no code can be.
    """
    code = typed_code(text)
    with workspace.store.read() as connection:
        return found_code(connection, code, workspace.clock())


def expire_grants(workspace: Workspace) -> int:
    """Note which grants are over of which nothing stands in a shop; how many. Done again, nothing."""
    count, now = 0, workspace.clock()
    while True:
        with workspace.store.write() as connection:
            done = grants.expire_grants(connection, now=now, limit=_AT_ONCE)
        count += done
        if done < _AT_ONCE:
            return count
        time.sleep(workspace.settings.batches.pause)


def typed_code(text: str) -> str:
    """A code as it is kept. Raises PermanentError for what none can be, with what is wrong."""
    code = text.strip()
    fits = len(grants.bare_code(code)) >= SHORTEST_CODE and len(code) <= LONGEST_CODE
    if not fits or not code.isprintable():
        raise PermanentError(
            f"A code has {SHORTEST_CODE} to {LONGEST_CODE} letters, digits and signs that can be printed. "
            "Type it as it stands on the card or coupon, or scan it."
        )
    return code


def found_code(connection: Connection, code: str, now: datetime) -> FoundCode:
    """`find_code` in a transaction."""
    cards = grants.holders_of_card(connection, code)
    holders = tuple(CardHolder(row["account_id"], row["person_id"] or "") for row in cards)
    return FoundCode(_held(grants.grants_with_code(connection, code), now), holders)


def held_by(connection: Connection, account_ids: Sequence[str], now: datetime) -> tuple[HeldGrant, ...]:
    """What these accounts hold and held, the newest first."""
    return _held(grants.grants_of(connection, account_ids), now)


def grant_named(connection: Connection, grant_id: str, now: datetime) -> HeldGrant:
    """A grant by its id. Raises SkipError where there is none."""
    held = _held(grants.grants_named(connection, [grant_id]), now)
    if not held:
        raise SkipError(f"There is no grant {grant_id[:40]}. Look: regulars grant list PERSON")
    return held[0]


def _held(rows: Sequence[Mapping[str, Any]], now: datetime) -> tuple[HeldGrant, ...]:
    used = grants.counted_uses(rows)
    return tuple(_one(row, len(used[row["shop_id"], row["code"]]), now) for row in rows)


def _one(row: Mapping[str, Any], used: int, now: datetime) -> HeldGrant:
    return HeldGrant(
        **{name: row[name] for name in _AS_STORED},
        person=row["person_id"] or "",
        state=grants.state_of(row, used, now=now),
        added=tuple(row["added"]),
        uses=tuple(GrantUse(use.order_id, use.at, use.discount, use.currency) for use in row["uses"]),
    )


_AS_STORED = (
    *("id", "shop", "account_id", "code", "kind", "programme_key", "programme_version", "title"),
    *("percent", "amount", "currency", "given_at", "valid_until", "orders", "withdrawn_at"),
    *("replaced_by", "who"),
)
