"""What people wrote about accounts by hand, read for the accounts of persons that are made or made again."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import orjson
from sqlalchemy import Connection

from regulars_mapping import (
    PROPERTY,
    STANDARD_RULE,
    CompletenessRule,
    Displayed,
    Edit,
    Recorded,
    recorded,
    standing_edits,
)
from regulars_store._driver import fetch, is_sqlite, utc
from regulars_store._identity_queries import read_wanted

_EDITS = """
    SELECT e.id, e.account_id, e.field, e.value, e.at FROM @ids CROSS JOIN record_edit AS e
    WHERE e.account_id = wanted.value"""
_ORDERED = """
    SELECT o.account_id, max(o.placed_at) FROM @ids CROSS JOIN "order" AS o
    WHERE o.account_id = wanted.value AND NOT o.gone AND o.status NOT IN ('draft', 'trashed')
    GROUP BY o.account_id"""
_ADDRESSED = """
    SELECT DISTINCT x.account_id FROM @ids CROSS JOIN address AS x WHERE x.account_id = wanted.value"""
_RULE = "SELECT complete FROM record_rule ORDER BY id DESC LIMIT 1"
_PROPERTIES = "SELECT key, required, ended FROM property_definition ORDER BY position, key"


@dataclass(frozen=True, slots=True)
class Said:
    """What is known of some accounts beside what their shops say of them, by account id."""

    rule: CompletenessRule
    edits: Mapping[str, Sequence[Edit]]
    ordered: Mapping[str, datetime]
    addressed: Collection[str]

    def recorded(self, shown: Displayed, accounts: Iterable[str]) -> Recorded:
        """What to show of the person who has these accounts."""
        if not self.edits and not self.addressed:
            return recorded(shown, {}, self.rule)
        mine = list(accounts)
        times = [self.ordered[name] for name in mine if name in self.ordered]
        return recorded(
            shown,
            standing_edits(edit for name in mine for edit in self.edits.get(name, ())),
            self.rule,
            addressed=any(name in self.addressed for name in mine),
            ordered_at=max(times, default=None),
        )


NOTHING_SAID = Said(STANDARD_RULE, {}, {}, ())


@dataclass(frozen=True, slots=True)
class ByHand:
    """What a complete record has at this moment, and whether anybody ever wrote anything by hand."""

    rule: CompletenessRule
    anything: bool

    @classmethod
    def read(cls, connection: Connection) -> "ByHand":
        """Three short statements, once for any number of accounts."""
        anything = bool(fetch(connection, "SELECT 1 FROM record_edit LIMIT 1"))
        return cls(present_rule(connection), anything)

    def about(self, connection: Connection, account_ids: Collection[str]) -> Said:
        """What is said about these accounts. Give all accounts of a person together."""
        edits = edits_about(connection, account_ids) if self.anything else {}
        archived = any(edit.field == "archived" and edit.value for some in edits.values() for edit in some)
        rows = read_wanted(connection, _ORDERED, account_ids) if archived else ()
        ordered = {account_id: utc(at) for account_id, at in rows}
        addressed = read_wanted(connection, _ADDRESSED, account_ids) if self.rule.asks("address") else ()
        return Said(self.rule, edits, ordered, frozenset(row[0] for row in addressed))


def present_rule(connection: Connection) -> CompletenessRule:
    """The owner's newest rule, or the standard one, with every property that is required and not ended."""
    rows = fetch(connection, _RULE)
    terms = _json(connection, rows[0][0]) if rows else STANDARD_RULE.terms
    properties = fetch(connection, _PROPERTIES)
    ended = {PROPERTY + key for key, _, gone in properties if gone}
    left = ("|".join(name for name in term.split("|") if name not in ended) for term in terms)
    required = (PROPERTY + key for key, wanted, gone in properties if wanted and not gone)
    return CompletenessRule(tuple(filter(None, left))).also(required)


def edits_about(connection: Connection, account_ids: Collection[str]) -> dict[str, list[Edit]]:
    """Every edit of these accounts, by account."""
    found: dict[str, list[Edit]] = {}
    for id_, account_id, field, value, at in read_wanted(connection, _EDITS, account_ids):
        edit = Edit(id_, account_id, field, _json(connection, value), utc(at))
        found.setdefault(account_id, []).append(edit)
    return found


def _json(connection: Connection, value: Any) -> Any:
    # PostgreSQL's driver reads JSON by itself, so that a text there is a text.
    return orjson.loads(value) if is_sqlite(connection) and value is not None else value
