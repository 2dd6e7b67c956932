"""Random persons and expressions for the segment language, and an oracle that reads them its own way."""

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from random import Random
from typing import Any
from zoneinfo import ZoneInfo

from hypothesis import strategies as st
from sqlalchemy import BigInteger, Boolean, Column, Integer, MetaData, Table

from regulars_mapping import Property, PropertyType, fold_text
from regulars_marketing._segment_check import Evaluation
from regulars_marketing._segment_error import SegmentError
from regulars_marketing._segment_fields import DAYS, LISTS, NUMBERS, Catalogue, Field, FieldType
from regulars_marketing._segment_properties import profile_properties
from regulars_marketing._segment_tree import (
    Among,
    And,
    Between,
    Comparison,
    Leaf,
    Missing,
    Node,
    Not,
    Offset,
    Operator,
    Or,
    Unit,
    Value,
)
from regulars_marketing._segment_values import LISTED, RANGED, check_order
from regulars_store._types import Document, Key, RowId, UtcDateTime

T = FieldType
KYIV = ZoneInfo("Europe/Kyiv")
TODAY = date(2027, 3, 1)
EVALUATION = Evaluation(TODAY, KYIV, "UAH")
PROPERTIES = (
    Property("vision", "Eyesight", PropertyType.NUMBER),
    Property("hobby", "Hobby", PropertyType.TEXT),
    Property("wedding", "Wedding day", PropertyType.DATE),
    Property("member", "Member of the club", PropertyType.YES_NO),
    Property("roast", "Roast", PropertyType.CHOICE, choices=("Light", "Dark")),
    Property("illness", "Illness", PropertyType.TEXT, sensitive=True),
)
CATALOGUE = Catalogue(PROPERTIES)
_TYPES = {
    T.MONEY: BigInteger,
    T.MOMENT: UtcDateTime,
    T.LIST: Document,
    T.YES_NO: Boolean,
    **dict.fromkeys((T.TEXT, T.CHOICE, T.WORD, T.ANNIVERSARY), Key),
}
_STANDARD = [field for field in CATALOGUE.fields if not field.key]
PROFILE = Table(
    "profile_of_the_world",
    MetaData(),
    Column("person_id", RowId, primary_key=True),
    *(Column(field.column, _TYPES.get(field.type, Integer)) for field in _STANDARD),
    Column("properties", Document),
)

WORDS = (
    "coffee", "Coffee beans", "київ", "Київ!", "Straße", "STRASSE", ",", "x,", ",y", '"', "\\", "it's",
    "a'b\"c", "%", "_", "o’neil", "ﬁne", "é", "e\u0301", "😀", "tea\ncup", "null", "$.vision", "~",
)  # fmt: skip
_NUMBERS = (
    "0",
    "1",
    "-1",
    "2",
    "2.5",
    "12.5",
    "12.55",
    "40",
    "100",
    "99.99",
    "100.005",
    "500",
    "-0.001",
    "1e30",
)
_BIG = ("92233720368547758.07", "92233720368547758.08", "-92233720368547758.09", "-1e30")
_AMOUNTS = (None, 0, 1, -1, 4, 40, 99, 100, 125, 126, 400, 9_999, 10_000, 10_001, 50_000, 2**31 - 1)
_DAYS = (-731, -366, -90, -31, -30, -29, -28, -1, 0, 1, 7, 59)
_EDGES = (timedelta(0), timedelta(microseconds=-1), timedelta(hours=13), timedelta(hours=2))


def person(random: Random) -> dict[str, Any]:
    """A row of the profile without its id."""
    row = {field.column: _stored(field, random) for field in _STANDARD}
    return row | {"properties": random.choice((None, _properties(random), _properties(random)))}


def _stored(of: Field, random: Random) -> Any:
    match of.type:
        case T.MONEY:
            return random.choice((*_AMOUNTS, 2**63 - 1, -(2**63)))
        case T.NUMBER | T.PERCENT:
            return random.choice(_AMOUNTS)
        case T.MOMENT:
            midnight = datetime.combine(_near_day(random), time(), tzinfo=KYIV).astimezone(UTC)
            return random.choice((None, midnight + random.choice(_EDGES)))
        case T.ANNIVERSARY:
            return random.choice((None, "0228", "0229", "0301", "0302", "1231", "0101", "0605"))
        case T.LIST:
            words = random.sample(WORDS, random.randrange(4))
            return random.choice((None, [fold_text(word) for word in words]))
        case T.YES_NO:
            return random.choice((None, True, False))
        case _:
            return random.choice((None, *map(fold_text, of.choices or WORDS)))


