"""A segment's expression as a tree. Trees compare by meaning of their parts, not by how they were typed."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from enum import StrEnum

from regulars_marketing._segment_error import SegmentError
from regulars_marketing._segment_fields import Field, FieldType

DEEPEST = 30
LARGEST = 500
"""Nodes and values of a tree together. SQLite takes expressions 1,000 deep, and AND of n terms is n deep."""
_WINDOW = 40


class Unit(StrEnum):
    """Of what a relative date is counted."""

    DAY = "d"
    WEEK = "w"
    MONTH = "m"
    YEAR = "y"


@dataclass(frozen=True, slots=True)
class Offset:
    """A day counted from today: -90d. Nothing from today is today, whatever the unit."""

    amount: int
    unit: Unit

    def __post_init__(self) -> None:
        """One form for today."""
        if self.amount == 0:
            object.__setattr__(self, "unit", Unit.DAY)


Value = Decimal | str | date | Offset | bool
"""As the field's type takes it: texts as written, 7.5 % as 7.5, money in whole units of its currency."""


class Operator(StrEnum):
    """How a field is compared with one value."""

    EQUAL = "="
    UNEQUAL = "!="
    LESS = "<"
    AT_MOST = "<="
    MORE = ">"
    AT_LEAST = ">="
    CONTAINS = "CONTAINS"
    NOT_CONTAINS = "NOT CONTAINS"
    STARTS_WITH = "STARTS WITH"


class _Leaf:
    __slots__ = ()

    @property
    def depth(self) -> int:
        """A leaf is one deep."""
        return 1

    @property
    def size(self) -> int:
        """Nodes and values."""
        return 2


@dataclass(frozen=True, slots=True)
class Comparison(_Leaf):
    """``amount_spent > 500``; of an anniversary ``=`` only."""

    field: Field
    operator: Operator
    value: Value


@dataclass(frozen=True, slots=True)
class Between(_Leaf):
    """``amount_spent BETWEEN 1 AND 500``: both ends count."""

    field: Field
    low: Value
    high: Value

    @property
    def size(self) -> int:
        """Nodes and values; an anniversary becomes a list of up to 366 days."""
        return _WINDOW if self.field.type is FieldType.ANNIVERSARY else 2


@dataclass(frozen=True, slots=True)
class Among(_Leaf):
    """``grade IN ('a', 'b')``, or NOT IN."""

    field: Field
    values: tuple[Value, ...]
    negated: bool = False

    def __post_init__(self) -> None:
        """Raises SegmentError beyond the limit."""
        if self.size > LARGEST:
            raise SegmentError(f"the list has {LARGEST} values or more; give a shorter one")

    @property
    def size(self) -> int:
        """Nodes and values."""
        return 1 + len(self.values)


@dataclass(frozen=True, slots=True)
class Missing(_Leaf):
    """``gender IS NULL``, or IS NOT NULL. A list is missing when nothing is in it."""

    field: Field
    negated: bool = False


@dataclass(frozen=True, slots=True)
class Not:
    """What the term is not."""

    term: "Node"
    depth: int = field(init=False, compare=False, repr=False)
    size: int = field(init=False, compare=False, repr=False)

    def __post_init__(self) -> None:
        """Raises SegmentError beyond the limits."""
        _measure(self, (self.term,))


@dataclass(frozen=True, slots=True)
class And:
    """All of two or more terms; none of them is an And, since such are taken apart."""

    terms: tuple["Node", ...]
    depth: int = field(init=False, compare=False, repr=False)
    size: int = field(init=False, compare=False, repr=False)

    def __post_init__(self) -> None:
        """Raises SegmentError beyond the limits."""
        flat = (part for term in self.terms for part in (term.terms if isinstance(term, And) else (term,)))
        object.__setattr__(self, "terms", tuple(flat))
        _measure(self, self.terms)


@dataclass(frozen=True, slots=True)
class Or:
    """Any of two or more terms; none of them is an Or, since such are taken apart."""

    terms: tuple["Node", ...]
    depth: int = field(init=False, compare=False, repr=False)
    size: int = field(init=False, compare=False, repr=False)

    def __post_init__(self) -> None:
        """Raises SegmentError beyond the limits."""
        flat = (part for term in self.terms for part in (term.terms if isinstance(term, Or) else (term,)))
        object.__setattr__(self, "terms", tuple(flat))
        _measure(self, self.terms)


Leaf = Comparison | Between | Among | Missing
Node = Leaf | Not | And | Or


def leaves(node: Node) -> Iterator[Leaf]:
    """The comparisons, in the order they are written."""
    if isinstance(node, Not):
        yield from leaves(node.term)
    elif isinstance(node, And | Or):
        for term in node.terms:
            yield from leaves(term)
    else:
        yield node


def _measure(node: Not | And | Or, terms: tuple[Node, ...]) -> None:
    if not isinstance(node, Not) and len(terms) < 2:
        raise ValueError("AND and OR take two terms or more")
    depth = 1 + max(term.depth for term in terms)
    size = 1 + sum(term.size for term in terms)
    if depth > DEEPEST:
        raise SegmentError(f"the expression is nested deeper than {DEEPEST}; make two segments of it")
    if size > LARGEST:
        raise SegmentError(f"the expression has more than {LARGEST} parts; make two segments of it")
    object.__setattr__(node, "depth", depth)
    object.__setattr__(node, "size", size)
