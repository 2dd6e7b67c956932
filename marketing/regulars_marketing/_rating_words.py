"""A rating explained in plain words: what each factor rests on, and why a rating changed."""

from bisect import bisect_left
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from types import MappingProxyType
from typing import Any

from sqlalchemy import Connection

from regulars_mapping import from_minor
from regulars_marketing._rating_levels import FACTS_OF, USUAL_RHYTHM, Scale, days_between, scale_from
from regulars_marketing._rating_settings import FACTORS, GIVING, PERSONAL, TAKING
from regulars_store import ratings

_Known = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class ExplainedFactor:
    """A factor with its points, the most it gives or (negative) takes, and in words what they rest on."""

    factor: str
    points: int
    most: int
    words: str


@dataclass(frozen=True, slots=True)
class RatingChange:
    """A step of the history: the score and grade since then, and why."""

    at: datetime
    score: int | None
    grade: str | None
    why: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ExplainedRating:
    """A person's rating as it was last changed. ``score`` is None, and there are no factors, where the person
    cannot be rated: ``changes`` say why if they once were. The newest change comes first."""

    person: str
    score: int | None
    grade: str | None
    factors: tuple[ExplainedFactor, ...]
    changes: tuple[RatingChange, ...]


def explain_rating(connection: Connection, person_id: str, *, limit: int = 20) -> ExplainedRating:
    """The rating of a person, with its newest changes."""
    history = ratings.rating_history(connection, person_id, limit=limit)
    kept = ratings.scales(connection, {row.scale_id for row in history if row.scale_id is not None})
    if not history:
        return ExplainedRating(person_id, None, None, (), ())
    newest = history[0]
    scale = kept.get(newest.scale_id or 0)
    factors = tuple(_factors(newest, scale)) if newest.score is not None and scale else ()
    changes = tuple(
        RatingChange(row.at, row.score, row.grade, tuple(_why(row, earlier, kept)))
        for row, earlier in zip(history, [*history[1:], None], strict=True)
    )
    return ExplainedRating(person_id, newest.score, newest.grade, factors, changes)


