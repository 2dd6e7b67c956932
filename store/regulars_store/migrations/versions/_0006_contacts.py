"""Talks, reminders and the stop-list."""

import sqlalchemy as sa
from alembic import op

from regulars_store._types import Document, Key, RowId, UtcDateTime

revision = "0006"
down_revision = "0005"


def _create_interaction() -> None:
    op.create_table(
        "interaction",
        sa.Column("id", RowId, nullable=False),
        sa.Column("account_id", Key, nullable=False),
        sa.Column("kind", Key, nullable=False, comment="note, call, mail, message, visit; taken_back"),
        sa.Column("direction", Key, nullable=False, comment="in, out or empty"),
        sa.Column("text", sa.Text(), nullable=False, comment="of one that is taken back: why"),
        sa.Column("at", UtcDateTime(), nullable=False, comment="when it took place"),
        sa.Column("who", sa.Text(), nullable=False),
        sa.Column("revokes", RowId, nullable=True, comment="the interaction that this one takes back"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_interaction")),
    )
    op.create_index(op.f("ix_interaction_account_id"), "interaction", ["account_id"], unique=False)
    op.create_index(op.f("ix_interaction_revokes"), "interaction", ["revokes"], unique=False)


def _create_reminder() -> None:
    op.create_table(
        "reminder",
        sa.Column("id", RowId, nullable=False),
        sa.Column("account_id", Key, nullable=False),
        sa.Column("kind", Key, nullable=False, comment="call, congratulate, other"),
        sa.Column("due_at", UtcDateTime(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("owner", Key, nullable=False, comment="who is to do it; empty: anybody"),
        sa.Column("cause", Key, nullable=True, comment="birthday:<account>:<year>; null: made by hand"),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.Column("who", sa.Text(), nullable=False),
        sa.Column("done_at", UtcDateTime(), nullable=True),
        sa.Column("done_by", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reminder")),
        sa.UniqueConstraint("cause", name=op.f("uq_reminder_cause")),
    )
    op.create_index(op.f("ix_reminder_account_id"), "reminder", ["account_id"], unique=False)
    op.create_index("ix_reminder_done_at_due_at", "reminder", ["done_at", "due_at"], unique=False)


def _create_stop_list_entry() -> None:
    op.create_table(
        "stop_list_entry",
        sa.Column("id", RowId, nullable=False),
        sa.Column("entry", RowId, nullable=True, comment="the entry's first row; null: this is it"),
        sa.Column("account_id", Key, nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("evidence", Document, nullable=False, comment="the orders that speak for it, and the rule"),
        sa.Column("state", Key, nullable=False, comment="suggested, confirmed, refused, lifted"),
        sa.Column(
            "until",
            UtcDateTime(),
            nullable=True,
            comment="holds before this moment; null: until it is lifted",
        ),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.Column("who", sa.Text(), nullable=False),
        sa.Column("why", sa.Text(), nullable=False, comment="of this state; empty: the reason says it"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_stop_list_entry")),
    )
    op.create_index(op.f("ix_stop_list_entry_account_id"), "stop_list_entry", ["account_id"], unique=False)
    op.create_index(op.f("ix_stop_list_entry_entry"), "stop_list_entry", ["entry"], unique=False)


def upgrade() -> None:
    """Make the tables."""
    for create in (_create_interaction, _create_reminder, _create_stop_list_entry):
        create()


def downgrade() -> None:
    """Drop the tables."""
    for table in ("stop_list_entry", "reminder", "interaction"):
        op.drop_table(table)
