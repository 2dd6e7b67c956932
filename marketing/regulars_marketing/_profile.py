"""The profile: what is known of a person in one row, kept up to date."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from itertools import chain

from sqlalchemy import Connection

from regulars_marketing._collecting import seldom_collected
from regulars_marketing._opening import NO_OPENING, read_openings
from regulars_marketing._profile_orders import Bought, Purchases, read_purchases
from regulars_marketing._profile_people import Surroundings, read_known
from regulars_marketing._profile_row import NAMES, Making, stored
from regulars_marketing._profile_rules import ProfileRules
from regulars_marketing._profile_sql import rows_of, words_of
from regulars_store import tables
from regulars_store._driver import Plain, fetch, is_sqlite, put, remove

profile = tables.person_profile
_NONE: frozenset[str] = frozenset()
_CHUNK = 500
_BULK = 1_000
_COLUMNS = ", ".join(f"p.{name}" for name in NAMES)
_STORED = f"""
SELECT {_COLUMNS} FROM {{ids}} CROSS JOIN person_profile AS p WHERE p.person_id = wanted.value"""  # noqa: S608 - names of ours
_NEXT = """
SELECT id FROM (
    SELECT id FROM (SELECT DISTINCT person_id AS id FROM account
        WHERE person_id > :last ORDER BY person_id LIMIT :limit) AS a
    UNION SELECT id FROM (SELECT person_id AS id FROM person_profile
        WHERE person_id > :last ORDER BY person_id LIMIT :limit) AS p) AS known
ORDER BY id LIMIT :limit
"""


def write_profiles(
    connection: Connection,
    person_ids: Iterable[str] | None,
    *,
    now: datetime,
    rules: ProfileRules | None = None,
) -> int:
    """Bring the profiles of these persons, or of everybody, up to date; how many differed.

    Only differences are written; what others keep in the row (rating, grade) stays. Who has no
    live account any more, or was erased, has no profile. Idempotent. ``now`` is aware. Where no ``rules`` are
    given, money is counted in the currency and the zone of the shop that was connected first.
    """
    profiles = Profiles.read(connection, rules, now=now)
    if person_ids is not None:
        wanted = sorted(set(person_ids))
        chunks = (wanted[start : start + _CHUNK] for start in range(0, len(wanted), _CHUNK))
        return sum(profiles.write(connection, chunk) for chunk in chunks)
    changed, last = 0, ""
    with seldom_collected():
        while chunk := [id_ for (id_,) in fetch(connection, _NEXT, last=last, limit=_BULK)]:
            changed += profiles.write(connection, chunk)
            last = chunk[-1]
    return changed


@dataclass(frozen=True, slots=True)
class Profiles:
    """What holds for every profile that is written at one moment."""

    making: Making
    around: Surroundings

    @classmethod
    def read(cls, connection: Connection, rules: ProfileRules | None, *, now: datetime) -> "Profiles":
        """A few short statements. Raises ValueError for a moment without a zone."""
        if now.tzinfo is None:
            raise ValueError("now has no time zone; give an aware time")
        around = Surroundings.read(connection)
        return cls(Making(rules or ProfileRules(around.money), now), around)

    @property
    def rules(self) -> ProfileRules:
        """By what they are counted."""
        return self.making.rules

    def purchases(self, connection: Connection, person_ids: Collection[str]) -> Purchases:
        """What these persons bought, for their profiles and for the facts."""
        making = self.making
        products = self.around.categories is not None
        return read_purchases(
            connection, person_ids, making.rules, making.since, making.on_delivery, products=products
        )

    def write(
        self, connection: Connection, person_ids: Collection[str], purchases: Purchases | None = None
    ) -> int:
        """`write_profiles` of these persons, each named once; by what they bought where that was read."""
        if purchases is None:
            purchases = self.purchases(connection, person_ids)
        before = self._stored(connection, person_ids)
        after = self._rows(connection, person_ids, purchases)
        changed = [row for person_id, row in sorted(after.items()) if before.get(person_id) != row]
        vanished = [(person_id,) for person_id in sorted(before.keys() - after.keys())]
        put(connection, profile, NAMES, changed)
        remove(connection, profile, vanished)
        return len(changed) + len(vanished)

    def _stored(self, connection: Connection, person_ids: Collection[str]) -> dict[str, Plain]:
        rows = rows_of(connection, _STORED.format(ids=words_of(connection).ids), person_ids)
        # SQLite gives documents as they were written.
        told = rows if is_sqlite(connection) else map(stored, rows)
        return {row[0]: row for row in told}

    def _rows(
        self, connection: Connection, person_ids: Collection[str], purchases: Purchases
    ) -> dict[str, Plain]:
        making, bought, refused = self.making, purchases.bought, purchases.refused
        known = read_known(connection, person_ids, self.around, now=making.now, topics=making.rules.topics)
        openings = read_openings(connection, person_ids, self.around.cut, making.rules.money)
        categories = self._categories(connection, bought)
        return {
            person_id: making.row(
                person_id,
                one,
                bought.get(person_id),
                refused.get(person_id, 0),
                purchases.places,
                opening=openings.get(person_id, NO_OPENING),
                categories=categories.get(person_id, _NONE),
            )
            for person_id, one in known.items()
        }

    def _categories(
        self, connection: Connection, bought: Mapping[str, Bought]
    ) -> Mapping[str, frozenset[str]]:
        categories = self.around.categories
        if categories is None:
            return {}
        categories.learn(connection, chain.from_iterable(each.products for each in bought.values()))
        return {person_id: categories.of(each.products) for person_id, each in bought.items()}