def _factors(row: ratings.RatingRow, kept: ratings.StoredScale) -> Iterator[ExplainedFactor]:
    scale = scale_from(kept.currency, kept.persons, kept.cuts)
    weights: Mapping[str, int] = kept.rules["weights"]
    total = sum(weights[name] for name in (*GIVING, *PERSONAL))
    for name in FACTORS:
        if weights[name]:
            most = -weights[name] if name in TAKING else -(-100 * weights[name] // total)
            yield ExplainedFactor(
                name, row.contributions.get(name, 0), most, _WORDS[name](row.facts, scale, row.at)
            )


def _recency(known: _Known, scale: Scale, at: datetime) -> str:
    last = known.get("last")
    if last is None:
        return "no order yet"
    days = days_between(last, at.astimezone(UTC).date())
    own, usual = known.get("rhythm"), scale.rhythm or USUAL_RHYTHM
    often = f"orders every {own} days as a rule" if own else f"customers order every {usual} days as a rule"
    return f"last bought {days} days before, on {last}; {often}"


def _frequency(known: _Known, _scale: Scale, _at: datetime) -> str:
    kind = {"one_off": "bought once", "rare": "buys rarely", "regular": "buys regularly"}
    orders = known.get("orders", 0)
    return f"{kind.get(known.get('frequency', ''), 'bought nothing')}, {orders} {_many(orders, 'order')}"


def _money(known: _Known, scale: Scale, _at: datetime) -> str:
    spent = known.get("spent", 0)
    known_sum = spent and scale.currency
    told = (
        f"bought for {from_minor(spent, scale.currency):,} {scale.currency}" if known_sum else "bought for 0"
    )
    below = bisect_left(scale.money, spent) if spent > 0 else 0
    share = 100 * below // (len(scale.money) + 1)
    return f"{told}, more than {share} of 100 customers" if share else told


def _of_group(factor: str, told: str, *, free: str) -> Callable[[_Known, Scale, datetime], str]:
    def words(known: _Known, scale: Scale, _at: datetime) -> str:
        word = known.get(factor)
        if word is None:
            return free
        group = scale.groups.get(factor, {}).get(word)
        if group is None:
            return f"{told} {word}: too few customers to tell, so half"
        share, usual = 100 * group.again // group.persons, 100 * scale.again // max(scale.persons, 1)
        return f"{told} {word}: {share} of 100 such customers bought again, of all {usual}"

    return words


def _payment(known: _Known, _scale: Scale, _at: datetime) -> str:
    return f"{known.get('cod_share', 0) / 10:g} % of the orders were to be paid on delivery"


def _returns(known: _Known, _scale: Scale, _at: datetime) -> str:
    orders = known.get("orders", 0)
    return f"gave back {known.get('returned', 0)} of {orders} {_many(orders, 'order')}"


def _refusals(known: _Known, _scale: Scale, _at: datetime) -> str:
    refused = known.get("refused", 0)
    return f"refused {refused} {_many(refused, 'order')} to be paid on delivery"


def _discount(known: _Known, _scale: Scale, _at: datetime) -> str:
    return f"{known.get('discount_share', 0) / 10:g} % of the goods came by discount; 30 % are free"


def _reviews(known: _Known, _scale: Scale, _at: datetime) -> str:
    count = known.get("reviews", 0)
    return f"wrote {count} {_many(count, 'review')} of goods they bought"


def _many(count: int, word: str) -> str:
    return word if count == 1 else f"{word}s"


_WORDS: Mapping[str, Callable[[_Known, Scale, datetime], str]] = MappingProxyType(
    {
        "recency": _recency,
        "frequency": _frequency,
        "money": _money,
        "source": _of_group("source", "came by", free="nobody knows what brought them, so half"),
        "payment": _payment,
        "delivery": _of_group("delivery", "delivered by", free="no way of delivery known, so half"),
        "reviews": _reviews,
        "gender": _of_group("gender", "gender", free="gender not known, so half"),
        "age": _of_group("age", "decade of life from", free="age not known, so half"),
        "region": _of_group("region", "region", free="region not known, so half"),
        "returns": _returns,
        "refusals": _refusals,
        "discount": _discount,
    }
)


def _why(
    row: ratings.RatingRow,
    earlier: ratings.RatingRow | None,
    kept: Mapping[int, ratings.StoredScale],
) -> Iterator[str]:
    cause = row.cause
    if "first" in cause:
        yield "rated for the first time"
    if "held" in cause:
        yield "what they spent is not known: a currency rate is missing"
    if "nothing" in cause:
        yield "nothing is bought any more"
    scale = kept.get(row.scale_id or 0)
    before = kept.get((earlier.scale_id or 0) if earlier else 0)
    if "scale" in cause:
        changed = scale is not None and before is not None and scale.rules != before.rules
        yield "the weights or grades were changed" if changed else "all customers were measured anew"
    facts: Mapping[str, Sequence[Any]] = cause.get("facts", {})
    currency = scale.currency if scale else ""
    for name, (old, new) in cause.get("moved", {}).items():
        told = ", ".join(_step(fact, facts[fact], currency) for fact in FACTS_OF[name] if fact in facts)
        yield f"{name} {old} → {new}" + (f": {told}" if told else _of_itself(name, cause))


def _of_itself(factor: str, cause: Mapping[str, Any]) -> str:
    if "scale" in cause:
        return ""
    return ": time has passed" if factor == "recency" else ": by rounding, so that the points add up"


_FACT_WORDS = MappingProxyType(
    {
        "last": "last order",
        "rhythm": "days between orders",
        "returned": "orders given back",
        "refused": "orders refused",
        "cod_share": "paid on delivery",
        "discount_share": "by discount",
    }
)


def _step(fact: str, values: Sequence[Any], currency: str) -> str:
    old, new = (_value(fact, value, currency) for value in values)
    return f"{_FACT_WORDS.get(fact, fact)} {old} → {new}"


def _value(fact: str, value: Any, currency: str) -> str:
    if fact == "spent" and currency:
        return f"{from_minor(value or 0, currency):,} {currency}"
    if fact.endswith("_share"):
        return f"{(value or 0) / 10:g} %"
    if value is None:
        return "0" if fact in {"orders", "returned", "refused", "reviews"} else "none"
    return str(value).replace("_", "-")
