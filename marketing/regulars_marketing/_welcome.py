"""The one welcome of a person: which of the accounts has it."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import TypeAlias

from sqlalchemy import Connection, and_, func, select

from regulars_mapping import anchor_of
from regulars_marketing._accounts import Account
from regulars_marketing._programmes import StoredProgramme
from regulars_store import tables
from regulars_store._bulk import among

account, grant = tables.account, tables.grant
_ACTIVE = ("planned", "given")
_Rank: TypeAlias = tuple[bool | datetime | tuple[int, str], ...]
_START = datetime.min.replace(tzinfo=UTC)


def welcome_keys(programmes: Iterable[StoredProgramme]) -> set[str]:
    """The keys of welcomes, of those that are off too: a code given by one may stand for its successor."""
    return {each.key for each in programmes if each.programme.kind == "welcome"}


def welcomed_accounts(
    connection: Connection, candidates: Mapping[str, Sequence[Account]], keys: Collection[str]
) -> set[str]:
    """The account, of each person's ``candidates``, that has the person's welcome; at most one statement.

    The one with the oldest active grant of a welcome, since its code may be in the shopper's hands; else the
    one that was registered first, those of unknown time last. What is equal is settled by the anchors.
    """
    several = [each.id for accounts in candidates.values() if len(accounts) > 1 for each in accounts]
    ranks = _ranks(connection, several, keys) if several else {}
    return {
        min(accounts, key=lambda each: ranks.get(each.id, ())).id if len(accounts) > 1 else accounts[0].id
        for accounts in candidates.values()
        if accounts
    }


def _ranks(connection: Connection, account_ids: Sequence[str], keys: Collection[str]) -> dict[str, _Rank]:
    active = and_(
        grant.c.account_id == account.c.id,
        grant.c.state.in_(_ACTIVE),
        grant.c.programme_key.in_(sorted(keys)),
    )
    query = (
        select(account.c.id, account.c.registered_at, func.min(grant.c.given_at))
        .join_from(account, grant, active, isouter=True)
        .where(among(connection, account.c.id, account_ids))
        .group_by(account.c.id, account.c.registered_at)
    )
    return {
        account_id: (*_earliest_first(granted), *_earliest_first(registered), anchor_of(account_id))
        for account_id, registered, granted in connection.execute(query)
    }


def _earliest_first(moment: datetime | None) -> tuple[bool, datetime]:
    return moment is None, moment or _START
