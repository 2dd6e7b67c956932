"""Programmes in the store: append-only, each change a new version."""

from dataclasses import dataclass
from datetime import datetime
from functools import cache, cached_property, lru_cache
from typing import Any

import orjson
from sqlalchemy import Connection, Row, Select, delete, func, insert, select
from sqlalchemy.exc import IntegrityError

from regulars_mapping import MisconfiguredError, RetryError
from regulars_marketing._programme import Programme, parse_programme
from regulars_marketing._programme_audience import check_audience
from regulars_marketing._proof import ProofProgramme
from regulars_marketing._stated import stated_programme
from regulars_marketing._tier_programme import TierProgramme
from regulars_store import _exposures as exposures
from regulars_store import tables

table, _standing = tables.programme, tables.tier_standing


@dataclass(frozen=True)
class StoredProgramme:
    """The newest version of a programme; ``at`` and ``who`` tell when and by whom it was written."""

    key: str
    version: int
    enabled: bool
    programme: Programme
    at: datetime
    who: str

    @cached_property
    def stated(self) -> ProofProgramme:
        """The programme as proofs state it."""
        return stated_programme(self.programme, self.version)


def save_programme(connection: Connection, programme: Programme, *, who: str, now: datetime) -> int:
    """Write the programme, enabled, and return its version; the same as the newest version writes nothing.

    Offers follow when they are computed next. Raises RetryError when somebody saved the programme meanwhile,
    MisconfiguredError where its audience names a field that is not there.
    """
    if programme.audience is not None:
        check_audience(connection, programme.key, programme.audience)
    last = _newest(connection, programme.key)
    if last is not None and last.enabled and last.programme == programme:
        return last.version
    version = _append(connection, last, programme, enabled=True, who=who, now=now)
    if last is not None and _keeps(last.programme) and not _keeps(programme):
        # Taken up again, the policy begins anew: what was lost meanwhile was lost at once.
        connection.execute(delete(_standing).where(_standing.c.programme_key == programme.key))
    if last is not None and last.programme.budget is None and programme.budget is not None:
        # Who got the programme while it had none is no part of the count of before.
        exposures.forget_issued(connection, programme.key)
    return version


def _keeps(programme: Programme) -> bool:
    return isinstance(programme, TierProgramme) and programme.downgrade != "at_once"


def disable_programme(connection: Connection, key: str, *, who: str, now: datetime) -> int:
    """End the programme by a new version that is not enabled; return it, or the last if it is off."""
    return _switch(connection, key, enabled=False, who=who, now=now)


def enable_programme(connection: Connection, key: str, *, who: str, now: datetime) -> int:
    """Take the programme up again as it was last; return the version, a new one unless it was on."""
    return _switch(connection, key, enabled=True, who=who, now=now)


def programmes(connection: Connection) -> list[StoredProgramme]:
    """The newest version of every programme, disabled ones included, by key; one statement."""
    return [_stored(row) for row in connection.execute(_newest_versions())]


@cache
def _newest_versions() -> Select[Any]:
    last = select(table.c.key, func.max(table.c.version).label("version")).group_by(table.c.key).subquery()
    query = select(table).join(last, (table.c.key == last.c.key) & (table.c.version == last.c.version))
    return query.order_by(table.c.key)


def _newest(connection: Connection, key: str) -> StoredProgramme | None:
    query = select(table).where(table.c.key == key).order_by(table.c.version.desc()).limit(1)
    row = connection.execute(query).one_or_none()
    return None if row is None else _stored(row)


def _switch(connection: Connection, key: str, *, enabled: bool, who: str, now: datetime) -> int:
    last = _newest(connection, key)
    if last is None:
        raise MisconfiguredError(
            f"There is no programme {key[:63]!r}; the list of programmes names those there are"
        )
    if last.enabled == enabled:
        return last.version
    return _append(connection, last, last.programme, enabled=enabled, who=who, now=now)


def _append(
    connection: Connection,
    last: StoredProgramme | None,
    programme: Programme,
    *,
    enabled: bool,
    who: str,
    now: datetime,
) -> int:
    version = 1 if last is None else last.version + 1
    row = {
        "key": programme.key,
        "version": version,
        "kind": programme.kind,
        "enabled": enabled,
        "definition": programme.model_dump(mode="json"),
        "at": now,
        "who": who,
    }
    try:
        connection.execute(insert(table), row)
    except IntegrityError as error:
        raise RetryError(
            f"Programme {programme.key} was changed by somebody else just now; try again"
        ) from error
    return version


def _stored(row: Row[Any]) -> StoredProgramme:
    return _made((row.key, row.version, row.enabled), orjson.dumps(row.definition), row.at, row.who)


# Read for every person that is computed; checking one takes longer than all that is read for them.
@lru_cache(maxsize=1_000)
def _made(head: tuple[str, int, bool], definition: bytes, at: datetime, who: str) -> StoredProgramme:
    return StoredProgramme(*head, parse_programme(orjson.loads(definition)), at, who)
