"""How grants were used: derived from what orders say of their coupons."""

from sqlalchemy import BigInteger, Column, Table

from regulars_store._tables_inputs import metadata
from regulars_store._types import Key, UtcDateTime

grant_use = Table(
    "grant_use",
    metadata,
    Column("grant_id", Key, primary_key=True),
    Column("order_id", Key, primary_key=True, index=True),
    Column("at", UtcDateTime, nullable=False, comment="when the order was placed"),
    Column("discount", BigInteger, comment="minor units; null: the order says it of several codes together"),
    Column("currency", Key, nullable=False),
    sqlite_with_rowid=False,
)
