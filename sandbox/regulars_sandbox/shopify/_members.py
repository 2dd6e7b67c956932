"""Who is in a segment: what is true, and what the shop already sees of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from regulars_sandbox.shopify._core import Core
from regulars_sandbox.shopify._segment_conduct import SegmentConduct
from regulars_sandbox.shopify._segment_fields import Subject
from regulars_sandbox.shopify._segment_query import SegmentQuery

__all__ = ["Members", "Moved"]

Moved = Callable[[int, bool], None]
"""Told of each customer who is seen to join (True) or to leave."""


@dataclass(slots=True)
class _Change:
    since: int
    looks: int = 0
    quiet: bool = False


@dataclass(slots=True)
class Members:
    """The members of one segment.

    Where the query is new they come and go without a word, later changes are told of.  What changes by the
    calendar alone is seen when somebody looks.
    """

    core: Core
    query: SegmentQuery
    seen: set[int] = field(default_factory=set)
    _waiting: dict[int, _Change] = field(default_factory=dict)

    def asked_anew(self, query: SegmentQuery, conduct: SegmentConduct, moved: Moved) -> None:
        """Another query; whoever it changes comes and goes in silence."""
        self.query = query
        for customer in self.seen ^ self.true():
            self._waiting[customer] = _Change(self.core.now(), quiet=True)
        self._settle(conduct, moved)

    def look(self, conduct: SegmentConduct, moved: Moved) -> set[int]:
        """The members as the shop sees them now, a question about the segment."""
        self.catch_up(conduct, moved)
        for change in self._waiting.values():
            change.looks += 1
        return self.seen

    def catch_up(self, conduct: SegmentConduct, moved: Moved) -> None:
        """Time went by."""
        self._note(self.seen ^ self.true(), set(self._waiting))
        self._settle(conduct, moved)

    def hear(self, customer: int, conduct: SegmentConduct, moved: Moved) -> None:
        """Something happened to the customer."""
        row = self.core.customers.get(customer)
        true = row is not None and self.query.matches(self._subject(customer))
        self._note({customer} if true != (customer in self.seen) else set(), {customer})
        self._settle(conduct, moved)

    def true(self) -> set[int]:
        """Who is meant by the query now."""
        return {row.id for row in self.core.customers if self.query.matches(self._subject(row.id))}

    def _subject(self, customer: int) -> Subject:
        row = self.core.customers.get(customer)
        if row is None:
            raise AssertionError("only customers of the shop are looked at")
        return Subject(self.core, row, self.core.settings.zone)

    def _note(self, changed: set[int], judged: set[int]) -> None:
        """Keep what changed waiting, and forget of those judged what is no change any more."""
        for customer in judged - changed:
            self._waiting.pop(customer, None)
        for customer in changed:
            self._waiting.setdefault(customer, _Change(self.core.now()))

    def _settle(self, conduct: SegmentConduct, moved: Moved) -> None:
        now = self.core.now()
        for customer, change in list(self._waiting.items()):
            if now < change.since + conduct.lag_seconds or change.looks < conduct.lag_looks:
                continue
            del self._waiting[customer]
            self.seen ^= {customer}
            if not change.quiet:
                moved(customer, customer in self.seen)
