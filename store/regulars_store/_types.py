"""Column types that behave alike on SQLite and PostgreSQL."""

from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import JSON, BigInteger, DateTime, Dialect, Integer, Text, TypeDecorator
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.types import TypeEngine

Document = JSON(none_as_null=True).with_variant(JSONB(none_as_null=True), "postgresql")
"""JSON; a missing document is NULL, never JSON's null."""
Key = Text().with_variant(Text(collation="C"), "postgresql")
"""Texts that are compared or sorted in SQL: by code point on both databases."""
RowId = BigInteger().with_variant(Integer(), "sqlite")
"""A surrogate key; SQLite counts up only INTEGER primary keys."""

_WITHOUT_ZONE = len("2026-01-01 00:00:00.000000")
_NAIVE = "a naive datetime reached the store; give it a zone"


def _sqlite_text(value: datetime | None) -> str | None:
    if value is None:
        return None
    if value.tzinfo is None:
        raise ValueError(_NAIVE)
    moment = value if value.tzinfo is UTC else value.astimezone(UTC)
    return moment.isoformat(" ", "microseconds")[:_WITHOUT_ZONE]


def _thousandths(value: Decimal | None) -> int | None:
    return None if value is None else int(value.scaleb(3))


class UtcDateTime(TypeDecorator[datetime]):
    """Aware UTC datetimes. A naive one is refused when written; what is read is aware."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def bind_processor(self, dialect: Dialect) -> Callable[[datetime | None], object] | None:
        """SQLite's text form, written without the general formatter: landing writes many of them."""
        if dialect.name == "sqlite":
            return _sqlite_text
        return super().bind_processor(dialect)

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError(_NAIVE)
        return value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class Thousandths(TypeDecorator[Decimal]):
    """Quantities with at most three decimals, kept as integer thousandths: exact on both databases."""

    impl = BigInteger
    cache_ok = True

    def bind_processor(self, dialect: Dialect) -> Callable[[Decimal | None], int | None]:  # noqa: ARG002
        """The conversion itself, without the decorator's layers around it."""
        return _thousandths

    def process_bind_param(self, value: Decimal | None, dialect: Dialect) -> int | None:  # noqa: ARG002
        return _thousandths(value)

    def process_result_value(self, value: int | None, dialect: Dialect) -> Decimal | None:  # noqa: ARG002
        return None if value is None else Decimal(value).scaleb(-3)


class StatedProof(TypeDecorator[dict[str, Any]]):
    """The proof of an offer, a `Document`. What cannot be read as one is read as ``{}``, so that one that
    somebody spoilt in the database keeps nobody else's from being read."""

    impl = JSON
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        """As a `Document` is kept."""
        kind = JSONB if dialect.name == "postgresql" else JSON
        return dialect.type_descriptor(kind(none_as_null=True))

    def result_processor(self, dialect: Dialect, coltype: object) -> Callable[[Any], dict[str, Any] | None]:
        """Reads it, whatever it is; None where there is none."""
        read = super().result_processor(dialect, coltype)

        def process(value: Any) -> dict[str, Any] | None:
            try:
                found: Any = value if read is None else read(value)
            except ValueError:
                return {}
            return found if value is None or is_stated_proof(found) else {}

        return process


def is_stated_proof(found: object) -> bool:
    """Whether it has the shape of a proof: it, and what it adds, name their programmes."""
    if not isinstance(found, dict) or not isinstance(added := found.get("added", []), list):
        return False
    rules = [part.get("programme") if isinstance(part, dict) else None for part in (found, *added)]
    return all(isinstance(stated, dict) and "key" in stated for stated in rules)
