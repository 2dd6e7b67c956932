"""What travels into the store from a shop: observed objects, and how each stands there."""

import json
import zlib
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, NamedTuple, Self

import orjson
from sqlalchemy import Connection, select

from regulars_mapping import CanonicalObject, UnmappableError
from regulars_store._bulk import among
from regulars_store._tables import observation_head

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
"""The version time of what carries no change time: its versions follow each other by sequence alone."""

MAPPED, SKIPPED, UNMAPPABLE, GONE = "mapped", "skipped", "unmappable", "gone"


class Placed(NamedTuple):
    """An order as the rows that it becomes: everything of landing it that needs no database.

    ``at`` is when its buyer said what it says of them; ``addresses`` are the billing and the delivery
    address, empty where there is none; ``row`` lacks only whether the order is gone.
    """

    id: str
    account_id: str
    at: datetime
    fields: Mapping[str, str]
    addresses: tuple[Mapping[str, Any], Mapping[str, Any]]
    row: Mapping[str, Any]
    lines: Sequence[Mapping[str, Any]]

    def __repr__(self) -> str:
        return f"Placed({self.id})"


@dataclass(frozen=True, slots=True)
class Observed:
    """One object as a shop showed it, ready to land.

    ``digest`` (16 bytes) covers the change time: equal digests mean equal versions. ``payload`` is what
    ``compress`` gives. ``mapped`` is the translation, as a model or as what ``prepared`` makes of one, the
    reason why there is none, or None for an object that is no business of the customer base. The contents
    stay out of ``repr``: they are personal data.
    """

    kind: str
    external_id: str
    changed_at: datetime | None
    digest: bytes
    payload: bytes
    mapped: CanonicalObject | Placed | UnmappableError | None

    def __repr__(self) -> str:
        return f"Observed({self.kind}, {self.external_id})"

    def __reduce__(self) -> tuple[type[Self], tuple[object, ...]]:
        """Sent to another process by its fields in their order: half the price of a dataclass's own way."""
        values = (self.kind, self.external_id, self.changed_at, self.digest, self.payload, self.mapped)
        return type(self), values

    @property
    def outcome(self) -> str:
        """The word kept with the observation."""
        if self.mapped is None:
            return SKIPPED
        return UNMAPPABLE if isinstance(self.mapped, UnmappableError) else MAPPED


@dataclass(frozen=True, slots=True)
class Head:
    """How an object stands: the version that counts, by version time and then sequence."""

    sequence: int
    last_sequence: int
    version_at: datetime
    digest: bytes
    gone: bool
    outcome: str

    def covers(self, digest: bytes) -> bool:
        """Whether an object with this digest has nothing new: the same version, understood, not gone.

        A version that could not be mapped is not covered, so that it is tried again.
        """
        return not self.gone and self.outcome != UNMAPPABLE and self.digest == digest


def read_heads(connection: Connection, shop_id: int, kind: str, ids: Collection[str]) -> dict[str, Head]:
    """How these objects of a kind stand, by external id; those never seen are missing."""
    if not ids:
        return {}
    table = observation_head.c
    columns = [table.external_id, *(table[name] for name in Head.__slots__)]
    query = select(*columns).where(
        table.shop_id == shop_id, table.kind == str(kind), among(connection, table.external_id, ids)
    )
    return {row[0]: Head(*row[1:]) for row in connection.execute(query)}


def compress(payload: Mapping[str, Any]) -> bytes:
    """A payload as it is kept: zlib of its JSON. Takes whatever JSON can say, lone surrogates too."""
    try:
        text = orjson.dumps(payload)
    except TypeError:
        # Lone surrogates and integers beyond 64 bits: the standard library writes them, escaped.
        text = json.dumps(payload).encode()
    return zlib.compress(text, 1)


def decompress(payload: bytes) -> dict[str, Any]:
    """The payload as it was received."""
    # orjson would read an integer beyond 64 bits as a float.
    found: dict[str, Any] = json.loads(zlib.decompress(payload))
    return found
