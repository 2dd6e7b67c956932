"""The record as people keep it by hand, and what of it is shown on persons."""

import sqlalchemy as sa
from alembic import op

from regulars_mapping import email_alias
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

_MARK_ALIASES = """
    INSERT INTO dirty (stage, key, stamp) SELECT 'identity', id, 5 FROM account WHERE email_alias <> ''
    ON CONFLICT (stage, key) DO UPDATE SET stamp = excluded.stamp"""

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
        sa.Column(
            "named",
            sa.Boolean(),
            server_default=sa.false(),
            nullable=False,
            comment="about this account itself, not only about the person whose it is",
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


def _create_ownership_proof() -> None:
    mail = "mail: a signed link that was sent to it was confirmed"
    email = "proves only while the account has this e-mail"
    op.create_table(
        "ownership_proof",
        sa.Column("id", RowId, nullable=False),
        sa.Column("account_id", Key, nullable=False),
        sa.Column("email_folded", Key, nullable=False, comment=email),
        sa.Column("how", Key, nullable=False, comment=mail),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.Column("evidence", Document, nullable=False, comment="which link, never an address"),
        sa.Column(
            "void_since", UtcDateTime(), nullable=True, comment="the account has had another e-mail since"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ownership_proof")),
    )
    op.create_index(op.f("ix_ownership_proof_account_id"), "ownership_proof", ["account_id"], unique=False)


def _create_erasure() -> None:
    stands = "random; stands for the person wherever they were named"
    report = "what was erased, in numbers, and what shops hold"
    cleared = "when what deleted rows leave in the files was cleared"
    op.create_table(
        "erasure",
        sa.Column("token", Key, nullable=False, comment=stands),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.Column("who", sa.Text(), nullable=False),
        sa.Column("why", sa.Text(), nullable=False),
        sa.Column("report", Document, nullable=False, comment=report),
        sa.Column("cleared_at", UtcDateTime(), nullable=True, comment=cleared),
        sa.PrimaryKeyConstraint("token", name=op.f("pk_erasure")),
    )
    op.create_table(
        "erased_account",
        sa.Column("account_id", Key, nullable=False),
        sa.Column("token", Key, nullable=False),
        sa.PrimaryKeyConstraint("account_id", name=op.f("pk_erased_account")),
    )
    op.create_index(op.f("ix_erased_account_token"), "erased_account", ["token"], unique=False)


def _create_suppression() -> None:
    digest = "under a key that is kept beside the shops' secrets"
    kind = "key, object, account, email, phone, named"
    number = "of an address: which of the person's it is, from 1"
    op.create_table(
        "suppression",
        sa.Column("digest", Key, nullable=False, comment=digest),
        sa.Column("kind", Key, nullable=False, comment=kind),
        sa.Column("token", Key, nullable=False),
        sa.Column("number", sa.Integer(), nullable=True, comment=number),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("digest", name=op.f("pk_suppression")),
    )
    op.create_index("ix_suppression_token_kind", "suppression", ["token", "kind"], unique=False)


_OF_ACCOUNT = {
    "card_number": "as last written by hand",
    "birth_date": "as last written by hand",
    "email_alias": "the mailbox's one spelling; empty: email_folded is, or none is known",
}
_SPARSE = ("card_number", "email_alias")


def _add_to_account() -> None:
    for name, comment in _OF_ACCOUNT.items():
        column = sa.Column(name, Key, nullable=False, server_default=sa.text("''"), comment=comment)
        op.add_column("account", column)
    for name in _SPARSE:
        has = sa.text(f"{name} <> ''")
        op.create_index(
            f"ix_account_{name}", "account", [name], unique=False, sqlite_where=has, postgresql_where=has
        )


def _add_to_identity_link() -> None:
    comment = "version of the rules it was judged by"
    rules = sa.Column("rules", Key, nullable=False, server_default=sa.text("''"), comment=comment)
    op.add_column("identity_link", rules)


def _spell_aliases() -> None:
    """Give the accounts that are known already what landing gives to those that come."""
    connection = op.get_bind()
    emails = connection.execute(sa.text("SELECT DISTINCT email_folded FROM account WHERE email_folded <> ''"))
    spelt = [{"email": email, "alias": email_alias(email)} for (email,) in emails]
    wanted = [one for one in spelt if one["alias"] not in {"", one["email"]}]
    if wanted:
        told = "UPDATE account SET email_alias = :alias WHERE email_folded = :email"
        connection.execute(sa.text(told), wanted)
        connection.execute(sa.text(_MARK_ALIASES))


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
    op.drop_index("ix_person_name_folded", "person")
    op.create_index("ix_person_listed", "person", ["name_folded", "id", "status"], unique=False)


def upgrade() -> None:
    """Make the tables and columns."""
    for create in (_create_record_edit, _create_record_rule, _create_property_definition):
        create()
    _create_ownership_proof()
    _create_erasure()
    _create_suppression()
    _add_to_account()
    _add_to_identity_link()
    _add_to_person()
    op.execute(_MARK_EVERYBODY)
    _spell_aliases()


def downgrade() -> None:
    """Drop the tables and columns."""
    for table in ("suppression", "erased_account", "erasure", "ownership_proof"):
        op.drop_table(table)
    for name in _SPARSE:
        op.drop_index(f"ix_account_{name}", "account")
    for name in _OF_ACCOUNT:
        op.drop_column("account", name)
    op.drop_column("identity_link", "rules")
    op.drop_index("ix_person_listed", "person")
    op.create_index("ix_person_name_folded", "person", ["name_folded"], unique=False)
    for name in (*_TEXTS, "kind", "status", "missing"):
        op.drop_column("person", name)
    for table in ("property_definition", "record_rule", "record_edit"):
        op.drop_table(table)