def _near_day(random: Random) -> date:
    return TODAY + timedelta(days=random.choice(_DAYS))


def _properties(random: Random) -> dict[str, Any]:
    given: dict[str, Any] = {
        "vision": random.choice((None, "-2.50", "2.5", "0", "100.005", "999999999999999")),
        "hobby": random.choice((None, *WORDS)),
        "wedding": random.choice((None, _near_day(random).isoformat())),
        "member": random.choice((None, True, False)),
        "roast": random.choice((None, "Light", "Dark")),
        "illness": "none of anybody's business",
    }
    # Before its type was changed the owner's field held something else.
    stale = random.choice(({}, {}, {"vision": "was a text"}, {"hobby": 7}))
    return profile_properties(PROPERTIES, given) | stale


def values(of: Field) -> st.SearchStrategy[Value]:
    """What the field may be compared with."""
    match of.type:
        case T.MONEY:
            return st.sampled_from([Decimal(text) for text in (*_NUMBERS, *_BIG)])
        case T.NUMBER | T.PERCENT:
            return st.sampled_from([Decimal(text) for text in _NUMBERS])
        case T.MOMENT | T.DAY:
            return st.sampled_from(_DAYS).map(lambda days: TODAY + timedelta(days=days)) | offsets()
        case T.ANNIVERSARY:
            return offsets()
        case T.YES_NO:
            return st.booleans()
        case _:
            return st.sampled_from(of.choices or WORDS)


def offsets() -> st.SearchStrategy[Offset]:
    """Relative days, most of them near those that the persons have."""
    near = st.sampled_from([Offset(days, Unit.DAY) for days in _DAYS])
    return near | st.builds(Offset, st.integers(-14, 14), st.sampled_from(Unit))


def _comparisons(of: Field, drawn: st.SearchStrategy[Value]) -> st.SearchStrategy[Leaf]:
    if of.type is T.ANNIVERSARY:
        operators = [Operator.EQUAL]
    elif of.type in LISTS:
        operators = [Operator.CONTAINS, Operator.NOT_CONTAINS]
    elif of.type is T.TEXT:
        ends = (Operator.CONTAINS, Operator.NOT_CONTAINS, Operator.STARTS_WITH)
        operators = [Operator.EQUAL, Operator.UNEQUAL, *ends]
    elif of.type in NUMBERS | DAYS:
        operators = list(Operator)[:6]
    else:
        operators = [Operator.EQUAL, Operator.UNEQUAL]
    return st.builds(Comparison, st.just(of), st.sampled_from(operators), drawn)


def leaves_of(of: Field, drawn: st.SearchStrategy[Value] | None = None) -> st.SearchStrategy[Leaf]:
    """Every comparison that the field takes, with what is ``drawn``, `values` of it by default."""
    drawn = values(of) if drawn is None else drawn
    missing = st.builds(Missing, st.just(of), st.booleans())
    kinds: list[st.SearchStrategy[Leaf]] = [_comparisons(of, drawn), missing]
    if of.type in RANGED:
        kinds.append(st.builds(_ordered, st.just(of), drawn, drawn))
    if of.type in LISTED:
        some = st.lists(drawn, min_size=1, max_size=4, unique=True).map(tuple)
        kinds.append(st.builds(Among, st.just(of), some, st.booleans()))
    return st.one_of(kinds)


def _ordered(of: Field, low: Value, high: Value) -> Between:
    """With the lower one first, where that can be said without knowing the day."""
    try:
        check_order(low, high, cyclic=of.type is T.ANNIVERSARY)
    except SegmentError:
        return Between(of, high, low)
    return Between(of, low, high)


def trees(leaves: st.SearchStrategy[Leaf]) -> st.SearchStrategy[Node]:
    """Expressions of these comparisons."""
    return st.recursive(
        leaves,
        lambda terms: (
            st.builds(Not, terms)
            | st.builds(And, st.lists(terms, min_size=2, max_size=4).map(tuple))
            | st.builds(Or, st.lists(terms, min_size=2, max_size=4).map(tuple))
        ),
        max_leaves=12,
    )


