"""Landing once more what stands here already, with other payloads: how a person's objects are erased.

The payloads of all versions are overwritten, and the mapped rows are made again from them by the code that
lands a page. So the rows are what landing the erased payloads into an empty store would give.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, bindparam, select, update

from regulars_mapping import CanonicalObject, Customer, Kind, UnmappableError
from regulars_store._account_rows import address_row
from regulars_store._bulk import among, delete_where
from regulars_store._dead_letters import bury, dead_row
from regulars_store._landing_customers import land_customers
from regulars_store._landing_marks import Marks
from regulars_store._landing_orders import land_orders
from regulars_store._landing_products import land_products
from regulars_store._landing_refunds import land_refunds
from regulars_store._landing_reviews import land_reviews
from regulars_store._observed import MAPPED, UNMAPPABLE, Observed, Placed, read_heads
from regulars_store._shops import Shop
from regulars_store._tables import address, observation, observation_head
from regulars_store._versions import Track, Version, versions_of

_SAME = (
    observation.c.shop_id == bindparam("the_shop"),
    observation.c.kind == bindparam("the_kind"),
    observation.c.external_id == bindparam("the_id"),
    observation.c.sequence == bindparam("the_sequence"),
)
_OVERWRITE = (
    update(observation).where(*_SAME).values(digest=bindparam("the_digest"), payload=bindparam("the_payload"))
)
_HEAD = (
    update(observation_head)
    .where(
        observation_head.c.shop_id == bindparam("the_shop"),
        observation_head.c.kind == bindparam("the_kind"),
        observation_head.c.external_id == bindparam("the_id"),
        observation_head.c.sequence == bindparam("the_sequence"),
        observation_head.c.gone.is_(False),
    )
    .values(digest=bindparam("the_digest"))
)


@dataclass(frozen=True, slots=True)
class Kept:
    """One stored version of an object. The payload stays out of ``repr``."""

    kind: str
    external_id: str
    sequence: int
    changed_at: datetime | None
    version_at: datetime
    outcome: str
    digest: bytes
    payload: bytes

    @property
    def mapped(self) -> bool:
        """Whether it was understood as something of the customer base when it landed."""
        return self.outcome == MAPPED

    def __repr__(self) -> str:
        return f"Kept({self.kind}, {self.external_id}, {self.sequence})"


@dataclass(frozen=True, slots=True)
class Rewritten:
    """How the version of this ``sequence`` shall read."""

    sequence: int
    observed: Observed


def kept_versions(connection: Connection, shop_id: int, kind: str, ids: Collection[str]) -> Iterator[Kept]:
    """Every stored version of these objects, with its payload, oldest first."""
    columns = [observation.c[name] for name in Kept.__slots__]
    query = (
        select(*columns)
        .where(
            observation.c.shop_id == shop_id,
            observation.c.kind == str(kind),
            among(connection, observation.c.external_id, sorted(ids)),
        )
        .order_by(observation.c.external_id, observation.c.sequence)
    )
    return (Kept(*row) for row in connection.execute(query))


def rewrite_landed(
    connection: Connection,
    shop: Shop,
    rewritten: Sequence[Rewritten],
    *,
    accounts: Collection[str],
    now: datetime,
) -> set[str]:
    """Overwrite these versions and make the mapped rows of their objects again; give all versions of each.

    Whether a version counts stays as it was, whatever its payload is understood as now. The addresses of
    ``accounts`` are made again too. The answer is the accounts that the objects name now.
    Marks what must be derived again, as landing does.
    """
    _overwrite(connection, shop, rewritten)
    tracks = _tracks(connection, shop, rewritten)
    delete_where(connection, address.c.account_id, address, sorted(accounts))
    marks = Marks()
    of_kind = {kind: [track for track in tracks if track.kind == kind.value] for kind in Kind}
    land_customers(connection, shop, of_kind[Kind.CUSTOMER], marks)
    land_orders(connection, shop, of_kind[Kind.ORDER], marks)
    land_refunds(connection, shop, of_kind[Kind.REFUND], of_kind[Kind.ORDER], marks)
    land_reviews(connection, shop, of_kind[Kind.REVIEW])
    land_products(connection, shop, of_kind[Kind.PRODUCT])
    marks.write(connection)
    _write_letters(connection, shop, tracks, now=now)
    return {name for track in tracks for _, found in track.seen for name in _accounts_of(shop, track, found)}


def _accounts_of(shop: Shop, track: Track, found: CanonicalObject | Placed) -> Iterator[str]:
    if isinstance(found, Placed):
        yield found.account_id
    elif track.kind == Kind.CUSTOMER:
        yield f"{shop.id}:{track.external_id}"


def drop_former_addresses(
    connection: Connection, shop: Shop, pairs: Collection[tuple[Observed, Observed]]
) -> None:
    """Delete the addresses that these objects told before (first) and tell no more (second)."""
    former = {id_ for was, _ in pairs for id_ in _addresses_of(shop, was)}
    former -= {id_ for _, is_ in pairs for id_ in _addresses_of(shop, is_)}
    delete_where(connection, address.c.id, address, sorted(former))


def _addresses_of(shop: Shop, observed: Observed) -> Iterator[str]:
    found = observed.mapped
    if isinstance(found, Placed):
        yield from (row["id"] for row in found.addresses if row)
    elif isinstance(found, Customer):
        account_id = f"{shop.id}:{observed.external_id}"
        yield from (address_row(account_id, each)["id"] for each in found.addresses)


def _overwrite(connection: Connection, shop: Shop, rewritten: Sequence[Rewritten]) -> None:
    rows = [
        {
            "the_shop": shop.id,
            "the_kind": str(one.observed.kind),
            "the_id": one.observed.external_id,
            "the_sequence": one.sequence,
            "the_digest": one.observed.digest,
            "the_payload": one.observed.payload,
        }
        for one in rewritten
    ]
    if rows:
        connection.execute(_OVERWRITE, rows)
        names = ("the_shop", "the_kind", "the_id", "the_sequence", "the_digest")
        connection.execute(_HEAD, [{name: row[name] for name in names} for row in rows])


def _tracks(connection: Connection, shop: Shop, rewritten: Sequence[Rewritten]) -> list[Track]:
    by_object: dict[tuple[str, str], dict[int, Observed]] = {}
    for one in rewritten:
        key = (str(one.observed.kind), one.observed.external_id)
        by_object.setdefault(key, {})[one.sequence] = one.observed
    found: list[Track] = []
    for kind in sorted({kind for kind, _ in by_object}):
        ids = [external_id for each, external_id in by_object if each == kind]
        heads = read_heads(connection, shop.id, kind, ids)
        for external_id, versions in versions_of(connection, shop.id, kind, ids).items():
            track = Track(kind, external_id, heads[external_id], versions, stored=True, touched=True)
            _understand(track, by_object[kind, external_id])
            found.append(track)
    return found


def _understand(track: Track, observed: Mapping[int, Observed]) -> None:
    for version in track.versions:
        one = observed.get(version.sequence)
        found = one.mapped if one is not None else None
        if isinstance(found, UnmappableError):
            if version.outcome == UNMAPPABLE and _is_head(track, version):
                track.problem = found
        elif found is not None and version.outcome == MAPPED:
            track.seen.append((version, found))


def _is_head(track: Track, version: Version) -> bool:
    return track.head is not None and track.head.sequence == version.sequence


def _write_letters(connection: Connection, shop: Shop, tracks: Sequence[Track], *, now: datetime) -> None:
    """Dead letters of what cannot be mapped, in the words of the erased payload."""
    dead = [
        dead_row(shop.id, track.kind, track.external_id, track.head.sequence, track.problem)
        for track in tracks
        if track.problem is not None and track.head is not None
    ]
    bury(connection, dead, now=now)
