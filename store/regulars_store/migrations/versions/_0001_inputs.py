"""The tables of inputs."""

import sqlalchemy as sa
from alembic import op

from regulars_store._types import Document, Key, RowId, UtcDateTime

revision = "0001"
down_revision = None


def _create_audit() -> None:
    op.create_table(
        "audit",
        sa.Column("id", RowId, nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.Column("who", sa.Text(), nullable=False),
        sa.Column("action", Key, nullable=False),
        sa.Column("subject", Key, nullable=False),
        sa.Column("detail", Document, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit")),
    )


def _create_identity_decision() -> None:
    op.create_table(
        "identity_decision",
        sa.Column("id", RowId, nullable=False),
        sa.Column("kind", Key, nullable=False, comment="must_link, cannot_link, revoke"),
        sa.Column("account_a", Key, nullable=False),
        sa.Column("account_b", Key, nullable=False),
        sa.Column("revokes", RowId, nullable=True, comment="the decision that this one takes back"),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.Column("who", sa.Text(), nullable=False),
        sa.Column("why", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_identity_decision")),
    )
    op.create_index(op.f("ix_identity_decision_account_a"), "identity_decision", ["account_a"], unique=False)
    op.create_index(op.f("ix_identity_decision_account_b"), "identity_decision", ["account_b"], unique=False)


def _create_programme() -> None:
    op.create_table(
        "programme",
        sa.Column("id", RowId, nullable=False),
        sa.Column("key", Key, nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("kind", Key, nullable=False),
        sa.Column("enabled", sa.Boolean(), nullable=False),
        sa.Column("definition", Document, nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.Column("who", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_programme")),
        sa.UniqueConstraint("key", "version", name=op.f("uq_programme_key_version")),
    )


def _create_shop() -> None:
    op.create_table(
        "shop",
        sa.Column("id", sa.Integer(), nullable=False, comment="also the shop's rank in anchors"),
        sa.Column("name", Key, nullable=False),
        sa.Column("platform", Key, nullable=False),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("zone", Key, nullable=True),
        sa.Column("currency", Key, nullable=True),
        sa.Column("country", Key, nullable=True),
        sa.Column("capabilities", Document, nullable=False),
        sa.Column("options", Document, nullable=False),
        sa.Column("added_at", UtcDateTime(), nullable=False),
        sa.Column("removed_at", UtcDateTime(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_shop")),
        sa.UniqueConstraint("name", name=op.f("uq_shop_name")),
    )


def _create_checkpoint() -> None:
    op.create_table(
        "checkpoint",
        sa.Column("shop_id", sa.Integer(), nullable=False),
        sa.Column("kind", Key, nullable=False),
        sa.Column("scan", Key, nullable=False),
        sa.Column(
            "cursor", Document, nullable=True, comment="where the next page starts; null: at the beginning"
        ),
        sa.Column(
            "done",
            sa.Boolean(),
            server_default=sa.false(),
            nullable=False,
            comment="a history that was read to its end",
        ),
        sa.Column("landed", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("updated_at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["shop_id"], ["shop.id"], name=op.f("fk_checkpoint_shop_id")),
        sa.PrimaryKeyConstraint("shop_id", "kind", "scan", name=op.f("pk_checkpoint")),
    )


def _create_grant() -> None:
    op.create_table(
        "grant",
        sa.Column("id", Key, nullable=False),
        sa.Column("account_id", Key, nullable=False),
        sa.Column("shop_id", sa.Integer(), nullable=False),
        sa.Column("programme_key", Key, nullable=False),
        sa.Column("programme_version", sa.Integer(), nullable=False),
        sa.Column("code", Key, nullable=False, comment="stays with the account through replacements"),
        sa.Column("percent", sa.Integer(), nullable=False, comment="hundredths of a percent; 0: an amount"),
        sa.Column("amount", sa.BigInteger(), nullable=True, comment="minor units; null: a percent"),
        sa.Column("currency", Key, nullable=True, comment="of the amount"),
        sa.Column("state", Key, nullable=False, comment="planned, given, expired, withdrawn, replaced"),
        sa.Column("given_at", UtcDateTime(), nullable=False),
        sa.Column("withdrawn_at", UtcDateTime(), nullable=True),
        sa.Column("replaced_by", Key, nullable=True),
        sa.Column("valid_until", UtcDateTime(), nullable=True, comment="it serves before; null: no end"),
        sa.Column(
            "orders",
            sa.Integer(),
            nullable=True,
            comment="for how many it serves; null: any number, or not known",
        ),
        sa.Column(
            "added", Document, server_default="[]", nullable=False, comment="programmes summed into it"
        ),
        sa.Column("kind", Key, server_default="programme", nullable=False, comment="programme, by_hand"),
        sa.Column(
            "who",
            sa.Text(),
            server_default=sa.text("''"),
            nullable=False,
            comment="attached or withdrew it by hand",
        ),
        sa.ForeignKeyConstraint(["shop_id"], ["shop.id"], name=op.f("fk_grant_shop_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_grant")),
    )
    op.create_index(op.f("ix_grant_account_id"), "grant", ["account_id"], unique=False)
    op.create_index(op.f("ix_grant_code"), "grant", ["code"], unique=False)
    for name, column, which in (
        ("ix_grant_ending", "valid_until", sa.text("state = 'given' AND valid_until IS NOT NULL")),
        ("ix_grant_by_hand", "code", sa.text("kind = 'by_hand'")),
    ):
        op.create_index(name, "grant", [column], unique=False, sqlite_where=which, postgresql_where=which)


def _create_observation() -> None:
    op.create_table(
        "observation",
        sa.Column("id", RowId, nullable=False),
        sa.Column("shop_id", sa.Integer(), nullable=False),
        sa.Column("kind", Key, nullable=False),
        sa.Column("external_id", Key, nullable=False),
        sa.Column(
            "sequence",
            sa.Integer(),
            nullable=False,
            comment="counts an object's observations and tombstones from 1",
        ),
        sa.Column("observed_at", UtcDateTime(), nullable=False),
        sa.Column("changed_at", UtcDateTime(), nullable=True, comment="the platform's change time"),
        sa.Column(
            "version_at",
            UtcDateTime(),
            nullable=False,
            comment="orders versions of one object, then sequence",
        ),
        sa.Column("via", Key, nullable=False, comment="history, changes, read"),
        sa.Column("digest", sa.LargeBinary(length=16), nullable=False),
        sa.Column(
            "outcome", Key, nullable=False, comment="mapped, skipped (no business of ours), unmappable"
        ),
        sa.Column("payload", sa.LargeBinary(), nullable=False, comment="zlib of the JSON as received"),
        sa.ForeignKeyConstraint(["shop_id"], ["shop.id"], name=op.f("fk_observation_shop_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_observation")),
        sa.UniqueConstraint(
            "shop_id",
            "kind",
            "external_id",
            "sequence",
            name=op.f("uq_observation_shop_id_kind_external_id_sequence"),
        ),
    )


def _create_plan() -> None:
    op.create_table(
        "plan",
        sa.Column("id", Key, nullable=False),
        sa.Column("shop_id", sa.Integer(), nullable=False),
        sa.Column("state", Key, nullable=False, comment="open, applying, applied, superseded"),
        sa.Column("digest", Key, nullable=False, comment="over the operations, checked before applying"),
        sa.Column("mechanism", Key, nullable=False),
        sa.Column("summary", Document, nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("applied_at", UtcDateTime(), nullable=True),
        sa.ForeignKeyConstraint(["shop_id"], ["shop.id"], name=op.f("fk_plan_shop_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_plan")),
    )
    op.create_index(op.f("ix_plan_shop_id"), "plan", ["shop_id"], unique=False)


def _create_push_state() -> None:
    op.create_table(
        "push_state",
        sa.Column("shop_id", sa.Integer(), nullable=False),
        sa.Column("target_kind", Key, nullable=False),
        sa.Column("target_key", Key, nullable=False),
        sa.Column("account_id", Key, nullable=False),
        sa.Column("document", Document, nullable=False, comment="as last confirmed by the shop"),
        sa.Column("remote_id", Key, nullable=True),
        sa.Column("confirmed_at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["shop_id"], ["shop.id"], name=op.f("fk_push_state_shop_id")),
        sa.PrimaryKeyConstraint("shop_id", "target_kind", "target_key", name=op.f("pk_push_state")),
    )
    op.create_index(op.f("ix_push_state_account_id"), "push_state", ["account_id"], unique=False)


def _create_tombstone() -> None:
    op.create_table(
        "tombstone",
        sa.Column("shop_id", sa.Integer(), nullable=False),
        sa.Column("kind", Key, nullable=False),
        sa.Column("external_id", Key, nullable=False),
        sa.Column("sequence", sa.Integer(), nullable=False),
        sa.Column("observed_at", UtcDateTime(), nullable=False),
        sa.Column("version_at", UtcDateTime(), nullable=False),
        sa.Column("via", Key, nullable=False),
        sa.ForeignKeyConstraint(["shop_id"], ["shop.id"], name=op.f("fk_tombstone_shop_id")),
        sa.PrimaryKeyConstraint("shop_id", "kind", "external_id", "sequence", name=op.f("pk_tombstone")),
    )


def _create_push_operation() -> None:
    op.create_table(
        "push_operation",
        sa.Column("id", Key, nullable=False),
        sa.Column("plan_id", Key, nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("shop_id", sa.Integer(), nullable=False),
        sa.Column("account_id", Key, nullable=False),
        sa.Column("target_kind", Key, nullable=False),
        sa.Column("target_key", Key, nullable=False),
        sa.Column("verb", Key, nullable=False),
        sa.Column("before", Document, nullable=True),
        sa.Column("document", Document, nullable=True),
        sa.Column("remote_id", Key, nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column(
            "state", Key, nullable=False, comment="planned, sent, confirmed, refused, drifted, superseded"
        ),
        sa.Column("sent_at", UtcDateTime(), nullable=True),
        sa.Column("confirmed_at", UtcDateTime(), nullable=True),
        sa.Column("epoch", sa.BigInteger(), nullable=True),
        sa.Column("attempts", sa.Integer(), server_default="0", nullable=False),
        sa.Column(
            "answer",
            sa.Text(),
            nullable=True,
            comment="what the shop said, in plain words without personal data",
        ),
        sa.ForeignKeyConstraint(["plan_id"], ["plan.id"], name=op.f("fk_push_operation_plan_id")),
        sa.ForeignKeyConstraint(["shop_id"], ["shop.id"], name=op.f("fk_push_operation_shop_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_push_operation")),
        sa.UniqueConstraint("plan_id", "position", name=op.f("uq_push_operation_plan_id_position")),
    )
    op.create_index("ix_push_operation_shop_id_state", "push_operation", ["shop_id", "state"], unique=False)
    op.create_index(
        "ix_push_operation_shop_id_target_kind_target_key",
        "push_operation",
        ["shop_id", "target_kind", "target_key"],
        unique=False,
    )
    op.create_index(
        "ix_push_operation_plan_id_account_id", "push_operation", ["plan_id", "account_id"], unique=False
    )


def upgrade() -> None:
    """Make the tables."""
    for create in (
        _create_audit,
        _create_identity_decision,
        _create_programme,
        _create_shop,
        _create_checkpoint,
        _create_grant,
        _create_observation,
        _create_plan,
        _create_push_state,
        _create_tombstone,
        _create_push_operation,
    ):
        create()


def downgrade() -> None:
    """Drop the tables."""
    for table in (
        "push_operation",
        "tombstone",
        "push_state",
        "plan",
        "observation",
        "grant",
        "checkpoint",
        "shop",
        "programme",
        "identity_decision",
        "audit",
    ):
        op.drop_table(table)
