"""The owner's properties, and the rule of a complete record; everybody is marked when they change."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, func, insert, select

from regulars_mapping import PROPERTY, CompletenessRule, Property, PropertyType
from regulars_store._bulk import upsert
from regulars_store._dirty import mark_dirty_among
from regulars_store._push_profiles import mark_every_profile
from regulars_store._tables_derived import person
from regulars_store._tables_inputs import shop
from regulars_store._tables_record import property_definition, record_rule

_FIELDS = ("key", "title", "choices", "required", "personal", "sensitive", "push_to")


def properties(connection: Connection, *, ended: bool = False) -> dict[str, Property]:
    """The owner's properties by key, in the order in which they are shown; those that ``ended`` instead."""
    query = select(property_definition).where(property_definition.c.ended.is_(ended))
    rows = connection.execute(query.order_by(property_definition.c.position, property_definition.c.key))
    return {row.key: _property(row._asdict()) for row in rows}


def _property(row: Mapping[str, Any]) -> Property:
    values = {name: row[name] for name in _FIELDS} | {"choices": tuple(row["choices"])}
    return Property(type=PropertyType(row["type"]), **values)


def save_property(
    connection: Connection, defined: Property, *, ended: bool = False, who: str, now: datetime
) -> None:
    """Keep a definition, or end it; a new one is shown last. Marks everybody where completeness changes, and
    whoever has it where it travels to the shops otherwise than before."""
    old = connection.execute(
        select(property_definition).where(property_definition.c.key == defined.key)
    ).first()
    last = connection.scalar(select(func.max(property_definition.c.position))) or 0
    row = {name: getattr(defined, name) for name in _FIELDS} | {
        "choices": list(defined.choices),
        "type": defined.type.value,
        "position": last + 1 if old is None else old.position,
        "ended": ended,
        "at": now,
        "who": who,
    }
    upsert(connection, property_definition, [row])
    was = old is not None and not old.ended
    if (was and old is not None and old.required, was) != (defined.required and not ended, not ended):
        mark_everybody(connection)
    before = (old.push_to, old.sensitive) if was and old is not None else ("", False)
    if before != (("", False) if ended else (defined.push_to, defined.sensitive)):
        for shop_id in connection.scalars(select(shop.c.id).where(shop.c.removed_at.is_(None))).all():
            mark_every_profile(connection, shop_id, field=PROPERTY + defined.key)


def save_rule(connection: Connection, rule: CompletenessRule, *, who: str, why: str, now: datetime) -> int:
    """Keep a rule as the one that holds from now on, and mark everybody; its number."""
    values = {"complete": list(rule.terms), "at": now, "who": who, "why": why}
    (number,) = connection.scalars(insert(record_rule).returning(record_rule.c.id), [values])
    mark_everybody(connection)
    return int(number)


def mark_everybody(connection: Connection) -> None:
    """Every person is made again at the next computing."""
    mark_dirty_among(connection, "identity", select(person.c.anchor))
