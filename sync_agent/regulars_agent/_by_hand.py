"""What the shop's people did by hand to what is ours there: found by reading it, kept as what stands there,
so that the next plan shows it. Nothing is written to the shop here.

Coupons are compared with the shop's list of them, a request a page. Labels are compared as their customers
land, without a request; those that differ are marked, and read once more before anything is believed.
"""

from array import array
from bisect import bisect_left
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import blake2b

from sqlalchemy import Connection

import regulars_store as store
from regulars_agent._leases import Visit
from regulars_agent._read_back import marked, read_back
from regulars_connectors import Found, HiddenTargetsError, Target

COUPON = "coupon"
LABEL = "label"
EDITED = "edited in the shop by hand"
DELETED = "deleted in the shop"
A_READ = 100
"""Targets that are looked at together."""


@dataclass(slots=True)
class ByHand:
    """How many things of ours were edited or deleted in the shop since Regulars wrote them."""

    edited: int = 0
    deleted: int = 0

    @property
    def count(self) -> int:
        """All of them."""
        return self.edited + self.deleted


def compare_with_shop(at: Visit, beat: Callable[[], None] = lambda: None) -> ByHand:
    """Compare what stands in the books with the shop, under the push lease: labels that landed otherwise, and
    the whole list of coupons, where any stands. ``beat`` is called after each page."""
    seen = adopt_labels(at)
    with at.read() as connection:
        any_stands = store.standing_after(connection, at.shop.id, COUPON, after="", limit=1)
    if any_stands:
        coupons = Coupons(at, seen)
        for batch in marked(at, COUPON):
            coupons.take(batch)
            beat()
        coupons.end()
        if coupons.renamed:
            marks = [f"{remote} {account}" for remote, account in sorted(coupons.renamed.items())]
            with at.write() as connection:
                store.mark_dirty(connection, strays_stage(at.shop.id), marks)
    return seen


def labels_stage(shop_id: int) -> str:
    """Under which labels are marked, by their keys, that landed otherwise than they stand in the books."""
    return f"labels:{shop_id}"


def strays_stage(shop_id: int) -> str:
    """Under which renamed coupons are marked, for which the next plan has to look through the shop."""
    return f"strays:{shop_id}"


def renamed_of(marks: Sequence[store.Mark]) -> dict[str, str]:
    """The accounts of renamed coupons, by the platform's id."""
    told = (mark.key.partition(" ") for mark in marks)
    return {remote: account for remote, _, account in told}


def mark_labels(connection: Connection, shop_id: int, external_ids: Sequence[str]) -> None:
    """Mark of customers that just landed those whose labels are not what stands in the books."""
    differing = store.differing_labels(connection, shop_id, LABEL, external_ids)
    if differing:
        store.mark_dirty(connection, labels_stage(shop_id), differing)


def adopt_labels(at: Visit) -> ByHand:
    """Read the marked labels once more, a hundred a request, and keep those that were changed by hand."""
    seen = ByHand()
    hidden = False
    stage, last = labels_stage(at.shop.id), ""
    while True:
        with at.read() as connection:
            marks = store.dirty_marks(connection, stage, limit=A_READ, after=last)
            keys = [mark.key for mark in marks]
            standing = list(store.standing_of_keys(connection, at.shop.id, LABEL, keys).values())
        if not marks:
            return seen
        try:
            found = [] if hidden else _read(at, [Target(one.kind, one.key) for one in standing])
        except HiddenTargetsError:
            hidden = True
        if hidden:
            # What is not shown is not known to be gone; when it is shown again, it lands anew.
            standing, found = [], []
        with at.write() as connection:
            _adopt(connection, at, list(zip(standing, found, strict=True)), seen)
            store.clear_dirty(connection, stage, marks)
        last = marks[-1].key


def _read(at: Visit, targets: Sequence[Target]) -> list[Found]:
    size = at.connector.limits.read_batch
    return [
        found
        for start in range(0, len(targets), size)
        for found in read_back(at, targets[start : start + size])
    ]


def _adopt(
    connection: Connection,
    at: Visit,
    pairs: Sequence[tuple[store.PushedTarget, Found]],
    seen: ByHand,
) -> list[store.PushedTarget]:
    """Keep how these read, where that is not how they stand and no write of ours is without an answer; which.

    What carries our mark no more is ours no more: it counts as gone."""
    differing = [
        store.SeenTarget(standing, there.document if there.ours else None, there.remote_id)
        for standing, there in pairs
        if (there.document if there.ours else None) != standing.document
    ]
    if not differing:
        return []
    kind = differing[0].standing.kind
    keys = [each.standing.key for each in differing]
    unanswered = store.unanswered_keys(connection, at.shop.id, kind, keys)
    differing = [each for each in differing if each.standing.key not in unanswered]
    store.adopt_seen(connection, at.shop.id, differing, now=at.now())
    accounts = sorted({each.standing.account_id for each in differing})
    store.mark_dirty(connection, f"offers:{at.shop.id}", store.persons_of(connection, accounts))
    gone = sum(each.document is None for each in differing)
    seen.deleted += gone
    seen.edited += len(differing) - gone
    return [each.standing for each in differing]


