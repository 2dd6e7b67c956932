"""The queue of suggestions."""

import sqlalchemy as sa
from alembic import op

from regulars_store._types import Document, Key, RowId, UtcDateTime

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    """Make the table."""
    op.create_table(
        "identity_suggestion",
        sa.Column("id", Key, nullable=False, comment="a digest of the pair"),
        sa.Column("account_a", Key, nullable=False, comment="has the smaller anchor"),
        sa.Column("account_b", Key, nullable=False),
        sa.Column(
            "person_a", Key, nullable=False, comment="whose account it was when it was suggested or decided"
        ),
        sa.Column("person_b", Key, nullable=False),
        sa.Column(
            "score",
            sa.Integer(),
            nullable=False,
            comment="thousandths of a bit: log2 of the odds of one person",
        ),
        sa.Column("probability", sa.Integer(), nullable=False, comment="millionths"),
        sa.Column(
            "waterfall", Document, nullable=False, comment="findings and their weights, without any value"
        ),
        sa.Column("model", Key, nullable=False, comment="a digest of the weights"),
        sa.Column("state", Key, nullable=False, comment="new, refused, accepted, stale"),
        sa.Column("at", UtcDateTime(), nullable=False, comment="of the state"),
        sa.Column("decision_id", RowId, nullable=True, comment="of an accepted or refused one"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_identity_suggestion")),
        sa.UniqueConstraint(
            "account_a", "account_b", name=op.f("uq_identity_suggestion_account_a_account_b")
        ),
    )
    op.create_index(
        op.f("ix_identity_suggestion_account_b"), "identity_suggestion", ["account_b"], unique=False
    )
    op.create_index(
        "ix_identity_suggestion_state_score", "identity_suggestion", ["state", "score"], unique=False
    )


def downgrade() -> None:
    """Drop the table."""
    op.drop_table("identity_suggestion")
