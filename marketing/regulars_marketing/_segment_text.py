"""From a tree to its one canonical text; parsing that gives the same tree."""

from datetime import date
from decimal import Decimal

from regulars_marketing._segment_fields import Field, FieldType
from regulars_marketing._segment_tree import Among, And, Between, Leaf, Missing, Node, Not, Offset, Or, Value


def segment_text(node: Node) -> str:
    """The expression as it is kept and shown."""
    match node:
        case Not():
            return f"NOT ({segment_text(node.term)})"
        case And():
            return " AND ".join(
                f"({segment_text(term)})" if isinstance(term, Or) else segment_text(term)
                for term in node.terms
            )
        case Or():
            return " OR ".join(
                f"({segment_text(term)})" if isinstance(term, And) else segment_text(term)
                for term in node.terms
            )
        case _:
            return leaf_text(node)


def leaf_text(leaf: Leaf) -> str:
    """One comparison."""
    if isinstance(leaf, Missing):
        return f"{leaf.field.name} IS {'NOT ' if leaf.negated else ''}NULL"
    anniversary = leaf.field.type is FieldType.ANNIVERSARY
    subject = f"anniversary({leaf.field.name})" if anniversary else leaf.field.name
    match leaf:
        case Between():
            low, high = value_text(leaf.field, leaf.low), value_text(leaf.field, leaf.high)
            return f"{subject} BETWEEN {low} AND {high}"
        case Among():
            values = ", ".join(value_text(leaf.field, value) for value in leaf.values)
            return f"{subject} {'NOT ' if leaf.negated else ''}IN ({values})"
        case _:
            return f"{subject} {leaf.operator} {value_text(leaf.field, leaf.value)}"


def value_text(of: Field, value: Value) -> str:
    """One value as it is written."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, Decimal):
        return f"{value:f}{'%' if of.type is FieldType.PERCENT else ''}"
    if isinstance(value, Offset):
        return "today" if value.amount == 0 else f"{value.amount:+d}{value.unit}"
    if isinstance(value, date):
        return value.isoformat()
    return quoted(value)


def quoted(text: str) -> str:
    """The text in quotation marks."""
    escaped = text.replace("\\", "\\\\").replace("'", "\\'")
    return f"'{escaped}'"
