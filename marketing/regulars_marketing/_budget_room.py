"""Who still finds room in the budgets, decided while offers are made."""

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Self

from sqlalchemy import Connection

from regulars_marketing._accounts import Account
from regulars_marketing._budget import Limit
from regulars_marketing._decide import Decision
from regulars_marketing._draft import Draft
from regulars_marketing._exposure import shares_of, shares_told
from regulars_marketing._proof import ProofLadder
from regulars_store import _exposures as exposures
from regulars_store._exposures import Exposure, Issued

_Key = tuple[str, str]
"""A programme's key and an account."""
_Cost = tuple[int, int]
"""What a discount may cost, and for how many orders."""
_Decide = Callable[[frozenset[str], tuple[tuple[str, int], ...]], Decision | None]
"""Decides without the programmes of some keys, and of ladders no tier above a threshold."""


@dataclass(slots=True)
class Budgets:
    """The budgets while offers of some accounts are made, in one transaction that has them locked.

    `fit` each account's decision, then `write` what that reserves and what nobody needs any more.
    """

    limits: Mapping[str, Limit]
    now: datetime
    issued: Mapping[str, Issued]
    reserved: Mapping[_Key, Exposure]
    _room: dict[str, int] = field(default_factory=dict)
    _wanted: dict[_Key, _Cost] = field(default_factory=dict)
    _untouched: set[str] = field(default_factory=set)
    _refused: set[str] = field(default_factory=set)

    @classmethod
    def opened(
        cls,
        connection: Connection,
        limits: Mapping[str, Limit],
        account_ids: Collection[str],
        *,
        now: datetime,
    ) -> Self:
        """Lock the budgets and read what these accounts have reserved; two statements.

        When a programme has just got its budget, all who have an offer of it have that reserved, room or not.
        """
        issued = exposures.lock_budgets(connection, {key: each.currency for key, each in limits.items()})
        for key in sorted(key for key, each in issued.items() if each.new):
            issued[key] = _adopted(connection, limits[key], now=now)
        found = exposures.reserved_exposures(connection, limits.keys(), account_ids)
        reserved = {(each.programme_key, each.account_id): each for each in found}
        room = {key: limits[key].budget - each.issued for key, each in issued.items()}
        return cls(limits, now, issued, reserved, room)

    def fit(self, each: Account, decide: _Decide) -> Decision | None:
        """What an account is offered within the budgets: the best of those programmes that have room.

        Who reaches a tier for which there is no room gets the highest for which there is, with what is
        reserved for the account already: of the newest version, whatever was offered before. A guest's offer
        is only seen by the owner, never given: it takes no room, and no budget limits it.
        """
        if not each.registered:
            return decide(frozenset(), ())
        full: frozenset[str] = frozenset()
        room: dict[str, int] = {}
        while (decision := decide(full, tuple(sorted(room.items())))) is not None:
            if decision.held is not None:
                # The offer stays as it was, and so does what is reserved for it.
                self._untouched.add(each.id)
                return decision
            costs, gives = self._costs(decision.draft), bool(decision.percent or decision.amount)
            lacking = {key for key, (cost, _) in costs.items() if not self._has_room(key, each.id, cost)}
            if not lacking:
                self._take(each.id, costs if gives else {})
                return _without_more(decision, costs.keys() & room.keys()) if gives else decision
            self._refused |= lacking if gives else set()
            lower = dict(self._lower(each.id, decision.draft, lacking)) if gives else {}
            room |= lower
            full |= lacking - lower.keys()
        return None

    def write(self, connection: Connection) -> None:
        """Write what is reserved now, and give back what nobody needs: without an offer, and without a code
        in any shop that may still be used."""
        new = [_row(key, account_id, self.limits[key], cost) for (key, account_id), cost in self._added()]
        changed = [(row, self.reserved[key]) for key, row in self._changed(connection)]
        exposures.reserve(connection, new, now=self.now)
        exposures.change_exposures(connection, [row for row, _ in changed], now=self.now)
        moved: Counter[_Key] = Counter()
        for row in new:
            moved[row["programme_key"], row["currency"]] += row["amount"]
        for row, was in changed:
            moved[was.programme_key, was.currency] -= was.amount
            moved[was.programme_key, row["currency"]] += row["amount"] * (row["state"] != exposures.RELEASED)
        for (key, currency), by in sorted(moved.items()):
            if by:
                exposures.change_issued(connection, key, currency, by=by)
        self._note_full(connection, moved)

    def _costs(self, proof: Draft) -> dict[str, _Cost]:
        """By programme with a budget what the offer may cost; of one that gives nothing yet, its next step:
        what nobody can have any more is not promised."""
        step = proof.above
        shares = [*shares_of(proof)]
        if not (proof.percent or proof.amount):
            shares = [(proof.programme.key, step.percent, step.amount)] if step else []
        return {
            key: self.limits[key].cost(percent, amount)
            for key, percent, amount in shares
            if key in self.limits
        }

    def _has_room(self, key: str, account_id: str, cost: int) -> bool:
        more = cost - self._counted(key, account_id)
        return more <= 0 or more <= self._room[key]

    def _lower(self, account_id: str, proof: Draft, lacking: Collection[str]) -> Iterator[tuple[str, int]]:
        """Of ladders that lack room, the highest threshold below what they give for which there is some."""
        for part in (proof, *proof.added):
            ladder, given = part.programme, part.room or part.kept or part.reached
            if ladder.key not in lacking or not isinstance(ladder, ProofLadder) or given is None:
                continue
            limit = self.limits[ladder.key]
            for tier in reversed(ladder.tiers):
                cost, _ = limit.cost(tier.percent, tier.amount)
                if tier.threshold < given.threshold and self._has_room(ladder.key, account_id, cost):
                    yield ladder.key, tier.threshold
                    break

    def _counted(self, key: str, account_id: str) -> int:
        """What of the budget an account has already."""
        held = self.reserved.get((key, account_id))
        return held.amount if held is not None and self._is_current(held) else 0

    def _is_current(self, held: Exposure) -> bool:
        """Whether it is in the currency that the budget is in now."""
        return held.currency == self.limits[held.programme_key].currency

    def _take(self, account_id: str, costs: Mapping[str, _Cost]) -> None:
        for key, cost in costs.items():
            self._wanted[key, account_id] = cost
            self._room[key] -= max(0, cost[0] - self._counted(key, account_id))

    def _added(self) -> Iterator[tuple[_Key, _Cost]]:
        return ((key, cost) for key, cost in sorted(self._wanted.items()) if key not in self.reserved)

    def _changed(self, connection: Connection) -> Iterator[tuple[_Key, dict[str, Any]]]:
        """Those that are reserved otherwise from now on, or not any more."""
        lower: list[_Key] = []
        for key, held in sorted(self.reserved.items()):
            cost = self._wanted.get(key)
            if key[1] in self._untouched:
                continue
            if cost is None or (self._is_current(held) and cost < (held.amount, held.orders)):
                lower.append(key)
            elif cost != (held.amount, held.orders) or not self._is_current(held):
                yield key, self._as(held, *cost, exposures.RESERVED)
        yield from self._lowered(connection, lower)

    def _lowered(self, connection: Connection, keys: Sequence[_Key]) -> Iterator[tuple[_Key, dict[str, Any]]]:
        """What may still be used in a shop counts until it cannot be any more."""
        if not keys:
            return
        standing = self._standing(connection, {account_id for _, account_id in keys})
        over = [key for key in keys if not (self._wanted.get(key) or standing.get(key))]
        uses = exposures.uses_of(connection, [self.reserved[key] for key in over])
        for key in keys:
            held = self.reserved[key]
            cost = max(self._wanted.get(key, (0, 0)), standing.get(key, (0, 0)))
            if cost != (0, 0):
                if cost < (held.amount, held.orders) and self._is_current(held):
                    yield key, self._as(held, *cost, exposures.RESERVED)
            elif used := min(uses.get(held.id, 0), held.orders):
                yield key, self._as(held, held.amount * used // held.orders, used, exposures.SPENT)
            else:
                yield key, self._as(held, held.amount, held.orders, exposures.RELEASED)

    def _standing(self, connection: Connection, account_ids: Collection[str]) -> dict[_Key, _Cost]:
        found: dict[_Key, _Cost] = {}
        for each in exposures.standing_grants(connection, account_ids, now=self.now):
            if each.programme_key in self.limits:
                key = each.programme_key, each.account_id
                cost = self.limits[each.programme_key].cost(each.percent, each.amount)
                found[key] = max(found.get(key, (0, 0)), cost)
        return found

    def _as(self, held: Exposure, amount: int, orders: int, state: str) -> dict[str, Any]:
        closed = state != exposures.RESERVED
        currency = held.currency if closed else self.limits[held.programme_key].currency
        return {"id": held.id, "amount": amount, "currency": currency, "orders": orders, "state": state}

    def _note_full(self, connection: Connection, moved: Mapping[_Key, int]) -> None:
        for key, limit in self.limits.items():
            known = self.issued[key]
            left = limit.budget - known.issued - moved.get((key, limit.currency), 0)
            if key in self._refused and known.full_since is None:
                exposures.note_full(connection, key, limit.currency, self.now)
            elif key not in self._refused and known.full_since is not None and left >= limit.most:
                exposures.note_full(connection, key, limit.currency, None)


def give_back(
    connection: Connection, limits: Mapping[str, Limit], *, now: datetime, after: int = 0, limit: int = 500
) -> int | None:
    """Give back what is reserved for the next accounts that have no offer of that programme any more; where
    to go on, None at the end. At most ``limit`` accounts a call.

    For a time when everybody's offers are computed: what waits for its offer would seem to need nothing.
    """
    found = exposures.needless_exposures(connection, limits.keys(), after=after, limit=limit)
    loose = {each.account_id for each, proof in found if not _adds(proof, each.programme_key)}
    if loose:
        budgets = Budgets.opened(connection, limits, loose, now=now)
        needless = {(each.programme_key, each.account_id) for each, _ in found}
        budgets.reserved = {key: each for key, each in budgets.reserved.items() if key in needless}
        budgets.write(connection)
    return found[-1][0].id if len(found) == limit else None


def _adds(proof: Mapping[str, Any] | None, key: str) -> bool:
    return proof is not None and any(each["programme"]["key"] == key for each in proof.get("added", ()))


def _adopted(connection: Connection, limit: Limit, *, now: datetime) -> Issued:
    gifts = exposures.gifts_offered(connection, limit.key)
    costs = {gift: limit.cost(*gift)[0] for gift in gifts}
    exposures.adopt_offers(connection, limit.key, limit.currency, costs, orders=limit.orders or 1, now=now)
    exposures.reserve(connection, [*_parts_of_sums(connection, limit)], now=now)
    # Not by row counts: drivers tell none of an INSERT from a SELECT.
    sums = exposures.sums_of(connection, [limit.key])
    issued = sum(sums.get((limit.key, limit.currency), (0, 0, 0))[:2])
    if issued:
        exposures.change_issued(connection, limit.key, limit.currency, by=issued)
    return Issued(issued, None)


def _parts_of_sums(connection: Connection, limit: Limit) -> Iterator[dict[str, Any]]:
    for account_id, proof in exposures.sums_offered(connection, limit.key):
        for key, percent, amount in shares_told(proof):
            if key == limit.key:
                yield _row(key, account_id, limit, limit.cost(percent, amount))


def _without_more(decision: Decision, lacking: Iterable[str]) -> Decision:
    """The decision, with words that these have no room for more, if any."""
    names = " and ".join(sorted(lacking))
    words = f"The budget of {names} has no room for more, so nothing higher is offered until there is some."
    return decision._replace(held=words) if names else decision


def _row(key: str, account_id: str, limit: Limit, cost: _Cost) -> dict[str, Any]:
    return {
        "programme_key": key,
        "account_id": account_id,
        "amount": cost[0],
        "currency": limit.currency,
        "orders": cost[1],
    }
