"""The versions of one object, whatever order they arrive in.

Four things can happen to an object: a version that maps, one that is no business of ours (skipped), one
that cannot be mapped, and its absence (a tombstone). They are ordered by version time and then sequence.
The greatest is the head. The greatest that maps gives the mapped rows; they are gone when a skipped version
or an absence is greater still. So the rows are a function of the set of versions, not of their arrival.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import Connection, literal, select, union_all

from regulars_mapping import CanonicalObject, UnmappableError
from regulars_store._bulk import among
from regulars_store._observed import EPOCH, GONE, MAPPED, SKIPPED, UNMAPPABLE, Head, Observed, Placed
from regulars_store._tables import observation, tombstone

NO_DIGEST = bytes(16)
"""The head's digest where it is a tombstone: it equals no payload's."""


class Version(NamedTuple):
    """One version, in the order that decides."""

    version_at: datetime
    sequence: int
    outcome: str


@dataclass(slots=True, repr=False)
class Track:
    """One object while a page lands: its versions, the stored and the arriving ones.

    ``seen`` are the arriving versions that map, with their objects, stale ones too.
    """

    kind: str
    external_id: str
    head: Head | None
    versions: list[Version] = field(default_factory=list)
    seen: list[tuple[Version, CanonicalObject | Placed]] = field(default_factory=list)
    problem: UnmappableError | None = None
    stored: bool = False
    touched: bool = False

    def arrive(self, observed: Observed, *, via: str, now: datetime) -> Version:
        """Take in an observation; its place among the versions."""
        version = self._add(self._version_at(observed, via=via, now=now), observed.outcome, observed.digest)
        self._understand(version, observed)
        return version

    def retry(self, observed: Observed) -> Version:
        """Take in the same payload as the head's, which could not be mapped before."""
        assert self.head is not None  # noqa: S101 - only a head can be tried again
        self.touched = True
        version = Version(self.head.version_at, self.head.sequence, observed.outcome)
        self.versions = [each for each in self.versions if each.sequence != version.sequence] + [version]
        self.head = Head(*_counts(self.head), observed.digest, False, observed.outcome)  # noqa: FBT003
        self._understand(version, observed)
        return version

    def vanish(self, *, now: datetime) -> Version:
        """Take in that the shop says it does not exist."""
        return self._add(now, GONE, NO_DIGEST)

    @property
    def newest(self) -> CanonicalObject | Placed | None:
        """The object for the mapped rows, when it is among the arriving ones."""
        mapped = self.newest_version
        return next((found for version, found in self.seen if version == mapped), None)

    @property
    def newest_version(self) -> Version | None:
        """The version that the mapped rows come from."""
        mapped = [each for each in self.versions if each.outcome == MAPPED]
        return max(mapped) if mapped else None

    @property
    def gone(self) -> bool:
        """Whether the mapped rows are gone."""
        telling = [each for each in self.versions if each.outcome != UNMAPPABLE]
        return bool(telling) and max(telling).outcome != MAPPED

    def _version_at(self, observed: Observed, *, via: str, now: datetime) -> datetime:
        given = observed.changed_at or EPOCH
        if via == "read" and self.head is not None and self.head.gone and given < self.head.version_at:
            # Whoever reads it after it was gone has proof that it is back, whatever its change time says.
            return max(now, self.head.version_at)
        return given

    def _add(self, version_at: datetime, outcome: str, digest: bytes) -> Version:
        self.touched = True
        last = self.head.last_sequence if self.head else 0
        version = Version(version_at, last + 1, outcome)
        self.versions.append(version)
        if self.head is None or version[:2] > (self.head.version_at, self.head.sequence):
            self.head = Head(version.sequence, last + 1, version_at, digest, outcome == GONE, outcome)
        else:
            self.head = Head(
                self.head.sequence,
                last + 1,
                self.head.version_at,
                self.head.digest,
                self.head.gone,
                self.head.outcome,
            )
        return version

    def _understand(self, version: Version, observed: Observed) -> None:
        if isinstance(observed.mapped, UnmappableError):
            if self.head is not None and self.head.sequence == version.sequence:
                self.problem = observed.mapped
        elif observed.mapped is not None:
            self.seen.append((version, observed.mapped))


def _counts(head: Head) -> tuple[int, int, datetime]:
    return head.sequence, head.last_sequence, head.version_at


def versions_of(
    connection: Connection, shop_id: int, kind: str, ids: Collection[str]
) -> dict[str, list[Version]]:
    """The stored versions of these objects of a kind, by external id."""
    found: dict[str, list[Version]] = {}
    if not ids:
        return found
    columns = ("external_id", "version_at", "sequence")
    seen, absent = observation.c, tombstone.c
    query = union_all(
        select(*(seen[name] for name in columns), seen.outcome).where(
            seen.shop_id == shop_id, seen.kind == kind, among(connection, seen.external_id, ids)
        ),
        select(*(absent[name] for name in columns), literal(GONE)).where(
            absent.shop_id == shop_id, absent.kind == kind, among(connection, absent.external_id, ids)
        ),
    )
    for external_id, *version in connection.execute(query):
        found.setdefault(external_id, []).append(Version(*version))
    return found


def absent(versions: Iterable[Version]) -> bool:
    """Whether the newest version that tells says the object is none of ours or not there (any more)."""
    telling = [each for each in versions if each.outcome != UNMAPPABLE]
    return bool(telling) and max(telling).outcome in {SKIPPED, GONE}
