"""What the statements of a profile are made of where the two databases differ, and how they are run.

Each reads its persons from a JSON array in one parameter, so that a statement has one text whatever their
number. Texts come as they are: SQL never folds.
"""

from collections.abc import Collection, Sequence
from datetime import UTC, datetime
from typing import Any, TypeAlias

import orjson
from sqlalchemy import Connection

from regulars_store._driver import Plain, fetch, is_sqlite

_MOST = 2**63 - 1
STAMPED = len("2026-01-01 00:00:00.000000")
"""Characters of a moment's stamp."""


class Sqlite:
    """SQLite's words; arithmetic beyond 64 bits is made in Python.

    ``ids`` are the wanted persons, each in column ``value`` of ``wanted``; ``rates`` those of the parameter
    ``rates`` (currency, day, numerator, denominator); ``statuses`` the texts of the parameter ``statuses``.
    """

    ids = "json_each(:ids) AS wanted"
    rates = """SELECT json_extract(t.value, '$[0]') AS currency, json_extract(t.value, '$[1]') AS day,
        json_extract(t.value, '$[2]') AS numerator, json_extract(t.value, '$[3]') AS denominator
        FROM json_each(:rates) AS t"""
    statuses = "SELECT value FROM json_each(:statuses)"

    def day(self, moment: str) -> str:
        """The day of a moment in the zone of the parameter ``zone``."""
        return f"regulars_day({moment}, :zone)"

    def share(self, amount: str, goods: str, total: str) -> str:
        """As `goods_share`."""
        return f"regulars_goods_share({amount}, {goods}, {total})"

    def told(self, amount: str) -> str:
        """The amount by the rate ``r``, as `converted`; NULL without one."""
        return f"regulars_converted({amount}, r.numerator, r.denominator)"

    def seconds(self, moment: str) -> str:
        """Whole seconds since 1970."""
        return f"CAST(strftime('%s', {moment}) AS integer)"

    def stamp(self, moment: str) -> str:
        """The moment as a text that sorts like it, `STAMPED` long."""
        return moment

    def behind(self, text: str, mark: str, start: int) -> str:
        """What stands behind the first mark that comes after so many characters."""
        return f"substr({text}, {start} + 1 + instr(substr({text}, {start} + 1), '{mark}'))"

    def gathered(self, value: str) -> str:
        """All values of a group as the text of a JSON list."""
        return f"json_group_array({value})"


class Postgresql:
    """PostgreSQL's, the same; arithmetic beyond 64 bits is made with numeric, which is exact."""

    ids = "jsonb_array_elements_text(CAST(:ids AS jsonb)) AS wanted(value)"
    rates = """SELECT t.value ->> 0 AS currency, t.value ->> 1 AS day, t.value ->> 2 AS numerator,
        t.value ->> 3 AS denominator FROM jsonb_array_elements(CAST(:rates AS jsonb)) AS t(value)"""
    statuses = "SELECT jsonb_array_elements_text(CAST(:statuses AS jsonb))"

    def day(self, moment: str) -> str:
        """The day of a moment in the zone of the parameter ``zone``."""
        return f"to_char({moment} AT TIME ZONE CAST(:zone AS text), 'YYYY-MM-DD')"

    def share(self, amount: str, goods: str, total: str) -> str:
        """As `goods_share`."""
        of, whole = f"CAST({amount} AS numeric)", f"CAST({total} AS numeric)"
        part = f"CAST(div(2 * {of} * {goods} + {whole}, 2 * {whole}) AS bigint)"
        return f"""CASE WHEN {amount} <= 0 OR {goods} <= 0 THEN 0
            WHEN {total} <= 0 THEN least({goods}, {amount}) ELSE least({goods}, {part}) END"""

    def told(self, amount: str) -> str:
        """The amount by the rate ``r``, as `converted`; NULL without one."""
        above, below = "CAST(r.numerator AS numeric)", "CAST(r.denominator AS numeric)"
        size = f"div(2 * abs(CAST({amount} AS numeric)) * {above} + {below}, 2 * {below})"
        return f"CASE WHEN {size} <= {_MOST} THEN CAST(sign({amount}) * {size} AS bigint) END"

    def seconds(self, moment: str) -> str:
        """Whole seconds since 1970."""
        return f"CAST(floor(extract(epoch FROM {moment})) AS bigint)"

    def stamp(self, moment: str) -> str:
        """The moment as a text that sorts like it, `STAMPED` long."""
        return f"""(to_char({moment} AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24-MI-SS.US') COLLATE "C")"""

    def behind(self, text: str, mark: str, start: int) -> str:
        """What stands behind the first mark that comes after so many characters."""
        return f"substr({text}, {start} + 1 + strpos(substr({text}, {start} + 1), '{mark}'))"

    def gathered(self, value: str) -> str:
        """All values of a group as the text of a JSON list."""
        return f"CAST(json_agg({value}) AS text)"


Words: TypeAlias = Sqlite | Postgresql
_SQLITE, _POSTGRESQL = Sqlite(), Postgresql()


def words_of(connection: Connection) -> Words:
    """The words of this connection's database."""
    return _SQLITE if is_sqlite(connection) else _POSTGRESQL


def moment_of(connection: Connection, moment: datetime) -> str | datetime:
    """A moment as the driver takes it."""
    if not is_sqlite(connection):
        return moment
    return moment.astimezone(UTC).isoformat(" ", "microseconds")[:STAMPED]


def rows_of(connection: Connection, sql: str, person_ids: Collection[str], **given: Any) -> Sequence[Plain]:
    """The rows of a statement for these persons."""
    return fetch(connection, sql, ids=orjson.dumps(list(person_ids)).decode(), **given)
