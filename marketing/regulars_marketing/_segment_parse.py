"""From an expression's text to its tree."""

from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType
from typing import cast

from lark import Token, Tree

from regulars_marketing._segment_error import SegmentError
from regulars_marketing._segment_fields import Catalogue, Field, FieldType
from regulars_marketing._segment_grammar import parsed
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
)
from regulars_marketing._segment_values import (
    LISTED,
    RANGED,
    check_operator,
    check_order,
    taken,
    text_of,
    value_of,
)

_BIRTHDAYS = frozenset({"birth_date", "metafields.facts.birth_date", "facts.birth_date"})
_WINDOW = "anniversary({}) = today, or anniversary({}) BETWEEN today AND +7d"


def parse_segment(text: str, catalogue: Catalogue) -> Node:
    """The expression's tree. Raises SegmentError with the place, what was expected and what may be meant."""
    tree = parsed(text)
    made: dict[int, Node] = {}
    # From the bottom up without recursion: the text may be nested deeper than Python's stack.
    for part in tree.iter_subtrees():
        if part.data in _LEAVES:
            made[id(part)] = _leaf(part, catalogue)
        elif part.data in _BRANCHES:
            terms = tuple(made[id(cast("Tree[Token]", child))] for child in part.children)
            made[id(part)] = _branch(part, terms)
    return made[id(tree)]


def _branch(part: Tree[Token], terms: tuple[Node, ...]) -> Node:
    try:
        return _BRANCHES[part.data](terms)
    except SegmentError as error:
        raise error.at(part.meta.start_pos) from None


def _leaf(part: Tree[Token], catalogue: Catalogue) -> Leaf:
    subject, *tokens = part.children
    field, dated = _subject(cast("Tree[Token]", subject), catalogue)
    values = [cast("Token", token) for token in tokens]
    try:
        leaf = _LEAVES[part.data](field, values)
        _check_dated(leaf, dated=dated)
    except SegmentError as error:
        raise (error if error.position is not None else error.at(part.meta.start_pos)) from None
    return leaf


def _check_dated(leaf: Leaf, *, dated: bool) -> None:
    field = leaf.field
    if field.type is FieldType.ANNIVERSARY and not isinstance(leaf, Missing) and not dated:
        raise SegmentError(
            f"{field.name} is asked about by its anniversary", expected=_WINDOW.format(field.name, field.name)
        )


def _subject(part: Tree[Token], catalogue: Catalogue) -> tuple[Field, bool]:
    """The field, and whether its anniversary is meant."""
    *_, name = (cast("Token", child) for child in part.children)
    at = name.start_pos or 0
    if part.data == "dated_anniversary":
        if (wanted := text_of(name).lower()) not in _BIRTHDAYS:
            raise SegmentError(
                f"there is no anniversary of {wanted[:60]!r}",
                position=at,
                suggestion="anniversary(birth_date)",
            )
        return catalogue.field("birth_date"), True
    try:
        field = catalogue.field(str(name))
    except SegmentError as error:
        raise error.at(at) from None
    if part.data == "anniversary" and field.type is not FieldType.ANNIVERSARY:
        raise SegmentError(
            f"{field.name} has no anniversary", position=at, suggestion="anniversary(birth_date)"
        )
    return field, part.data == "anniversary"


def _value(field: Field, token: Token) -> Value:
    try:
        return value_of(field, token)
    except SegmentError as error:
        raise error.at(token.start_pos or 0) from None


def _comparison(field: Field, tokens: Sequence[Token]) -> Comparison:
    sign, token = tokens
    return _compared(field, Operator("!=" if sign == "<>" else str(sign)), sign, token)


def _contains(field: Field, tokens: Sequence[Token]) -> Comparison:
    return _compared(field, Operator.CONTAINS, *tokens)


def _lacks(field: Field, tokens: Sequence[Token]) -> Comparison:
    return _compared(field, Operator.NOT_CONTAINS, *tokens)


def _starts(field: Field, tokens: Sequence[Token]) -> Comparison:
    return _compared(field, Operator.STARTS_WITH, *tokens)


def _compared(field: Field, operator: Operator, sign: Token, token: Token) -> Comparison:
    try:
        check_operator(field, operator)
    except SegmentError as error:
        raise error.at(sign.start_pos or 0) from None
    return Comparison(field, operator, _value(field, token))


def _between(field: Field, tokens: Sequence[Token]) -> Between:
    sign, first, last = tokens
    if field.type not in RANGED:
        raise SegmentError(
            f"{field.name} cannot be compared by BETWEEN", position=sign.start_pos, expected=taken(field)
        )
    low, high = _value(field, first), _value(field, last)
    try:
        check_order(low, high, cyclic=field.type is FieldType.ANNIVERSARY)
    except SegmentError as error:
        raise error.at(first.start_pos or 0) from None
    return Between(field, low, high)


def _among(field: Field, tokens: Sequence[Token]) -> Among:
    if field.type not in LISTED:
        raise SegmentError(f"{field.name} cannot be compared by IN", expected=taken(field))
    values = dict.fromkeys(_value(field, token) for token in tokens)
    return Among(field, tuple(values))


def _not_among(field: Field, tokens: Sequence[Token]) -> Among:
    return Among(field, _among(field, tokens).values, negated=True)


def _missing(field: Field, _tokens: Sequence[Token]) -> Missing:
    return Missing(field)


def _known(field: Field, _tokens: Sequence[Token]) -> Missing:
    return Missing(field, negated=True)


_LEAVES: Mapping[str, Callable[[Field, Sequence[Token]], Leaf]] = MappingProxyType(
    {
        "comparison": _comparison,
        "contains": _contains,
        "lacks": _lacks,
        "starts": _starts,
        "between": _between,
        "among": _among,
        "not_among": _not_among,
        "missing": _missing,
        "known": _known,
    }
)
_BRANCHES: Mapping[str, Callable[[tuple[Node, ...]], Node]] = MappingProxyType(
    {"any": Or, "all": And, "negation": lambda terms: Not(terms[0])}
)