@dataclass(slots=True)
class Coupons:
    """The books' coupons while the shop's list of them goes by. Remembers eight bytes of each."""

    at: Visit
    seen: ByHand = field(default_factory=ByHand)
    renamed: dict[str, str] = field(default_factory=dict)
    """The accounts of coupons that go by another code now, by the platform's id."""
    _met: "array[int]" = field(default_factory=lambda: array("Q"))
    _others: "array[int]" = field(default_factory=lambda: array("Q"))
    """Codes that the list showed under another number than the books have."""

    def take(self, marked: Sequence[Found]) -> None:
        """Compare a batch of the list."""
        with self.at.read() as connection:
            standing = store.standing_of_keys(connection, self.at.shop.id, COUPON, _keys(marked))
            unknown = [found for found in marked if found.remote_id and found.target.key not in standing]
            moved = self._moved(connection, unknown)
        pairs = [
            (standing[found.target.key], found)
            for found in marked
            if found.target.key in standing
            and standing[found.target.key].remote_id in {None, found.remote_id}
        ]
        met = {one.key for one, _ in pairs}
        self._met.extend(map(_short, sorted(met)))
        self._others.extend(_short(key) for key in sorted(standing.keys() - met))
        self._met.extend(_short(one.key) for one in moved.values())
        # Also where there is nothing to be kept: the shop's list may be longer than the lease.
        with self.at.write() as connection:
            _adopt(connection, self.at, pairs, self.seen)
            gone = [(one, Found(Target(COUPON, one.key), None)) for one in moved.values()]
            adopted = {one.key for one in _adopt(connection, self.at, gone, self.seen)}
        self.renamed |= {remote: one.account_id for remote, one in moved.items() if one.key in adopted}

    def _moved(self, connection: Connection, unknown: Sequence[Found]) -> dict[str, store.PushedTarget]:
        """Coupons of the books that go by another code now, by the platform's id."""
        ids = [found.remote_id for found in unknown if found.remote_id]
        return store.standing_of_remotes(connection, self.at.shop.id, COUPON, ids) if ids else {}

    def end(self) -> None:
        """Look at those of the books that the list did not show: a list may lose one to a deletion meanwhile,
        and a code may have another coupon by now."""
        self._met, self._others = (array("Q", sorted(each)) for each in (self._met, self._others))
        last = ""
        while True:
            with self.at.read() as connection:
                page = store.standing_after(connection, self.at.shop.id, COUPON, after=last, limit=1_000)
            if not page:
                return
            missing = [one for one in page if not _among(self._met, _short(one.key))]
            for start in range(0, len(missing), A_READ):
                self._look(missing[start : start + A_READ])
            last = page[-1].key

    def _look(self, missing: Sequence[store.PushedTarget]) -> None:
        numbered = [one for one in missing if one.remote_id]
        found = _read(self.at, [Target(COUPON, one.key, one.remote_id or "") for one in numbered])
        there = {
            one.key: each for one, each in zip(numbered, found, strict=True) if each.document is not None
        }
        rest = [one for one in missing if one.key not in there]
        there |= {one.key: Found(Target(COUPON, one.key), None) for one in rest}
        rest = [one for one in rest if not one.remote_id or _among(self._others, _short(one.key))]
        by_code = _read(self.at, [Target(COUPON, one.key) for one in rest])
        there |= {one.key: each for one, each in zip(rest, by_code, strict=True)}
        with self.at.write() as connection:
            _adopt(connection, self.at, [(one, there[one.key]) for one in missing], self.seen)


def _keys(marked: Sequence[Found]) -> list[str]:
    return sorted({found.target.key for found in marked})


def _short(key: str) -> int:
    return int.from_bytes(blake2b(key.encode(errors="surrogatepass"), digest_size=8).digest())


def _among(ordered: "array[int]", value: int) -> bool:
    at = bisect_left(ordered, value)
    return at < len(ordered) and ordered[at] == value


def reason_of(row: Mapping[str, object], left: Mapping[tuple[str, str], Mapping[str, object] | None]) -> str:
    """Why something is written, with what somebody did to it in the shop; ``left`` is how we left it."""
    key = (str(row["target_kind"]), str(row["target_key"]))
    reason = str(row["reason"])
    if key not in left or left[key] == row["before"]:
        return reason
    done = DELETED if row["before"] is None else EDITED
    return f"{done}; {reason}" if reason else done
