"""The tables of what is said and done with people by hand: talks, reminders, the stop-list. They name
accounts, never persons, so that merging, splitting and undoing keep them right."""

from sqlalchemy import Column, Index, Table, Text

from regulars_store._tables_inputs import metadata
from regulars_store._types import Document, Key, RowId, UtcDateTime

interaction = Table(
    "interaction",
    metadata,
    Column("id", RowId, primary_key=True),
    Column("account_id", Key, nullable=False, index=True),
    Column("kind", Key, nullable=False, comment="note, call, mail, message, visit; taken_back"),
    Column("direction", Key, nullable=False, comment="in, out or empty"),
    Column("text", Text, nullable=False, comment="of one that is taken back: why"),
    Column("at", UtcDateTime, nullable=False, comment="when it took place"),
    Column("who", Text, nullable=False),
    Column("revokes", RowId, index=True, comment="the interaction that this one takes back"),
)

# A reminder that was made by itself and that nobody has dealt with follows what it was made from.
reminder = Table(
    "reminder",
    metadata,
    Column("id", RowId, primary_key=True),
    Column("account_id", Key, nullable=False, index=True),
    Column("kind", Key, nullable=False, comment="call, congratulate, other"),
    Column("due_at", UtcDateTime, nullable=False),
    Column("text", Text, nullable=False),
    Column("owner", Key, nullable=False, comment="who is to do it; empty: anybody"),
    Column("cause", Key, unique=True, comment="birthday:<account>:<year>; null: made by hand"),
    Column("at", UtcDateTime, nullable=False),
    Column("who", Text, nullable=False),
    Column("done_at", UtcDateTime),
    Column("done_by", Text),
    Index("ix_reminder_done_at_due_at", "done_at", "due_at"),
)

# Append-only: each row says how an entry stands from then on, and its newest row counts.
stop_list_entry = Table(
    "stop_list_entry",
    metadata,
    Column("id", RowId, primary_key=True),
    Column("entry", RowId, index=True, comment="the entry's first row; null: this is it"),
    Column("account_id", Key, nullable=False, index=True),
    Column("reason", Text, nullable=False),
    Column("evidence", Document, nullable=False, comment="the orders that speak for it, and the rule"),
    Column("state", Key, nullable=False, comment="suggested, confirmed, refused, lifted"),
    Column("until", UtcDateTime, comment="holds before this moment; null: until it is lifted"),
    Column("at", UtcDateTime, nullable=False),
    Column("who", Text, nullable=False),
    Column("why", Text, nullable=False, comment="of this state; empty: the reason says it"),
)
