"""What people wrote about accounts by hand, read for the accounts of persons that are made or made again."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from operator import itemgetter
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
from regulars_store._driver import Plain, fetch, is_sqlite, utc
from regulars_store._identity_queries import read_wanted
from regulars_store._record_merged import merged_from
from regulars_store._shops import checks_emails

_SHOP, _RULE, _PROPERTY, _EDITED, _DECIDED = "shop", "rule", "property", "edited", "decided"
_ENDED, _REQUIRED = "ended", "required"
_EDITS = """
    SELECT e.id, e.account_id, e.field, e.value, e.at FROM @ids CROSS JOIN record_edit AS e
    WHERE e.account_id = wanted.value"""
_ORDERED = """
    SELECT o.account_id, max(o.placed_at) FROM @ids CROSS JOIN "order" AS o
    WHERE o.account_id = wanted.value AND NOT o.gone AND o.status NOT IN ('draft', 'trashed')
    GROUP BY o.account_id"""
_ADDRESSED = """
    SELECT DISTINCT x.account_id FROM @ids CROSS JOIN address AS x WHERE x.account_id = wanted.value"""
# Each small, and all wanted every time: one statement, whose answer is seldom another than the last.
_WORDS = f"""
    SELECT '{_SHOP}', id, '', CAST(options AS text) FROM shop
    UNION ALL
    SELECT '{_RULE}', id, '', CAST(complete AS text) FROM record_rule
    WHERE id = (SELECT max(id) FROM record_rule)
    UNION ALL
    SELECT '{_PROPERTY}', position, key, CASE WHEN ended THEN '{_ENDED}' WHEN required THEN '{_REQUIRED}' END
    FROM property_definition
    UNION ALL
    SELECT '{_EDITED}', 0, '', '' WHERE EXISTS (SELECT 1 FROM record_edit)
    UNION ALL
    SELECT '{_DECIDED}', 0, '', '' WHERE EXISTS (SELECT 1 FROM identity_decision)"""  # noqa: S608 - words of ours


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
    """What people say at this moment of no account in particular.

    ``rule`` is what a complete record has; ``anything`` whether anybody ever wrote into a record, ``decided``
    whether anybody, or a shop, ever said who is who; ``vouched`` are the shops, connected or not, of which
    the owner says that they check e-mails.
    """

    rule: CompletenessRule
    anything: bool
    decided: bool
    vouched: frozenset[int]

    @classmethod
    def read(cls, connection: Connection) -> "ByHand":
        """One short statement, once for any number of accounts."""
        return _by_hand(tuple(map(tuple, fetch(connection, _WORDS))))

    def about(self, connection: Connection, account_ids: Collection[str]) -> Said:
        """What is said about these accounts. Give all accounts of a person together."""
        edits = edits_about(connection, account_ids, decided=self.decided) if self.anything else {}
        archived = any(edit.field == "archived" and edit.value for some in edits.values() for edit in some)
        rows = read_wanted(connection, _ORDERED, account_ids) if archived else ()
        ordered = {account_id: utc(at) for account_id, at in rows}
        addressed = read_wanted(connection, _ADDRESSED, account_ids) if self.rule.asks("address") else ()
        return Said(self.rule, edits, ordered, frozenset(row[0] for row in addressed))


def present_rule(connection: Connection) -> CompletenessRule:
    """The owner's newest rule, or the standard one, with every property that is required and not ended."""
    return ByHand.read(connection).rule


@lru_cache(maxsize=8)
def _by_hand(rows: tuple[Plain, ...]) -> ByHand:
    said: dict[str, list[Plain]] = {}
    for word, *rest in sorted(rows, key=itemgetter(0, 1, 2)):
        said.setdefault(word, []).append(tuple(rest))
    options = ((id_, orjson.loads(given)) for id_, _, given in said.get(_SHOP, ()))
    return ByHand(
        _rule(said.get(_RULE, ()), said.get(_PROPERTY, ())),
        _EDITED in said,
        _DECIDED in said,
        frozenset(id_ for id_, given in options if checks_emails(given)),
    )


def _rule(newest: Sequence[Plain], properties: Sequence[Plain]) -> CompletenessRule:
    terms = orjson.loads(newest[0][2]) if newest else STANDARD_RULE.terms
    ended = {PROPERTY + key for _, key, state in properties if state == _ENDED}
    left = ("|".join(name for name in term.split("|") if name not in ended) for term in terms)
    required = (PROPERTY + key for _, key, state in properties if state == _REQUIRED)
    return CompletenessRule(tuple(filter(None, left))).also(required)


def edits_about(
    connection: Connection, account_ids: Collection[str], *, decided: bool = True
) -> dict[str, list[Edit]]:
    """Every edit of these accounts, and of those that are gone and that a shop merged into them: by the
    account of these whose it is now. ``decided`` is false where no shop ever did."""
    merged = merged_from(connection, account_ids) if decided else {}
    found: dict[str, list[Edit]] = {}
    for id_, account_id, field, value, at in read_wanted(connection, _EDITS, [*account_ids, *merged]):
        edit = Edit(id_, account_id, field, _json(connection, value), utc(at))
        found.setdefault(merged.get(edit.account, edit.account), []).append(edit)
    return found


def _json(connection: Connection, value: Any) -> Any:
    # PostgreSQL's driver reads JSON by itself, so that a text there is a text.
    return orjson.loads(value) if is_sqlite(connection) and value is not None else value
