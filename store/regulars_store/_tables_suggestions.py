"""The queue of suggestions: who may be one person, waiting for a human. No part of the digest."""

from sqlalchemy import Column, Index, Integer, Table, UniqueConstraint

from regulars_store._tables_inputs import metadata
from regulars_store._types import Document, Key, RowId, UtcDateTime

identity_suggestion = Table(
    "identity_suggestion",
    metadata,
    Column("id", Key, primary_key=True, comment="a digest of the pair"),
    Column("account_a", Key, nullable=False, comment="has the smaller anchor"),
    Column("account_b", Key, nullable=False),
    Column("person_a", Key, nullable=False, comment="whose account it was when it was suggested or decided"),
    Column("person_b", Key, nullable=False),
    Column("score", Integer, nullable=False, comment="thousandths of a bit: log2 of the odds of one person"),
    Column("probability", Integer, nullable=False, comment="millionths"),
    Column("waterfall", Document, nullable=False, comment="findings and their weights, without any value"),
    Column("model", Key, nullable=False, comment="a digest of the weights"),
    Column("state", Key, nullable=False, comment="new, refused, accepted, stale"),
    Column("at", UtcDateTime, nullable=False, comment="of the state"),
    Column("decision_id", RowId, comment="of an accepted or refused one"),
    UniqueConstraint("account_a", "account_b"),
    Index("ix_identity_suggestion_state_score", "state", "score"),
    Index(None, "account_b"),
)
