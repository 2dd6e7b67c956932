"""The tables of what people write into the record by hand.

They name accounts, never persons, so that merging, splitting and undoing keep them right. Only
``property_definition`` is ever overwritten.
"""

from sqlalchemy import Boolean, Column, Index, Integer, Table, Text, false

from regulars_store._tables_inputs import metadata
from regulars_store._types import Document, Key, RowId, UtcDateTime

record_edit = Table(
    "record_edit",
    metadata,
    Column("id", RowId, primary_key=True),
    Column("account_id", Key, nullable=False),
    Column("field", Key, nullable=False, comment="property:<key> for one of the owner's own"),
    Column("value", Document, comment="null: what the shops say counts again"),
    Column("folded", Key, nullable=False, comment="an e-mail, phone or card number to search by, else empty"),
    Column(
        "named",
        Boolean,
        nullable=False,
        server_default=false(),
        comment="about this account itself, not only about the person whose it is",
    ),
    Column("at", UtcDateTime, nullable=False),
    Column("who", Text, nullable=False),
    Column("why", Text, nullable=False),
    Index(None, "account_id"),
    Index("ix_record_edit_field_account_id", "field", "account_id"),
    Index(None, "folded"),
)

record_rule = Table(
    "record_rule",
    metadata,
    Column("id", RowId, primary_key=True),
    Column("complete", Document, nullable=False, comment="what a complete record has; a|b: one of them"),
    Column("at", UtcDateTime, nullable=False),
    Column("who", Text, nullable=False),
    Column("why", Text, nullable=False),
)

property_definition = Table(
    "property_definition",
    metadata,
    Column("key", Key, primary_key=True),
    Column("title", Text, nullable=False),
    Column("type", Key, nullable=False, comment="text, number, date, yes_no, choice"),
    Column("choices", Document, nullable=False),
    Column("required", Boolean, nullable=False, comment="a record without it is not complete"),
    Column("personal", Boolean, nullable=False, comment="goes when the person is erased"),
    Column("sensitive", Boolean, nullable=False, comment="shown on the person's card only"),
    Column("push_to", Text, nullable=False, comment="the shops' name for it; empty: stays here"),
    Column("position", Integer, nullable=False),
    Column("ended", Boolean, nullable=False, server_default=false()),
    Column("at", UtcDateTime, nullable=False),
    Column("who", Text, nullable=False),
)

ownership_proof = Table(
    "ownership_proof",
    metadata,
    Column("id", RowId, primary_key=True),
    Column("account_id", Key, nullable=False),
    Column("email_folded", Key, nullable=False, comment="proves only while the account has this e-mail"),
    Column("how", Key, nullable=False, comment="mail: a signed link that was sent to it was confirmed"),
    Column("at", UtcDateTime, nullable=False),
    Column("evidence", Document, nullable=False, comment="which link, never an address"),
    Column("void_since", UtcDateTime, comment="the account has had another e-mail since"),
    Index(None, "account_id"),
)
