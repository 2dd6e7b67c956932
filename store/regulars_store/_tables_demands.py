"""The table of what platforms demanded because the law does: ids only, and what became of it. An input."""

from sqlalchemy import Column, Index, Integer, Table, Text

from regulars_store._tables_inputs import metadata
from regulars_store._types import Document, Key, RowId, UtcDateTime

demand = Table(
    "demand",
    metadata,
    Column("id", RowId, primary_key=True),
    Column("shop_id", Integer, nullable=False),
    Column("key", Key, nullable=False, comment="the same for each delivery of one demand"),
    Column("what", Key, nullable=False, comment="data_request, customer_erasure, shop_erasure"),
    Column("account_id", Key, nullable=False, comment="of whom; empty: nobody was named"),
    Column("orders", Document, nullable=False, comment="ids in the shop that the platform counts in"),
    Column("at", UtcDateTime, nullable=False, comment="when it came"),
    Column("term_at", UtcDateTime, nullable=False, comment="by when it is to be done"),
    Column("due_at", UtcDateTime, nullable=False, comment="when it is looked at next"),
    Column("tries", Integer, nullable=False, server_default="0", comment="that failed, in a row"),
    Column("state", Key, nullable=False, comment="due: the agent's; waiting: the owner's; done"),
    Column("note", Text, nullable=False, comment="what was done, or what it waits for; names nobody"),
    Column("file", Text, nullable=False, comment="of evidence, in the workspace; empty: there is none"),
    Column("who", Text, nullable=False, comment="said that it may be done, or that it is"),
    Column("done_at", UtcDateTime),
    Index("ix_demand_shop_id_key", "shop_id", "key", unique=True),
    Index("ix_demand_account_id", "account_id"),
    Index("ix_demand_state_due_at", "state", "due_at"),
)
