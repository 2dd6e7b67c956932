"""Which of several programmes are given: the best of each alone and of the sums of those that add. Pure."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TypeAlias

from regulars_marketing._draft import Draft
from regulars_marketing._programmes import StoredProgramme
from regulars_marketing._proof import ProofGoods

_Rank: TypeAlias = tuple[int, bool, bool]
_Terms: TypeAlias = tuple[ProofGoods | None, int | None]
_ENDLESS = 10**6


@dataclass(frozen=True, slots=True)
class Option:
    """What one programme gives to an account, or would if a rate were known."""

    rank: _Rank
    proof: Draft
    group: str | None
    cap: int | None

    @classmethod
    def of(cls, stored: StoredProgramme, proof: Draft) -> "Option":
        """``cap`` in hundredths, None for what is not added to others."""
        rules = stored.programme
        rank = (-rules.priority, rules.goods is not None or rules.minimum is not None, rules.in_amounts)
        cap = int((rules.cap or 0) * 100) if rules.adds else None
        return cls(rank, proof, rules.group, cap)

    @property
    def gives(self) -> bool:
        """Whether there is anything of it."""
        return bool(self.proof.percent or self.proof.amount)

    @property
    def terms(self) -> _Terms:
        """Only what is for the same goods and orders is summed."""
        return self.proof.programme.goods, self.proof.programme.minimum

    @property
    def orders(self) -> int:
        """For how many orders it is, a great many where there is no limit."""
        return self.proof.programme.orders or _ENDLESS


@dataclass(frozen=True, slots=True)
class _Sum:
    """Options with caps, each of another group, given together: none of them without need."""

    options: tuple[Option, ...]

    @property
    def percent(self) -> int:
        return _capped(self.options)

    @property
    def order(self) -> tuple[object, ...]:
        """Its place among options and other sums: it stands where the first of its programmes does. Where
        nothing else tells them apart, one programme comes before several."""
        keys = sorted(each.proof.programme.key for each in self.options)
        return False, *min(each.rank for each in self.options), -self.percent, 0, len(keys), keys


def choose(options: Sequence[Option]) -> Draft:
    """The proof of what is given, of at least one option; where nothing can be decided, the proof of that.

    The first of what is given alone or summed: by the higher priority; without conditions (goods, a smallest
    order) before with them; a percent before an amount; the higher; one programme before several; the
    smallest keys. Of a group only those of its highest priority count that give something, and one of them
    in a sum. Programmes are summed that add, are for the same goods and orders and all of whose caps let the
    sum be: each set that could be best is looked at, so that no programme lowers what others give. In a sum
    the one for the fewest orders leads.

    What cannot be decided for want of a rate holds all, unless no gift of it would change anything.
    """
    if len(options) == 1:
        return options[0].proof
    counting = _of_groups([each for each in options if each.gives])
    sums = list(_sums([each for each in counting if each.cap is not None]))
    best = min(counting or options, key=_order)
    summed = min(sums, key=lambda each: each.order, default=None)
    chosen = summed.options if summed is not None and summed.order < _order(best) else (best,)
    undecided = (each for each in options if each.proof.no_rate and _matters(each, chosen, counting))
    held = next(undecided, None)
    if held is not None:
        return held.proof
    return chosen[0].proof if len(chosen) == 1 else _stacked(chosen)


def ends_at(proof: Draft) -> datetime | None:
    """When the offer of this proof ends: with the first of its programmes; None where none does."""
    if not proof.added:
        return proof.programme.valid_until
    ends = (each.programme.valid_until for each in (proof, *proof.added))
    return min((end for end in ends if end is not None), default=None)


def _order(each: Option) -> tuple[object, ...]:
    proof = each.proof
    return not each.gives, *each.rank, -proof.percent, -proof.amount, 1, [proof.programme.key]


def _of_groups(giving: Sequence[Option]) -> list[Option]:
    """Without those of a group that one of higher priority in it excludes."""
    first: dict[str, int] = {}
    for each in giving:
        if each.group is not None:
            first[each.group] = min(each.rank[0], first.get(each.group, each.rank[0]))
    return [each for each in giving if each.group is None or each.rank[0] == first[each.group]]


def _sums(adding: Sequence[Option]) -> Iterator[_Sum]:
    """Of the programmes of the same terms the best sum under each cap: whatever sum is best is among them."""
    if len(adding) < 2:
        return
    for terms in dict.fromkeys(each.terms for each in adding):
        alike = [each for each in adding if each.terms == terms]
        for cap in sorted({each.cap or 0 for each in alike}):
            members = _one_of_each_group(each for each in alike if (each.cap or 0) >= cap)
            needed = _needed(members)
            if len(needed) > 1:
                yield _Sum(needed)


def _one_of_each_group(options: Iterable[Option]) -> list[Option]:
    free: list[Option] = []
    of_group: dict[str, Option] = {}
    for each in sorted(options, key=_strength):
        if each.group is None:
            free.append(each)
        else:
            of_group.setdefault(each.group, each)
    return [*free, *of_group.values()]


def _strength(each: Option) -> tuple[int, int, int, str]:
    return -each.proof.percent, -each.orders, -(each.cap or 0), each.proof.programme.key


def _needed(members: Sequence[Option]) -> tuple[Option, ...]:
    """Without those that the cap leaves nothing of: those for the fewest orders go first, then the smaller.

    The first by rank stays, since it says where the sum stands. As they are told: the one that leads first.
    """
    first = min(each.rank for each in members)
    kept = list(members)
    for each in sorted(members, key=lambda one: (one.orders, one.proof.percent, one.proof.programme.key)):
        rest = [one for one in kept if one is not each]
        if rest and _capped(rest) == _capped(kept) and min(one.rank for one in rest) == first:
            kept = rest
    return tuple(sorted(kept, key=_leading))


def _capped(options: Sequence[Option]) -> int:
    return min(sum(each.proof.percent for each in options), *(each.cap or 0 for each in options))


def _leading(each: Option) -> tuple[object, ...]:
    """The fewest orders lead: by their programme the uses of the whole are counted."""
    return each.orders, each.rank, -each.proof.percent, each.proof.programme.key


def _matters(each: Option, chosen: Sequence[Option], counting: Sequence[Option]) -> bool:
    """Whether what is not decided might have been given instead of the chosen, or with them."""
    rank = min(one.rank for one in chosen)
    mates = [one for one in counting if each.group is not None and one.group == each.group]
    if any(one.rank[0] < each.rank[0] for one in mates):
        return False
    excludes = any(one in mates and each.rank[0] < one.rank[0] for one in chosen)
    if excludes or not chosen[0].gives or not rank < each.rank:
        return True
    first = (one for one in counting if one.cap is not None and one.rank == rank)
    return (each.cap or 0) > _percent(chosen) and any(one.terms == each.terms for one in first)


def _percent(chosen: Sequence[Option]) -> int:
    return _capped(chosen) if len(chosen) > 1 else chosen[0].proof.percent


def _stacked(options: Sequence[Option]) -> Draft:
    leading, *others = options
    return replace(
        leading.proof,
        percent=_capped(options),
        own=leading.proof.percent,
        added=tuple(replace(each.proof, cap=each.cap) for each in others),
        cap=leading.cap,
    )
