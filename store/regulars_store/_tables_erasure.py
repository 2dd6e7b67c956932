"""The tables of erased persons: who was, which accounts stand for them, and whom no shop may bring back.

Nothing here names anybody. ``suppression`` holds digests under a key that is not in the store.
"""

from sqlalchemy import Column, Index, Integer, Table, Text

from regulars_store._tables_inputs import metadata
from regulars_store._types import Document, Key, UtcDateTime

erasure = Table(
    "erasure",
    metadata,
    Column("token", Key, primary_key=True, comment="random; stands for the person wherever they were named"),
    Column("at", UtcDateTime, nullable=False),
    Column("who", Text, nullable=False),
    Column("why", Text, nullable=False),
    Column("report", Document, nullable=False, comment="what was erased, in numbers, and what shops hold"),
    Column("cleared_at", UtcDateTime, comment="when what deleted rows leave in the files was cleared"),
)

erased_account = Table(
    "erased_account",
    metadata,
    Column("account_id", Key, primary_key=True),
    Column("token", Key, nullable=False, index=True),
)

suppression = Table(
    "suppression",
    metadata,
    Column("digest", Key, primary_key=True, comment="under a key that is kept beside the shops' secrets"),
    Column("kind", Key, nullable=False, comment="key, object, account, email, phone, named"),
    Column("token", Key, nullable=False),
    Column("number", Integer, comment="of an address: which of the person's it is, from 1"),
    Column("at", UtcDateTime, nullable=False),
    Index("ix_suppression_token_kind", "token", "kind"),
)
