"""A segment's expression in Shopify's own segment query language, where it can be said there."""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from regulars_marketing._segment_fields import LISTS, Field, FieldType
from regulars_marketing._segment_text import value_text
from regulars_marketing._segment_tree import (
    Among,
    And,
    Between,
    Comparison,
    Leaf,
    Missing,
    Node,
    Not,
    Operator,
    Or,
    Value,
    leaves,
)

_O = Operator
_OPPOSITE = {
    _O.EQUAL: _O.UNEQUAL,
    _O.UNEQUAL: _O.EQUAL,
    _O.LESS: _O.AT_LEAST,
    _O.AT_MOST: _O.MORE,
    _O.MORE: _O.AT_MOST,
    _O.AT_LEAST: _O.LESS,
    _O.CONTAINS: _O.NOT_CONTAINS,
    _O.NOT_CONTAINS: _O.CONTAINS,
}
_SAME = {_O.EQUAL, _O.UNEQUAL}
# Of the others Shopify always has a value.
_NULLABLE = LISTS | {FieldType.MOMENT}
_MOST_CLAUSES = 10
_LONG = 2**63
_OWN_ONLY = "Shopify counts what was bought in that shop only, by its own rules of what counts"
_ADDRESSES = "Shopify looks at every address of the customer, not at the last delivery only"


@dataclass(frozen=True, slots=True)
class ShopifySegment:
    """The query, None where there is none; then ``reasons`` say of each part why not.

    ``differences`` say where Shopify reads the same words otherwise.
    """

    query: str | None
    reasons: tuple[str, ...] = ()
    differences: tuple[str, ...] = ()


def shopify_segment(node: Node, *, currency: str, shop_currency: str) -> ShopifySegment:
    """The expression for a Shopify shop. ``currency`` is that of the facts, as an ISO code."""
    same = currency == shop_currency
    reasons = dict.fromkeys(
        reason for leaf in leaves(node) if (reason := _hindrance(leaf, currency, same_currency=same))
    )
    if reasons:
        return ShopifySegment(None, reasons=tuple(reasons))
    differences = dict.fromkeys(said for leaf in leaves(node) if (said := _difference(leaf.field)))
    whole = _said(node, wanted=True)
    if whole.clauses > _MOST_CLAUSES:
        reason = f"Shopify takes at most {_MOST_CLAUSES} comparisons, and there this would be {whole.clauses}"
        return ShopifySegment(None, reasons=(reason,))
    return ShopifySegment(whole.text, differences=tuple(differences))


def _hindrance(leaf: Leaf, currency: str, *, same_currency: bool) -> str:
    of = leaf.field
    if not of.shopify:
        return f"{of.name}: {of.unknown_to_shopify}"
    if of.type is FieldType.MONEY and not same_currency:
        return f"{of.name}: the shop counts in another currency than {currency}"
    if isinstance(leaf, Missing) and of.type not in _NULLABLE:
        return f"{of.name}: Shopify does not compare it by IS NULL"
    if isinstance(leaf, Comparison) and of.type is FieldType.TEXT and leaf.operator not in _SAME:
        return f"{of.name}: Shopify does not compare it by {leaf.operator}"
    if of.type is FieldType.NUMBER and not all(map(_is_whole, _values(leaf))):
        return f"{of.name}: Shopify compares it with whole numbers only"
    return ""


def _values(leaf: Leaf) -> Iterable[Value]:
    match leaf:
        case Comparison():
            return (leaf.value,)
        case Between():
            return (leaf.low, leaf.high)
        case Among():
            return leaf.values
        case Missing():
            return ()


def _is_whole(value: Value) -> bool:
    """A whole number of 64 bits."""
    return isinstance(value, Decimal) and value % 1 == 0 and abs(value) < _LONG


def _difference(of: Field) -> str:
    if of.type is FieldType.WORD:
        return _ADDRESSES
    return _OWN_ONLY if of.type in {FieldType.MONEY, FieldType.NUMBER, FieldType.MOMENT} else ""


@dataclass(frozen=True, slots=True)
class _Said:
    """A part of the query, what holds it together (AND, OR or nothing), and how many comparisons it has."""

    text: str
    joint: str = ""
    clauses: int = 1


def _joined(joint: str, parts: Iterable[_Said]) -> _Said:
    kept = list(parts)
    if len(kept) == 1:
        return kept[0]
    texts = (f"({part.text})" if part.joint not in {"", joint} else part.text for part in kept)
    return _Said(f" {joint} ".join(texts), joint, sum(part.clauses for part in kept))


def _said(node: Node, *, wanted: bool) -> _Said:
    """The node, or what it is not: NOT goes down to the comparisons, which Shopify has both ways."""
    match node:
        case Not():
            return _said(node.term, wanted=not wanted)
        case And() | Or():
            joint = "AND" if isinstance(node, And) == wanted else "OR"
            return _joined(joint, [_said(term, wanted=wanted) for term in node.terms])
        case Missing():
            return _null(node.field, is_null=node.negated != wanted)
        case Among():
            return _among(node, wanted=wanted)
        case Between():
            return _between(node, wanted=wanted)
        case Comparison():
            return _compared(node, wanted=wanted)


def _null(of: Field, *, is_null: bool) -> _Said:
    return _Said(f"{of.shopify} IS {'' if is_null else 'NOT '}NULL")


def _one(of: Field, operator: Operator, value: Value) -> _Said:
    capitals = of.type in {FieldType.CHOICE, FieldType.WORD} and isinstance(value, str)
    return _Said(f"{of.shopify} {operator} {value_text(of, str(value).upper() if capitals else value)}")


def _or_null(of: Field, *parts: _Said) -> _Said:
    """With those that have none: ours are not in any comparison, so they are in what it is not."""
    return _joined("OR", [*parts, _null(of, is_null=True)] if of.type in _NULLABLE else parts)


def _not_null(of: Field, *parts: _Said) -> _Said:
    """Without those that have none, whom Shopify counts as unequal to everything."""
    return _joined("AND", [*parts, _null(of, is_null=False)] if of.type in _NULLABLE else parts)


def _compared(leaf: Comparison, *, wanted: bool) -> _Said:
    of = leaf.field
    said = _one(of, leaf.operator if wanted else _OPPOSITE[leaf.operator], leaf.value)
    if of.type in LISTS or (leaf.operator is _O.EQUAL):
        return said
    if leaf.operator is _O.UNEQUAL and wanted:
        return _not_null(of, said)
    return said if wanted else _or_null(of, said)


def _between(leaf: Between, *, wanted: bool) -> _Said:
    of = leaf.field
    if wanted:
        low, high = value_text(of, leaf.low), value_text(of, leaf.high)
        return _Said(f"{of.shopify} BETWEEN {low} AND {high}")
    return _or_null(of, _one(of, _O.LESS, leaf.low), _one(of, _O.MORE, leaf.high))


def _among(leaf: Among, *, wanted: bool) -> _Said:
    of = leaf.field
    if leaf.negated != wanted:
        found = [_one(of, _O.EQUAL, value) for value in leaf.values]
        return _or_null(of, *found) if leaf.negated else _joined("OR", found)
    others = [_one(of, _O.UNEQUAL, value) for value in leaf.values]
    return _not_null(of, *others) if leaf.negated else _joined("AND", others)
