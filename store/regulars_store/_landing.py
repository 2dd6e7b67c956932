"""Landing: a page's observations, mapped rows, dirty marks and checkpoint, in the caller's transaction."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, bindparam, update

from regulars_mapping import Kind
from regulars_store._bulk import insert_rows, upsert
from regulars_store._checkpoints import CheckpointUpdate, save_checkpoint
from regulars_store._dead_letters import bury, dead_row, exhume
from regulars_store._landing_customers import land_customers
from regulars_store._landing_marks import Marks
from regulars_store._landing_orders import land_orders
from regulars_store._landing_products import land_products
from regulars_store._landing_refunds import land_refunds
from regulars_store._landing_reviews import land_reviews
from regulars_store._lease import Lease
from regulars_store._observed import UNMAPPABLE, Head, Observed, read_heads
from regulars_store._shops import Shop
from regulars_store._tables import observation, observation_head, tombstone
from regulars_store._versions import Track, Version, versions_of

_Key = tuple[str, str]

_OUTCOME = (
    update(observation)
    .where(
        observation.c.shop_id == bindparam("the_shop"),
        observation.c.kind == bindparam("the_kind"),
        observation.c.external_id == bindparam("the_id"),
        observation.c.sequence == bindparam("the_sequence"),
    )
    .values(outcome=bindparam("the_outcome"))
)


@dataclass(frozen=True, slots=True)
class Landed:
    """What became of a page's records. ``dead`` are those that could not be mapped; they count as new,
    changed or stale too, since they landed."""

    new: int
    changed: int
    unchanged: int
    stale: int
    dead: int


def land(
    connection: Connection,
    shop: Shop,
    observed: Sequence[Observed],
    *,
    via: str,
    now: datetime,
    lease: Lease | None,
    checkpoint: CheckpointUpdate | None,
) -> Landed:
    """Land a page. Idempotent: what stands here already is not written again.

    ``via`` is how it was seen: ``history``, ``changes``, or ``read`` for a direct read, which brings an
    object back that was gone. An older version than the one that counts is kept, but changes no mapped row.
    Raises LeaseLostError when the lease was taken over; nothing of the page is written then.
    """
    if lease is not None:
        lease.renew(connection, now=now)
    landing = _Landing(connection, shop, via=via, now=now)
    counts = landing.take(observed)
    landing.write()
    if checkpoint is not None:
        written = len(observed) - counts["unchanged"]
        save_checkpoint(connection, shop.id, checkpoint, now=now, landed=written)
    return Landed(*(counts[name] for name in Landed.__slots__))


def land_tombstones(
    connection: Connection,
    shop: Shop,
    kind: str,
    ids: Sequence[str],
    *,
    via: str,
    now: datetime,
    lease: Lease | None,
) -> int:
    """Note that the shop says these objects do not exist; for how many that was news.

    A tombstone's version time is ``now``: a payload that changed before it and lands after it brings nothing
    back, unless it was read directly. Ids that never landed get one too.
    """
    if lease is not None:
        lease.renew(connection, now=now)
    landing = _Landing(connection, shop, via=via, now=now)
    news = landing.take_absences(str(kind), ids)
    landing.write()
    return news


class _Landing:
    """One page on its way in."""

    def __init__(self, connection: Connection, shop: Shop, *, via: str, now: datetime) -> None:
        self.connection = connection
        self.shop = shop
        self.via = str(via)
        self.now = now
        self.tracks: dict[_Key, Track] = {}
        self.observations: list[dict[str, Any]] = []
        self.outcomes: list[dict[str, Any]] = []
        self.tombstones: list[dict[str, Any]] = []
        self.were_dead: set[_Key] = set()

    def take(self, observed: Sequence[Observed]) -> Counter[str]:
        """Place every observation among its object's versions; how many were what."""
        counts: Counter[str] = Counter()
        heads = self._heads(observed)
        news = [
            each for each in observed if not _covered(heads.get((str(each.kind), each.external_id)), each)
        ]
        counts["unchanged"] = len(observed) - len(news)
        self._load(heads, {(str(each.kind), each.external_id) for each in news})
        for each in news:
            counts.update(self._take(each))
        return counts

    def take_absences(self, kind: str, ids: Sequence[str]) -> int:
        """Place a tombstone among the versions of every object; how many were not known to be gone.

        One that is gone gets a later tombstone too: a payload from between the two stays stale.
        """
        heads = {
            (kind, key): head for key, head in read_heads(self.connection, self.shop.id, kind, ids).items()
        }
        gone = {key for key, head in heads.items() if head.gone}
        wanted = {(kind, external_id) for external_id in ids}
        self._load(heads, wanted - {key for key in gone if heads[key].version_at >= self.now})
        for track in self.tracks.values():
            version = track.vanish(now=self.now)
            row = {"version_at": version.version_at, "sequence": version.sequence, **self._seen(track)}
            self.tombstones.append(row)
        return len(wanted - gone)

    def _heads(self, observed: Iterable[Observed]) -> dict[_Key, Head]:
        ids: dict[str, list[str]] = {}
        for each in observed:
            ids.setdefault(str(each.kind), []).append(each.external_id)
        return {
            (kind, external_id): head
            for kind, wanted in ids.items()
            for external_id, head in read_heads(self.connection, self.shop.id, kind, wanted).items()
        }

    def _load(self, heads: dict[_Key, Head], keys: set[_Key]) -> None:
        known: dict[str, list[str]] = {}
        for key in sorted(keys):
            head = heads.get(key)
            self.tracks[key] = Track(*key, head, stored=head is not None)
            if head is not None:
                known.setdefault(key[0], []).append(key[1])
                if head.outcome == UNMAPPABLE:
                    self.were_dead.add(key)
        for kind, ids in known.items():
            for external_id, versions in versions_of(self.connection, self.shop.id, kind, ids).items():
                self.tracks[kind, external_id].versions = versions

    def _take(self, observed: Observed) -> dict[str, int]:
        track = self.tracks[str(observed.kind), observed.external_id]
        head = track.head
        if _covered(head, observed):
            return {"unchanged": 1}
        dead = int(observed.outcome == UNMAPPABLE)
        if head is not None and not head.gone and head.digest == observed.digest:
            return self._retry(track, observed) | {"dead": dead}
        version = track.arrive(observed, via=self.via, now=self.now)
        self._observe(track, observed, version)
        if head is None:
            return {"new": 1, "dead": dead}
        counts = track.head is not None and track.head.sequence == version.sequence
        return {"changed" if counts else "stale": 1, "dead": dead}

    def _retry(self, track: Track, observed: Observed) -> dict[str, int]:
        if observed.outcome == UNMAPPABLE:
            if self.via == "read":
                track.retry(observed)
            return {"unchanged": 1}
        version = track.retry(observed)
        self.outcomes.append(
            {
                "the_shop": self.shop.id,
                "the_kind": track.kind,
                "the_id": track.external_id,
                "the_sequence": version.sequence,
                "the_outcome": version.outcome,
            }
        )
        return {"changed": 1}

    def _observe(self, track: Track, observed: Observed, version: Version) -> None:
        row = {
            "sequence": version.sequence,
            "changed_at": observed.changed_at,
            "version_at": version.version_at,
            "digest": observed.digest,
            "outcome": version.outcome,
            "payload": observed.payload,
        }
        self.observations.append(row | self._seen(track))

    def _seen(self, track: Track) -> dict[str, Any]:
        return {
            "shop_id": self.shop.id,
            "kind": track.kind,
            "external_id": track.external_id,
            "observed_at": self.now,
            "via": self.via,
        }

    def write(self) -> None:
        """Write everything that was taken in."""
        self.tracks = {key: track for key, track in self.tracks.items() if track.touched}
        if not self.tracks:
            return
        insert_rows(self.connection, observation, self.observations)
        insert_rows(self.connection, tombstone, self.tombstones)
        if self.outcomes:
            self.connection.execute(_OUTCOME, self.outcomes)
        upsert(self.connection, observation_head, [self._head_row(track) for track in self.tracks.values()])
        self._write_dead_letters()
        self._write_mapped()

    def _head_row(self, track: Track) -> dict[str, Any]:
        head = track.head
        assert head is not None  # noqa: S101 - every track has taken something in
        return {
            "shop_id": self.shop.id,
            "kind": track.kind,
            "external_id": track.external_id,
            "sequence": head.sequence,
            "last_sequence": head.last_sequence,
            "version_at": head.version_at,
            "digest": head.digest,
            "outcome": head.outcome,
            "gone": head.gone,
        }

    def _write_dead_letters(self) -> None:
        dead, alive = [], []
        for key, track in self.tracks.items():
            if track.head is not None and track.head.outcome != UNMAPPABLE:
                alive.append(key)
            elif track.head is not None and track.problem is not None:
                dead.append(dead_row(self.shop.id, *key, track.head.sequence, track.problem))
        bury(self.connection, dead, now=self.now)
        exhume(self.connection, self.shop.id, self.were_dead.intersection(alive))

    def _write_mapped(self) -> None:
        by_kind: dict[str, list[Track]] = {kind.value: [] for kind in Kind}
        for track in self.tracks.values():
            by_kind[track.kind].append(track)
        marks = Marks()
        land_products(self.connection, self.shop, by_kind[Kind.PRODUCT])
        land_customers(self.connection, self.shop, by_kind[Kind.CUSTOMER], marks)
        land_orders(self.connection, self.shop, by_kind[Kind.ORDER], marks, news_at=self.now)
        land_refunds(self.connection, self.shop, by_kind[Kind.REFUND], by_kind[Kind.ORDER], marks)
        land_reviews(self.connection, self.shop, by_kind[Kind.REVIEW])
        marks.write(self.connection)


def _covered(head: Head | None, observed: Observed) -> bool:
    return head is not None and head.covers(observed.digest)
