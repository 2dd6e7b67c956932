"""The tables of status hooks: who is told of order status changes, and what they were or are to be told.

Both are inputs: a change is noted by the transaction that lands it, and no rebuild notes it again.
"""

from sqlalchemy import Boolean, Column, Index, Integer, Table, Text, text

from regulars_store._tables_inputs import metadata
from regulars_store._types import Document, Key, RowId, UtcDateTime

_WAITS = text("state = 'waiting'")

status_hook = Table(
    "status_hook",
    metadata,
    Column("id", RowId, primary_key=True),
    Column("key", Key, nullable=False, comment="one that has ended leaves its key to another"),
    Column("url", Text, nullable=False, comment="empty: the signal of the site"),
    Column("inside", Boolean, nullable=False, comment="may lead into a network, by the owner's word"),
    Column("statuses", Document, nullable=False, comment="of the order now; none: all"),
    Column("shops", Document, nullable=False, comment="ids; none: all, also later ones"),
    Column("added_at", UtcDateTime, nullable=False, comment="nothing older is told"),
    Column("ended_at", UtcDateTime),
    Column("failures", Integer, nullable=False, server_default="0", comment="in a row, of the address"),
    Column("rests_until", UtcDateTime, comment="it is left alone before; null: it is not"),
    Column("secret_until", UtcDateTime, comment="the secret before signs too; null: there is none"),
    Column("who", Text, nullable=False),
    Index("ix_status_hook_key", "key"),
)

status_delivery = Table(
    "status_delivery",
    metadata,
    Column("hook_id", RowId, primary_key=True, autoincrement=False),
    Column("order_id", Key, primary_key=True),
    Column("sequence", Integer, primary_key=True, comment="of the observation that showed the change"),
    Column("message", Key, nullable=False, comment="the same at each try: who is told twice can see it"),
    Column("shop_id", Integer, nullable=False),
    Column("before", Key, comment="the status; null: the order is new"),
    Column("shop_before", Key, comment="in the shop's own word"),
    Column("after", Key, nullable=False),
    Column("shop_after", Key, nullable=False),
    Column("at", UtcDateTime, nullable=False, comment="when the shop changed it"),
    Column("state", Key, nullable=False, comment="waiting, delivered, dead, ended"),
    Column("tries", Integer, nullable=False, comment="that failed"),
    Column("due_at", UtcDateTime, nullable=False, comment="of the next try; of the last one, where none is"),
    Column("problem", Text, nullable=False, comment="of the last try, in words"),
    # Of very many few wait, and whether any is due is asked each second.
    Index("ix_status_delivery_waiting", "hook_id", "due_at", sqlite_where=_WAITS, postgresql_where=_WAITS),
    sqlite_with_rowid=False,
)
