"""The tables of inputs: what was observed, decided, given and sent. Nothing here can be derived again.

Ids of shop objects are ``"<shop id>:<external id>"``: unique, readable, the same in every rebuild, so that
parents and children go in together without asking the database for generated keys.
"""

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    Text,
    UniqueConstraint,
    false,
    text,
)

from regulars_store._types import Document, Key, RowId, UtcDateTime

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)

shop = Table(
    "shop",
    metadata,
    Column("id", Integer, primary_key=True, comment="also the shop's rank in anchors"),
    Column("name", Key, nullable=False, unique=True),
    Column("platform", Key, nullable=False),
    Column("url", Text, nullable=False),
    Column("zone", Key),
    Column("currency", Key),
    Column("country", Key),
    Column("capabilities", Document, nullable=False),
    Column("options", Document, nullable=False),
    Column("added_at", UtcDateTime, nullable=False),
    Column("removed_at", UtcDateTime),
)

checkpoint = Table(
    "checkpoint",
    metadata,
    Column("shop_id", ForeignKey("shop.id"), primary_key=True),
    Column("kind", Key, primary_key=True),
    Column("scan", Key, primary_key=True),
    Column("cursor", Document, nullable=True, comment="where the next page starts; null: at the beginning"),
    Column(
        "done", Boolean, nullable=False, server_default=false(), comment="a history that was read to its end"
    ),
    Column("landed", BigInteger, nullable=False, server_default="0"),
    Column("updated_at", UtcDateTime, nullable=False),
)

observation = Table(
    "observation",
    metadata,
    Column("id", RowId, primary_key=True),
    Column("shop_id", ForeignKey("shop.id"), nullable=False),
    Column("kind", Key, nullable=False),
    Column("external_id", Key, nullable=False),
    Column(
        "sequence", Integer, nullable=False, comment="counts an object's observations and tombstones from 1"
    ),
    Column("observed_at", UtcDateTime, nullable=False),
    Column("changed_at", UtcDateTime, comment="the platform's change time"),
    Column("version_at", UtcDateTime, nullable=False, comment="orders versions of one object, then sequence"),
    Column("via", Key, nullable=False, comment="history, changes, read"),
    Column("digest", LargeBinary(16), nullable=False),
    Column("outcome", Key, nullable=False, comment="mapped, skipped (no business of ours), unmappable"),
    Column("payload", LargeBinary, nullable=False, comment="zlib of the JSON as received"),
    UniqueConstraint("shop_id", "kind", "external_id", "sequence"),
)

tombstone = Table(
    "tombstone",
    metadata,
    Column("shop_id", ForeignKey("shop.id"), primary_key=True),
    Column("kind", Key, primary_key=True),
    Column("external_id", Key, primary_key=True),
    Column("sequence", Integer, primary_key=True),
    Column("observed_at", UtcDateTime, nullable=False),
    Column("version_at", UtcDateTime, nullable=False),
    Column("via", Key, nullable=False),
)

identity_decision = Table(
    "identity_decision",
    metadata,
    Column("id", RowId, primary_key=True),
    Column("kind", Key, nullable=False, comment="must_link, cannot_link, revoke"),
    Column("account_a", Key, nullable=False),
    Column("account_b", Key, nullable=False),
    Column("revokes", RowId, comment="the decision that this one takes back"),
    Column("at", UtcDateTime, nullable=False),
    Column("who", Text, nullable=False),
    Column("why", Text, nullable=False),
    Index(None, "account_a"),
    Index(None, "account_b"),
)

programme = Table(
    "programme",
    metadata,
    Column("id", RowId, primary_key=True),
    Column("key", Key, nullable=False),
    Column("version", Integer, nullable=False),
    Column("kind", Key, nullable=False),
    Column("enabled", Boolean, nullable=False),
    Column("definition", Document, nullable=False),
    Column("at", UtcDateTime, nullable=False),
    Column("who", Text, nullable=False),
    UniqueConstraint("key", "version"),
)

_ENDS = text("state = 'given' AND valid_until IS NOT NULL")
_BY_HAND = text("kind = 'by_hand'")

