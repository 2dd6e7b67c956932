"""The scalars of the API as inputs: what the service refuses before a mutation sees it."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from graphql import GraphQLError, GraphQLScalarType, GraphQLSchema

__all__ = ["strict_scalars"]


def strict_scalars(schema: GraphQLSchema) -> None:
    """Make the schema refuse texts that are no DateTime, Decimal or UnsignedInt64."""
    for name, check in (("DateTime", _moment), ("Decimal", _decimal), ("UnsignedInt64", _whole)):
        scalar = schema.type_map[name]
        if isinstance(scalar, GraphQLScalarType):
            # Both names: the library reads one for variables and the other for literals.
            vars(scalar).update(parse_value=check, coerce_input_value=check)


def _moment(value: Any) -> str:
    try:
        moment = datetime.fromisoformat(value)
    except (TypeError, ValueError):
        raise GraphQLError("invalid DateTime: give an ISO 8601 text") from None
    if moment.tzinfo is None:
        raise GraphQLError("invalid DateTime: the offset is missing")
    return str(value)


def _decimal(value: Any) -> str:
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        raise GraphQLError("invalid Decimal")
    try:
        number = Decimal(str(value))
    except InvalidOperation:
        raise GraphQLError("invalid Decimal") from None
    if not number.is_finite():
        raise GraphQLError("invalid Decimal")
    return str(number)


def _whole(value: Any) -> int:
    if isinstance(value, bool) or not str(value).isdecimal():
        raise GraphQLError("invalid UnsignedInt64")
    return int(value)
