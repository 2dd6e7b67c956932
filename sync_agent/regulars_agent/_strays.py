"""Strays: coupons of ours in a shop that are not what stands in the books, and that no write underway names.

They are left by a writer that was frozen between the check of its lease and its request, and by a shop that
went on working on a dead writer's request for longer than its settle time.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Connection

import regulars_store as store
from regulars_agent._leases import Visit
from regulars_agent._read_back import read_back
from regulars_agent._settle import Settled
from regulars_connectors import Found, Target

CODED = "coupon"
"""The kind whose key is an unguessable code of ours: a new one cannot stand in the shop before us."""
NEVER_USED = "left behind by an interrupted write, and never used"
NOBODY = "unknown"
"""Stands for the customer's number where the books know nothing of a code."""
RENAMED = "renamed in the shop by hand, and never used"
MOST_STRAYS = 2_000
"""Most strays that one plan takes away: they are kept in memory while everybody is planned."""
_LONGEST_ID = 64
NAMED = 20
"""Most used strays that an owner is told of one by one."""


@dataclass(slots=True)
class Swept:
    """What a sweep has seen. ``kept`` describes the used strays, which stay, and ``more`` counts the rest;
    ``loose`` are those to take away, and ``left`` counts those that a later plan takes."""

    seen: set[str] = field(default_factory=set)
    kept: list[str] = field(default_factory=list)
    more: int = 0
    loose: list[Found] = field(default_factory=list)
    left: int = 0

    def collect(self, strays: Sequence[Found]) -> None:
        """Keep those to take away."""
        unused = self.unused(strays)
        free = MOST_STRAYS - len(self.loose)
        self.loose += unused[:free]
        self.left += len(unused[free:])

    def unused(self, strays: Sequence[Found]) -> list[Found]:
        """Those to take away, each once though a shop's list may show it twice; the others are noted."""
        unused = []
        for found in strays:
            if not found.remote_id or found.remote_id in self.seen:
                continue
            self.seen.add(found.remote_id)
            if not found.used:
                unused.append(found)
            elif len(self.kept) < NAMED:
                self.kept.append(_used_stray(found))
            else:
                self.more += 1
        return unused

    @property
    def told(self) -> tuple[str, ...]:
        """What an owner is told of the strays that are kept."""
        more = [f"and {self.more} more like these"] if self.more else []
        left = [f"{self.left} more strays are left to the next plan over everybody"] if self.left else []
        return (*self.kept, *more, *left)


def strays_among(at: Visit, marked: Sequence[Found]) -> list[Found]:
    """The strays among coupons that carry our mark.

    Of several with one code the one in the books stays; where that is not there any more, the one that the
    shop itself takes for the code; where neither is ours, all. What the books know of ids is looked up.
    """
    codes = sorted({found.target.key for found in marked})
    with at.read() as connection:
        standing = store.standing_ids(connection, at.shop.id, CODED, codes)
    loose = [found for found in marked if standing.get(found.target.key, "") != found.remote_id]
    if not loose:
        return []
    loose = not_underway(at, loose)
    stay = _staying(
        at, {one.target.key: standing[one.target.key] for one in loose if one.target.key in standing}
    )
    return [
        found
        for found in loose
        if found.target.key not in standing or stay.get(found.target.key) not in {None, found.remote_id}
    ]


def _staying(at: Visit, standing: Mapping[str, str | None]) -> dict[str, str | None]:
    """The platform's id of the coupon that stays of each code."""
    known = _read(at, [Target(CODED, code, remote) for code, remote in standing.items() if remote])
    stay = {found.target.key: found.remote_id for found in known if found.ours}
    rest = _read(at, [Target(CODED, code) for code in standing if code not in stay])
    return stay | {found.target.key: found.remote_id for found in rest if found.ours}


def _read(at: Visit, targets: Sequence[Target]) -> Iterator[Found]:
    size = at.connector.limits.read_batch
    for start in range(0, len(targets), size):
        yield from read_back(at, targets[start : start + size])


def not_underway(at: Visit, loose: Sequence[Found]) -> list[Found]:
    """Those of these strays that no write names which is planned, or sent and not answered yet."""
    with at.read() as connection:
        underway = store.keys_underway(connection, at.shop.id, CODED, [one.target.key for one in loose])
    return [found for found in loose if found.target.key not in underway]


def owners_of(
    connection: Connection, shop_id: int, strays: Sequence[Found], renamed: Mapping[str, str]
) -> list[str]:
    """The account that each stray was made for: it stood in the books till it was ``renamed`` (by the
    platform's id), its code was made for it once, or else its mark names it. Nobody, where none is known."""
    made = store.accounts_of_codes(connection, shop_id, [found.target.key for found in strays])
    # Nobody has so long a number: what a mark says is the shop's word.
    marked = {f"{shop_id}:{found.account}" for found in strays if 0 < len(found.account) <= _LONGEST_ID}
    known = store.accounts_known(connection, sorted(marked))
    return [
        renamed.get(found.remote_id or "")
        or made.get(found.target.key)
        or (f"{shop_id}:{found.account}" if f"{shop_id}:{found.account}" in known else f"{shop_id}:{NOBODY}")
        for found in strays
    ]


def discarding(found: Found, account_id: str, *, reason: str = NEVER_USED) -> dict[str, Any]:
    """The operation that takes exactly this stray away."""
    return {
        "account_id": account_id,
        "target_kind": found.target.kind,
        "target_key": found.target.key,
        "verb": store.DISCARD,
        "before": found.document,
        "document": None,
        "remote_id": found.remote_id,
        "reason": reason,
    }


def _used_stray(found: Found) -> str:
    return (
        f"{_named(found)} carries our mark without standing in the books, and has been used: it was kept. "
        "Delete it in the shop if nobody shall use it any more"
    )


def spare(at: Visit, settled: Settled, found: Mapping[str, Found]) -> None:
    """Leave out of what is to be sent every stray that is none any more: used since it was planned, or what
    the shop takes for its code by now. ``found`` is how they read, by operation id."""
    there = [found[operation.id] for operation in settled.again]
    still = {one.remote_id for one in strays_among(at, there) if one.ours and not one.used}
    for operation in [one for one in settled.again if one.remote_id not in still]:
        said = f"{_named(found[operation.id])} is used or needed by now; it was kept"
        settled.drifted.append((operation, store.Standing(None, None, said)))
    settled.again = [operation for operation in settled.again if operation.remote_id in still]


def _named(found: Found) -> str:
    return f"{found.target.kind} {found.target.key} (number {found.remote_id} in the shop)"