grant = Table(
    "grant",
    metadata,
    Column("id", Key, primary_key=True),
    Column("account_id", Key, nullable=False, index=True),
    Column("shop_id", ForeignKey("shop.id"), nullable=False),
    Column("programme_key", Key, nullable=False),
    Column("programme_version", Integer, nullable=False),
    Column("code", Key, nullable=False, index=True, comment="stays with the account through replacements"),
    Column("percent", Integer, nullable=False, comment="hundredths of a percent; 0: an amount"),
    Column("amount", BigInteger, comment="minor units; null: a percent"),
    Column("currency", Key, comment="of the amount"),
    Column("state", Key, nullable=False, comment="planned, given, expired, withdrawn, replaced"),
    Column("given_at", UtcDateTime, nullable=False),
    Column("withdrawn_at", UtcDateTime),
    Column("replaced_by", Key),
    Column("valid_until", UtcDateTime, comment="it serves before; null: no end"),
    Column("orders", Integer, comment="for how many it serves; null: any number, or not known"),
    Column("added", Document, nullable=False, server_default="[]", comment="programmes summed into it"),
    Column("kind", Key, nullable=False, server_default="programme", comment="programme, by_hand"),
    Column("who", Text, nullable=False, server_default=text("''"), comment="attached or withdrew it by hand"),
    # Found by their end: what is over is looked for among those that stand.
    Index("ix_grant_ending", "valid_until", sqlite_where=_ENDS, postgresql_where=_ENDS),
    # Typed in any way, they are found by comparing: few are by hand.
    Index("ix_grant_by_hand", "code", sqlite_where=_BY_HAND, postgresql_where=_BY_HAND),
)

plan = Table(
    "plan",
    metadata,
    Column("id", Key, primary_key=True),
    Column("shop_id", ForeignKey("shop.id"), nullable=False, index=True),
    Column("state", Key, nullable=False, comment="open, applying, applied, superseded"),
    Column("digest", Key, nullable=False, comment="over the operations, checked before applying"),
    Column("mechanism", Key, nullable=False),
    Column("summary", Document, nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    Column("applied_at", UtcDateTime),
)

push_operation = Table(
    "push_operation",
    metadata,
    Column("id", Key, primary_key=True),
    Column("plan_id", ForeignKey("plan.id"), nullable=False),
    Column("position", Integer, nullable=False),
    Column("shop_id", ForeignKey("shop.id"), nullable=False),
    Column("account_id", Key, nullable=False),
    Column("target_kind", Key, nullable=False),
    Column("target_key", Key, nullable=False),
    Column("verb", Key, nullable=False),
    Column("before", Document),
    Column("document", Document),
    Column("remote_id", Key),
    Column("reason", Text, nullable=False),
    Column("state", Key, nullable=False, comment="planned, sent, confirmed, refused, drifted, superseded"),
    Column("sent_at", UtcDateTime),
    Column("confirmed_at", UtcDateTime),
    Column("epoch", BigInteger),
    Column("attempts", Integer, nullable=False, server_default="0"),
    Column("answer", Text, comment="what the shop said, in plain words without personal data"),
    UniqueConstraint("plan_id", "position"),
    Index("ix_push_operation_shop_id_state", "shop_id", "state"),
    Index("ix_push_operation_shop_id_target_kind_target_key", "shop_id", "target_kind", "target_key"),
    Index("ix_push_operation_plan_id_account_id", "plan_id", "account_id"),
)

push_state = Table(
    "push_state",
    metadata,
    Column("shop_id", ForeignKey("shop.id"), primary_key=True),
    Column("target_kind", Key, primary_key=True),
    Column("target_key", Key, primary_key=True),
    Column("account_id", Key, nullable=False, index=True),
    Column("document", Document, nullable=False, comment="as last confirmed by the shop"),
    Column("remote_id", Key),
    Column("confirmed_at", UtcDateTime, nullable=False),
)

audit = Table(
    "audit",
    metadata,
    Column("id", RowId, primary_key=True),
    Column("at", UtcDateTime, nullable=False),
    Column("who", Text, nullable=False),
    Column("action", Key, nullable=False),
    Column("subject", Key, nullable=False),
    Column("detail", Document, nullable=False),
)
