"""The tiers that accounts stood in, kept for those programmes that do not take a lost one away at once.

Each tier that is reached has a row for its account, since when; once it is lost, since when. Rows stay
with the account through merges and splits. They are written where the tiers were worked out, and nowhere
else: while a programme is off, or its audience or an exchange rate leaves somebody out, theirs stand still.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from datetime import date, datetime, timedelta
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, bindparam, delete, select

from regulars_marketing._accounts import Account
from regulars_marketing._programmes import StoredProgramme
from regulars_marketing._proof import Scope
from regulars_marketing._tier_programme import Tier, TierProgramme
from regulars_store import tables
from regulars_store._bulk import among, upsert
from regulars_store._record_merged import merged_into_persons

table = tables.tier_standing
account = tables.account


@dataclass(frozen=True, slots=True)
class TierStanding:
    """A tier that an account stood in: reached since, and where it is lost, since when.

    ``threshold`` is the one that was reached; ``scope`` says whose purchases reached it.
    """

    programme_key: str
    level: str
    threshold: int
    reached_at: datetime
    lost_at: datetime | None
    scope: Scope


class Counting(NamedTuple):
    """What tiers counted for an account, at a moment in its shop."""

    programme: TierProgramme
    total: int
    now: datetime
    zone: ZoneInfo


Standing = Mapping[str, Sequence[TierStanding]]
"""By programme the rows of an account."""
Standings = dict[str, tuple[TierStanding, ...]]
"""By account its rows."""
_KEY = (table.c.account_id, table.c.programme_key, table.c.level)
_NAMES = tuple(field.name for field in fields(TierStanding))


def keeping(standing: Iterable[StoredProgramme]) -> tuple[TierProgramme, ...]:
    """The tiers among them that may keep what was lost."""
    return tuple(
        each.programme
        for each in standing
        if isinstance(each.programme, TierProgramme) and each.programme.downgrade != "at_once"
    )


@dataclass(frozen=True, slots=True)
class Stood:
    """The tiers that were stood in, of some accounts. ``rows`` are by account, also by those that are gone;
    ``heirs`` leads from these to whose theirs are now, ``kept`` is by account what may be kept for it."""

    rows: Standings
    kept: Standings
    heirs: Mapping[str, str]


def load_standings(
    connection: Connection, accounts: Mapping[str, Sequence[Account]], keys: Collection[str]
) -> Stood:
    """The rows of these accounts of persons, in the programmes of these keys; two statements.

    Kept for an account whose ownership is known is what any of the person's such accounts stood in; for
    another only what it reached by itself. What a shop merged into an account is that account's.
    """
    held = {each.id for mine in accounts.values() for each in mine}
    gone = merged_into_persons(connection, list(accounts))
    heirs = {old: new for old, new in gone.items() if new in held and old not in held}
    query = select(table.c.account_id, *(table.c[name] for name in _NAMES)).where(
        among(connection, table.c.account_id, [*held, *heirs]), table.c.programme_key.in_(sorted(keys))
    )
    rows: dict[str, list[TierStanding]] = {}
    for account_id, *row in connection.execute(query):
        rows.setdefault(account_id, []).append(TierStanding(*row))
    of: dict[str, list[TierStanding]] = {}
    for account_id, mine in rows.items():
        of.setdefault(heirs.get(account_id, account_id), []).extend(mine)
    kept: Standings = {}
    for group in accounts.values():
        known = [row for each in group if each.scope == "person" for row in of.get(each.id, ())]
        for each in group:
            own = [row for row in of.get(each.id, ()) if row.scope == "account"]
            if best := _best(known if each.scope == "person" else own):
                kept[each.id] = best
    return Stood({id_: tuple(mine) for id_, mine in rows.items()}, kept, heirs)


def _best(rows: Iterable[TierStanding]) -> tuple[TierStanding, ...]:
    """Of each programme's level the row that keeps it longest."""
    best: dict[tuple[str, str], TierStanding] = {}
    for row in rows:
        key = row.programme_key, row.level
        if (before := best.get(key)) is None or _later(row, before):
            best[key] = row
    return tuple(row for _, row in sorted(best.items()))


def _later(one: TierStanding, other: TierStanding) -> bool:
    if one.lost_at is None or other.lost_at is None:
        return one.lost_at is None and other.lost_at is not None
    return one.lost_at > other.lost_at


def last_kept(lost: date, keeps_days: int | None) -> date | None:
    """The last day on which a tier that was lost that day is kept; None for good."""
    return None if keeps_days is None else lost + timedelta(days=keeps_days)


def stood(counting: Counting, rows: Iterable[TierStanding], scope: Scope) -> tuple[TierStanding, ...]:
    """An account's rows of one programme now that it was counted, from those of before. Pure.

    What was reached by a person's purchases is not what an account reached by its own.
    """
    known = {row.level: row for row in rows if scope in {"person", row.scope}}
    found = (_after(counting, tier, known.get(tier.level), scope) for tier in counting.programme.tiers)
    return tuple(row for row in found if row is not None)


def _after(counting: Counting, tier: Tier, before: TierStanding | None, scope: Scope) -> TierStanding | None:
    key, now = counting.programme.key, counting.now
    if counting.total >= tier.threshold:
        since = now if before is None or before.lost_at is not None else before.reached_at
        return TierStanding(key, tier.level, tier.threshold, since, None, scope)
    if before is None:
        return None
    lost_at = before.lost_at or now
    last = last_kept(lost_at.astimezone(counting.zone).date(), counting.programme.keeps_days)
    over = last is not None and now.astimezone(counting.zone).date() > last
    return None if over else replace(before, lost_at=lost_at)


def passed(counting: Counting, rows: Iterable[TierStanding]) -> tuple[TierStanding, ...]:
    """The rows of one programme of an account that is not counted itself, now that its heir or another
    account of its person was: what is reached stays as it was. Pure."""
    tiers = {tier.level: tier for tier in counting.programme.tiers}
    found = (
        row
        if counting.total >= tiers[row.level].threshold
        else _after(counting, tiers[row.level], row, row.scope)
        for row in rows
        if row.level in tiers
    )
    return tuple(row for row in found if row is not None)


def write_standings(
    connection: Connection, before: Mapping[str, Sequence[TierStanding]], after: Mapping[str, Standing]
) -> None:
    """Bring the rows of these accounts from ``before`` to ``after``, differences only; of the programmes that
    are named there."""
    changed, vanished = [], []
    for account_id, by_key in after.items():
        old = {(row.programme_key, row.level): row for row in before.get(account_id, ())}
        new = {(key, row.level): row for key, rows in by_key.items() for row in rows}
        changed += [_row(account_id, row) for key, row in new.items() if old.get(key) != row]
        vanished += [(account_id, *key) for key in old if key[0] in by_key and key not in new]
    upsert(connection, table, changed)
    if vanished:
        same = [column == bindparam(column.name + "_") for column in _KEY]
        names = [column.name + "_" for column in _KEY]
        rows = [dict(zip(names, each, strict=True)) for each in vanished]
        connection.execute(delete(table).where(*same), rows)


def _row(account_id: str, row: TierStanding) -> dict[str, Any]:
    return {"account_id": account_id, **{name: getattr(row, name) for name in _NAMES}}
