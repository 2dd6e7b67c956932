"""What the statements of a profile are made of where the two databases differ, and how they are run.

Each reads what it is about from a JSON array in one parameter, so that a statement has one text whatever the
number. Texts come as they are: SQL never folds.
"""

from collections.abc import Callable, Collection, Sequence
from datetime import UTC, datetime
from functools import cache
from typing import Any, TypeAlias

import orjson
from sqlalchemy import Connection

from regulars_store._driver import Plain, fetch, is_sqlite, utc

_STAMPED = len("2026-01-01 00:00:00.000000")

Place = tuple[str, str, str]
"""Country, region and city."""


class Sqlite:
    """SQLite's words.

    ``ids`` are the wanted ones, each in column ``value`` of ``wanted``; ``statuses`` the texts of the
    parameter ``statuses``.
    """

    ids = "json_each(:ids) AS wanted"
    statuses = "SELECT value FROM json_each(:statuses)"

    def stamp(self, moment: str) -> str:
        """The moment as `stamp_of` gives it."""
        return moment

    def document(self, column: str) -> str:
        """The text of a column of documents, which is what it holds."""
        return column

    def listed(self, values: Sequence[str]) -> str:
        """The values as a JSON list."""
        return f"json_array({', '.join(values)})"

    def gathered(self, value: str) -> str:
        """All values of a group as the text of a JSON list."""
        return f"json_group_array({value})"


class Postgresql:
    """PostgreSQL's, the same."""

    ids = "jsonb_array_elements_text(CAST(:ids AS jsonb)) AS wanted(value)"
    statuses = "SELECT jsonb_array_elements_text(CAST(:statuses AS jsonb))"

    def stamp(self, moment: str) -> str:
        """The moment as `stamp_of` gives it."""
        return f"""to_char({moment} AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24":"MI":"SS.US')"""

    def document(self, column: str) -> str:
        """The text of a column of documents."""
        return f"CAST({column} AS text)"

    def listed(self, values: Sequence[str]) -> str:
        """The values as a JSON list."""
        return f"json_build_array({', '.join(values)})"

    def gathered(self, value: str) -> str:
        """All values of a group as the text of a JSON list."""
        return f"CAST(json_agg({value}) AS text)"


Words: TypeAlias = Sqlite | Postgresql
_SQLITE, _POSTGRESQL = Sqlite(), Postgresql()


def words_of(connection: Connection) -> Words:
    """The words of this connection's database."""
    return _SQLITE if is_sqlite(connection) else _POSTGRESQL


def stamp_of(moment: datetime) -> str:
    """A moment as a text that sorts like it, always of one length."""
    # Nearly all are in UTC: to ask for it all the same would take longer than the text.
    there = moment if moment.tzinfo is UTC else moment.astimezone(UTC)
    return there.isoformat(" ", "microseconds")[:_STAMPED]


def moments(connection: Connection) -> Callable[[str], Any]:
    """What makes of a stamp the moment as the driver gives and takes it."""
    return str if is_sqlite(connection) else utc


def moment_of(connection: Connection, moment: datetime) -> str | datetime:
    """A moment as the driver takes it."""
    return stamp_of(moment) if is_sqlite(connection) else moment


def rows_of(connection: Connection, sql: str, ids: Collection[str], **given: Any) -> Sequence[Plain]:
    """The rows of a statement about these."""
    return fetch(connection, sql, ids=orjson.dumps(list(ids)).decode(), **given)


_PLACES = """
SELECT x.id, x.country, x.region, x.city FROM {ids} CROSS JOIN address AS x WHERE x.id = wanted.value"""


def read_places(connection: Connection, address_ids: Collection[str]) -> dict[str, Place]:
    """The places of these addresses; one statement."""
    if not address_ids:
        return {}
    rows = rows_of(connection, _places(words_of(connection)), address_ids)
    return {id_: (country, region, city) for id_, country, region, city in rows}


@cache
def _places(words: Words) -> str:
    return _PLACES.format(ids=words.ids)