LEAVES = st.sampled_from(CATALOGUE.fields).flatmap(leaves_of)
TREES = trees(LEAVES)
TREES_OF_ONE_FIELD = st.sampled_from(CATALOGUE.fields).flatmap(lambda of: trees(leaves_of(of)))


def oracle(node: Node, row: Mapping[str, Any]) -> bool:
    """Whether the row is in it, by decimals, local days and one day after the other."""
    match node:
        case Not():
            return not oracle(node.term, row)
        case And():
            return all(oracle(term, row) for term in node.terms)
        case Or():
            return any(oracle(term, row) for term in node.terms)
        case Missing():
            return (_own(node.field, row) in (None, [])) != node.negated
    value = _own(node.field, row)
    if node.field.type in LISTS:
        assert isinstance(node, Comparison)
        words = [] if value is None else value if isinstance(value, list) else [value]
        return (fold_text(str(node.value)) in words) == (node.operator is Operator.CONTAINS)
    return value is not None and _ORACLES[type(node)](node, value)


def _own(of: Field, row: Mapping[str, Any]) -> Any:
    """The value as people write it."""
    value = row[of.column] if not of.key else (row["properties"] or {}).get(of.key)
    wanted = str if of.type in {T.TEXT, T.CHOICE} else int
    if value is None or (of.key and not isinstance(value, wanted)):
        return None
    match of.type:
        case T.MONEY:
            return Decimal(value) / 100
        case T.PERCENT:
            return Decimal(value) / 10
        case T.NUMBER:
            return Decimal(value) / 10**of.digits
        case T.MOMENT:
            return value.astimezone(KYIV).date()
        case T.DAY:
            return datetime.strptime(str(value), "%Y%m%d").replace(tzinfo=UTC).date()
        case T.YES_NO:
            return bool(value)
        case _:
            return value


def _read(value: Value) -> Any:
    if isinstance(value, str):
        return fold_text(value)
    if not isinstance(value, Offset):
        return value
    if value.unit in {Unit.DAY, Unit.WEEK}:
        return TODAY + timedelta(days=value.amount) * (7 if value.unit is Unit.WEEK else 1)
    months = value.amount * (12 if value.unit is Unit.YEAR else 1)
    first = TODAY.replace(day=1)
    for _ in range(abs(months)):
        first = (first + timedelta(days=31 if months > 0 else -1)).replace(day=1)
    # Today is the first of a month: no month is too short for it.
    return first


def _compared(node: Comparison, value: Any) -> bool:
    wanted = _read(node.value)
    if node.field.type is T.ANNIVERSARY:
        return _celebrates(value, wanted)
    signs: Mapping[Operator, Callable[[], bool]] = {
        Operator.EQUAL: lambda: value == wanted,
        Operator.UNEQUAL: lambda: value != wanted,
        Operator.LESS: lambda: value < wanted,
        Operator.AT_MOST: lambda: value <= wanted,
        Operator.MORE: lambda: value > wanted,
        Operator.AT_LEAST: lambda: value >= wanted,
        Operator.CONTAINS: lambda: wanted in value,
        Operator.NOT_CONTAINS: lambda: wanted not in value,
        Operator.STARTS_WITH: lambda: value[: len(wanted)] == wanted,
    }
    return signs[node.operator]()


def _celebrates(birthday: str, day: date) -> bool:
    try:
        own = date(day.year, int(birthday[:2]), int(birthday[2:]))
    except ValueError:
        own = date(day.year, 2, 28)
    return own == day


def _between(node: Between, value: Any) -> bool:
    low, high = _read(node.low), _read(node.high)
    if node.field.type is T.ANNIVERSARY:
        days = (low + timedelta(days=each) for each in range((high - low).days + 1))
        return any(_celebrates(value, day) for day in days)
    inside: bool = low <= value <= high
    return inside


def _among(node: Among, value: Any) -> bool:
    return (value in [_read(each) for each in node.values]) != node.negated


_ORACLES: Mapping[type, Callable[[Any, Any], bool]] = {
    Comparison: _compared,
    Between: _between,
    Among: _among,
}


def crowd(number: int) -> Sequence[dict[str, Any]]:
    """Rows of so many persons, the same each time."""
    random = Random(7)
    return [{"person_id": each} | person(random) for each in range(1, number + 1)]
