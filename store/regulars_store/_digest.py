"""One number for the contents of a store, equal for equal contents on both databases.

Left out is what says how and when things came to be here rather than what they are: row ids, receive times,
sequence numbers, runs, audit, leases, dirty marks, checkpoints.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from hashlib import blake2b
from typing import Any

import orjson
from sqlalchemy import Column, Connection, Table, select

from regulars_store import _tables as tables

_CHUNK = 2_000

_PARTS: Mapping[Table, tuple[str, ...]] = {
    tables.observation_head: ("sequence", "last_sequence", "version_at"),
    tables.dead_letter: ("id", "sequence", "attempts", "first_at", "last_at", "dropped_at", "dropped_why"),
    tables.account: ("version_at", "version_sequence"),
    tables.address: (),
    tables.product: (),
    tables.product_category: (),
    tables.order: (),
    tables.order_line: (),
    tables.order_status_change: ("sequence",),
    tables.refund: (),
    tables.refund_line: (),
    tables.review: (),
    tables.identity_decision: ("id", "revokes", "at"),
    tables.identity_key: (),
    tables.identity_link: ("rules",),
    tables.person: (),
    tables.property_definition: ("at",),
    tables.record_edit: ("id", "at"),
    tables.record_rule: ("id", "at"),
    tables.ownership_proof: ("id", "at", "evidence", "void_since"),
    tables.erased_account: (),
    tables.interaction: ("id", "at", "revokes"),
    tables.reminder: ("id", "at", "done_at"),
    tables.stop_list_entry: ("id", "entry", "at"),
    tables.programme: ("id", "at"),
    tables.person_fact: (),
    tables.offer: (),
    tables.currency_rate: ("at",),
    # Measured by a scale that is made anew now and then, not by every purchase of anybody.
    tables.person_profile: ("rating", "grade"),
    tables.segment: ("id", "at"),
    tables.segment_member: ("since",),
    tables.consent: ("id",),
    tables.sending: ("id",),
    tables.frequency_bound: ("id", "at"),
    tables.exposure: ("id", "at", "changed_at"),
    tables.programme_budget: ("full_since",),
    tables.tier_standing: ("reached_at", "lost_at"),
    tables.product_cost: ("at",),
    tables.status_hook: ("id", "added_at", "ended_at", "failures", "rests_until", "secret_until"),
    tables.grant: ("given_at", "withdrawn_at"),
    tables.grant_use: (),
    tables.push_state: ("confirmed_at",),
}
"""What is counted, and the columns of it that are not."""


def digest(connection: Connection) -> str:
    """32 hex digits over the versions that count of every object and over all derivations.

    The same inputs give the same digest whatever order they arrived in and however often.
    """
    whole = blake2b(digest_size=16)
    for name, part in digest_parts(connection).items():
        whole.update(f"{name}:{part};".encode())
    return whole.hexdigest()


def digest_parts(connection: Connection) -> dict[str, str]:
    """The digest by table, to see where two stores differ."""
    return {
        table.name: _of_table(connection, table, left_out)
        for table, left_out in sorted(_PARTS.items(), key=lambda part: part[0].name)
    }


def _of_table(connection: Connection, table: Table, left_out: tuple[str, ...]) -> str:
    counted = [column for column in table.c if column.name not in left_out]
    total = 0
    for row in _rows(connection, counted):
        line = blake2b(orjson.dumps(row, option=orjson.OPT_SORT_KEYS, default=_plain), digest_size=16)
        # A sum is the same in any order, and unlike exclusive or it does not cancel equal rows.
        total += int.from_bytes(line.digest())
    return f"{total % (1 << 128):032x}"


def _rows(connection: Connection, counted: Sequence[Column[Any]]) -> Iterator[list[Any]]:
    # Options of the statement: those of the connection would stay on it.
    for row in connection.execute(select(*counted), execution_options={"yield_per": _CHUNK}):
        yield [_settled(value) for value in row]


def _settled(value: Any) -> Any:
    return value.astimezone(UTC).isoformat() if isinstance(value, datetime) else value


def _plain(value: Any) -> str:
    if isinstance(value, bytes):
        return value.hex()
    if isinstance(value, Decimal):
        return str(int(value.scaleb(3)))
    raise TypeError(type(value).__name__)
