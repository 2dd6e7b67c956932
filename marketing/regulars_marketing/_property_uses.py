"""Where the owner's own fields are asked about."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from sqlalchemy import Connection

from regulars_marketing._programmes import programmes
from regulars_marketing._segment_error import SegmentError
from regulars_marketing._segment_fields import PROPERTY_PREFIX
from regulars_marketing._segment_tree import leaves
from regulars_marketing._segments import read_segment, segments


@dataclass(frozen=True, slots=True)
class PropertyUse:
    """A segment, or a programme by its audience, that asks about a field; by its key."""

    kind: Literal["segment", "programme"]
    key: str


def property_uses(connection: Connection, key: str) -> list[PropertyUse]:
    """The segments and programmes that are on and ask about this field, each kind by key."""
    return [use for use, expression in _asking(connection) if _asks(connection, expression, key)]


def _asking(connection: Connection) -> Iterator[tuple[PropertyUse, str]]:
    for segment in segments(connection):
        if segment.enabled:
            yield PropertyUse("segment", segment.key), segment.expression
    for each in programmes(connection):
        if each.enabled and each.programme.audience is not None:
            yield PropertyUse("programme", each.key), each.programme.audience


def _asks(connection: Connection, expression: str, key: str) -> bool:
    if f"{PROPERTY_PREFIX}{key}" not in expression.lower():
        return False
    try:
        return any(leaf.field.key == key for leaf in leaves(read_segment(connection, expression)))
    except SegmentError:
        # It names another field that has ended; what it asks about can only be seen in its words.
        return re.search(rf"{re.escape(PROPERTY_PREFIX + key)}\b", expression.lower()) is not None
