"""The record as people keep it by hand, and what of it is shown on persons."""

import sqlalchemy as sa
from alembic import op

from regulars_store._types import Document, Key, RowId, UtcDateTime

revision = "0005"
down_revision = "0004"

_TEXTS = {
    "birth_date": "1990-05-17 or --05-17",
    "gender": "f, m or empty",
    "language": None,
    "preferred_channel": None,
    "preferred_hour": "18:00 or empty",
    "manager": "who looks after them",
}

# Whoever is known already gets the new columns at the next computing.
_MARK_EVERYBODY = """
    INSERT INTO dirty (stage, key, stamp) SELECT 'identity', anchor, 5 FROM person WHERE true
    ON CONFLICT (stage, key) DO UPDATE SET stamp = excluded.stamp"""


def _create_record_edit() -> None:
    op.create_table(
        "record_edit",
        sa.Column("id", RowId, nullable=False),
        sa.Column("account_id", Key, nullable=False),
        sa.Column("field", Key, nullable=False, comment="property:<key> for one of the owner's own"),
        sa.Column("value", Document, nullable=True, comment="null: what the shops say counts again"),
        sa.Column(
            "folded", Key, nullable=False, comment="an e-mail, phone or card number to search by, else empty"
        ),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.Column("who", sa.Text(), nullable=False),
        sa.Column("why", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_record_edit")),
    )
    op.create_index(op.f("ix_record_edit_account_id"), "record_edit", ["account_id"], unique=False)
    op.create_index("ix_record_edit_field_account_id", "record_edit", ["field", "account_id"], unique=False)
    op.create_index(op.f("ix_record_edit_folded"), "record_edit", ["folded"], unique=False)


def _create_record_rule() -> None:
    op.create_table(
        "record_rule",
        sa.Column("id", RowId, nullable=False),
        sa.Column(
            "complete",
            Document,
            nullable=False,
            comment="what a complete record has; a|b: one of them",
        ),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.Column("who", sa.Text(), nullable=False),
        sa.Column("why", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_record_rule")),
    )


def _create_property_definition() -> None:
    op.create_table(
        "property_definition",
        sa.Column("key", Key, nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("type", Key, nullable=False, comment="text, number, date, yes_no, choice"),
        sa.Column("choices", Document, nullable=False),
        sa.Column("required", sa.Boolean(), nullable=False, comment="a record without it is not complete"),
        sa.Column("personal", sa.Boolean(), nullable=False, comment="goes when the person is erased"),
        sa.Column("sensitive", sa.Boolean(), nullable=False, comment="shown on the person's card only"),
        sa.Column("push_to", sa.Text(), nullable=False, comment="the shops' name for it; empty: stays here"),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("ended", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.Column("who", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_property_definition")),
    )


def _add_to_account() -> None:
    has_card = sa.text("card_number <> ''")
    comment = "as last written by hand"
    card = sa.Column("card_number", Key, nullable=False, server_default=sa.text("''"), comment=comment)
    op.add_column("account", card)
    op.create_index(
        "ix_account_card_number",
        "account",
        ["card_number"],
        unique=False,
        sqlite_where=has_card,
        postgresql_where=has_card,
    )


def _word(name: str, default: str, *, comment: str) -> sa.Column[str]:
    return sa.Column(name, Key, nullable=False, server_default=default, comment=comment)


def _add_to_person() -> None:
    for name, comment in _TEXTS.items():
        column = sa.Column(name, Key, nullable=False, server_default=sa.text("''"), comment=comment)
        op.add_column("person", column)
    missing = sa.Column(
        "missing", Document, nullable=False, server_default="[]", comment="what a complete record lacks"
    )
    op.add_column("person", _word("kind", "person", comment="person, company"))
    op.add_column("person", _word("status", "entered", comment="entered, control, archived"))
    op.add_column("person", missing)
    op.create_index("ix_person_status_name_folded", "person", ["status", "name_folded", "id"], unique=False)


def upgrade() -> None:
    """Make the tables and columns."""
    for create in (_create_record_edit, _create_record_rule, _create_property_definition):
        create()
    _add_to_account()
    _add_to_person()
    op.execute(_MARK_EVERYBODY)


def downgrade() -> None:
    """Drop the tables and columns."""
    op.drop_index("ix_account_card_number", "account")
    op.drop_column("account", "card_number")
    op.drop_index("ix_person_status_name_folded", "person")
    for name in (*_TEXTS, "kind", "status", "missing"):
        op.drop_column("person", name)
    for table in ("property_definition", "record_rule", "record_edit"):
        op.drop_table(table)
