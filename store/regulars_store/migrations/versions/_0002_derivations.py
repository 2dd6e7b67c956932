"""The tables of derivations and of the machinery."""

import sqlalchemy as sa
from alembic import op

from regulars_store._types import Document, Key, RowId, Thousandths, UtcDateTime

revision = "0002"
down_revision = "0001"


def _create_dirty() -> None:
    op.create_table(
        "dirty",
        sa.Column(
            "stage", Key, nullable=False, comment="identity (accounts), facts (persons), offers (persons)"
        ),
        sa.Column("key", Key, nullable=False),
        sa.Column("stamp", sa.BigInteger(), nullable=False, comment="new at each mark"),
        sa.PrimaryKeyConstraint("stage", "key", name=op.f("pk_dirty")),
        sqlite_with_rowid=False,
    )


def _create_lease() -> None:
    op.create_table(
        "lease",
        sa.Column("resource", Key, nullable=False),
        sa.Column("owner", sa.Text(), nullable=False),
        sa.Column("epoch", sa.BigInteger(), nullable=False),
        sa.Column("expires_at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("resource", name=op.f("pk_lease")),
    )


def _create_notice() -> None:
    op.create_table(
        "notice",
        sa.Column("shop_id", sa.Integer(), nullable=False),
        sa.Column("kind", Key, nullable=False),
        sa.Column("external_id", Key, nullable=False, comment="empty: one nobody knows; *: all of the kind"),
        sa.Column("first_at", UtcDateTime(), nullable=False),
        sa.Column("due_at", UtcDateTime(), nullable=False, comment="to be read from then on"),
        sa.Column("tries", sa.Integer(), nullable=False, comment="readings that failed"),
        sa.Column("stamp", sa.BigInteger(), nullable=False, comment="new at each delivery"),
        sa.PrimaryKeyConstraint("shop_id", "kind", "external_id", name=op.f("pk_notice")),
        sqlite_with_rowid=False,
    )


def _create_observation_head() -> None:
    op.create_table(
        "observation_head",
        sa.Column("shop_id", sa.Integer(), nullable=False),
        sa.Column("kind", Key, nullable=False),
        sa.Column("external_id", Key, nullable=False),
        sa.Column("sequence", sa.Integer(), nullable=False, comment="of the version that counts"),
        sa.Column(
            "last_sequence", sa.Integer(), nullable=False, comment="of the newest observation or tombstone"
        ),
        sa.Column("version_at", UtcDateTime(), nullable=False),
        sa.Column(
            "digest",
            sa.LargeBinary(length=16),
            nullable=False,
            comment="of the version that counts; zeros when gone",
        ),
        sa.Column("outcome", Key, nullable=False, comment="of the version that counts; gone: a tombstone"),
        sa.Column("gone", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.PrimaryKeyConstraint("shop_id", "kind", "external_id", name=op.f("pk_observation_head")),
        sqlite_with_rowid=False,
    )


def _create_order_status_change() -> None:
    op.create_table(
        "order_status_change",
        sa.Column("order_id", Key, nullable=False),
        sa.Column("sequence", sa.Integer(), nullable=False, comment="of the observation that showed it"),
        sa.Column("status", Key, nullable=False),
        sa.Column("shop_status", Key, nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("order_id", "sequence", name=op.f("pk_order_status_change")),
        sqlite_with_rowid=False,
    )


def _create_person() -> None:
    op.create_table(
        "person",
        sa.Column("id", Key, nullable=False),
        sa.Column("anchor", Key, nullable=False, comment="the account whose anchor is smallest"),
        sa.Column("given_name", sa.Text(), nullable=False),
        sa.Column("family_name", sa.Text(), nullable=False),
        sa.Column("name_folded", Key, nullable=False),
        sa.Column(
            "name_skeleton", Key, nullable=False, comment="the words' sounds, in ASCII; to search only"
        ),
        sa.Column("email", sa.Text(), nullable=False),
        sa.Column("phone", sa.Text(), nullable=False),
        sa.Column(
            "sources",
            Document,
            nullable=False,
            comment="field -> account it was taken from, and by which rule",
        ),
        sa.Column("accounts", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_person")),
    )
    op.create_index(op.f("ix_person_name_folded"), "person", ["name_folded"], unique=False)
    op.create_index("ix_person_names", "person", ["name_skeleton", "name_folded", "id"], unique=False)


def _create_person_fact() -> None:
    op.create_table(
        "person_fact",
        sa.Column("person_id", Key, nullable=False),
        sa.Column("currency", Key, nullable=False),
        sa.Column("orders", sa.Integer(), nullable=False, comment="bought"),
        sa.Column("goods", sa.BigInteger(), nullable=False, comment="bought, before refunds"),
        sa.Column("refunded", sa.BigInteger(), nullable=False, comment="goods given back"),
        sa.Column("net", sa.BigInteger(), nullable=False, comment="goods - refunded"),
        sa.Column("first_order_at", UtcDateTime(), nullable=True),
        sa.Column("last_order_at", UtcDateTime(), nullable=True),
        sa.PrimaryKeyConstraint("person_id", "currency", name=op.f("pk_person_fact")),
        sqlite_with_rowid=False,
    )


def _create_account() -> None:
    op.create_table(
        "account",
        sa.Column("id", Key, nullable=False),
        sa.Column("shop_id", sa.Integer(), nullable=False),
        sa.Column("external_id", Key, nullable=False, comment="the shop's customer id, or guest-<digest>"),
        sa.Column("registered", sa.Boolean(), nullable=False),
        sa.Column("email", sa.Text(), nullable=False),
        sa.Column("email_folded", Key, nullable=False),
        sa.Column("phone", sa.Text(), nullable=False),
        sa.Column("phone_e164", Key, nullable=False),
        sa.Column("given_name", sa.Text(), nullable=False),
        sa.Column("family_name", sa.Text(), nullable=False),
        sa.Column("name_folded", Key, nullable=False),
        sa.Column("company", sa.Text(), nullable=False),
        sa.Column("country", Key, nullable=False),
        sa.Column("role", Key, nullable=False),
        sa.Column(
            "email_verified", sa.Boolean(), nullable=True, comment="as the platform says; null: it does not"
        ),
        sa.Column("labels", Document, nullable=False, comment="what Regulars wrote to the customer there"),
        sa.Column("tags", Document, server_default="[]", nullable=False, comment="the shop's own words"),
        sa.Column(
            "declared_spent",
            sa.BigInteger(),
            nullable=True,
            comment="ever, as the shop counts; null: it tells no total",
        ),
        sa.Column("declared_orders", sa.Integer(), nullable=True),
        sa.Column("declared_currency", Key, server_default=sa.text("''"), nullable=False),
        sa.Column("registered_at", UtcDateTime(), nullable=True),
        sa.Column(
            "version_at", UtcDateTime(), nullable=False, comment="of the observation the attributes come from"
        ),
        sa.Column(
            "version_sequence", sa.Integer(), nullable=False, comment="0: the attributes come from an order"
        ),
        sa.Column(
            "version_of",
            Key,
            nullable=True,
            comment="the order the attributes come from; empty: none; null: own payload",
        ),
        sa.Column("gone", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column(
            "cluster_id", Key, nullable=True, comment="evidence cluster: its smallest anchor's account"
        ),
        sa.Column("person_id", Key, nullable=True),
        sa.ForeignKeyConstraint(["shop_id"], ["shop.id"], name=op.f("fk_account_shop_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_account")),
    )
    op.create_index(op.f("ix_account_cluster_id"), "account", ["cluster_id"], unique=False)
    op.create_index(op.f("ix_account_email_folded"), "account", ["email_folded"], unique=False)
    op.create_index(op.f("ix_account_person_id"), "account", ["person_id"], unique=False)
    op.create_index(op.f("ix_account_phone_e164"), "account", ["phone_e164"], unique=False)


def _create_dead_letter() -> None:
    op.create_table(
        "dead_letter",
        sa.Column("id", RowId, nullable=False),
        sa.Column("shop_id", sa.Integer(), nullable=False),
        sa.Column("kind", Key, nullable=False),
        sa.Column("external_id", Key, nullable=False),
        sa.Column("sequence", sa.Integer(), nullable=False),
        sa.Column("failure", Key, nullable=False, comment="retry, permanent, misconfigured, skip"),
        sa.Column("path", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("attempts", sa.Integer(), server_default="1", nullable=False),
        sa.Column("first_at", UtcDateTime(), nullable=False),
        sa.Column("last_at", UtcDateTime(), nullable=False),
        sa.Column("dropped_at", UtcDateTime(), nullable=True),
        sa.Column("dropped_why", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["shop_id"], ["shop.id"], name=op.f("fk_dead_letter_shop_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_dead_letter")),
        sa.UniqueConstraint(
            "shop_id", "kind", "external_id", name=op.f("uq_dead_letter_shop_id_kind_external_id")
        ),
    )


def _create_offer() -> None:
    op.create_table(
        "offer",
        sa.Column("id", Key, nullable=False, comment="the account it is for"),
        sa.Column("person_id", Key, nullable=False),
        sa.Column("shop_id", sa.Integer(), nullable=False),
        sa.Column("scope", Key, nullable=False, comment="whose purchases count: person, account"),
        sa.Column("programme_key", Key, nullable=False),
        sa.Column("programme_version", sa.Integer(), nullable=False),
        sa.Column("level", sa.Text(), nullable=False),
        sa.Column(
            "percent",
            sa.Integer(),
            nullable=False,
            comment="hundredths of a percent; 0: an amount, or nothing yet",
        ),
        sa.Column(
            "amount", sa.BigInteger(), nullable=True, comment="minor units; null: a percent, or nothing yet"
        ),
        sa.Column("currency", Key, nullable=True, comment="of the amount"),
        sa.Column("valid_until", UtcDateTime(), nullable=True),
        sa.Column("proof", Document, nullable=False),
        sa.Column(
            "held",
            sa.Text(),
            nullable=True,
            comment="why nothing may be decided for this person now, in words",
        ),
        sa.ForeignKeyConstraint(["shop_id"], ["shop.id"], name=op.f("fk_offer_shop_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_offer")),
    )
    op.create_index(op.f("ix_offer_person_id"), "offer", ["person_id"], unique=False)
    op.create_index(op.f("ix_offer_shop_id"), "offer", ["shop_id"], unique=False)
    op.create_index("ix_offer_shop_id_percent", "offer", ["shop_id", "percent"], unique=False)


def _create_refund() -> None:
    op.create_table(
        "refund",
        sa.Column("id", Key, nullable=False),
        sa.Column("shop_id", sa.Integer(), nullable=False),
        sa.Column("external_id", Key, nullable=False),
        sa.Column("order_id", Key, nullable=False, comment="the order may not have landed"),
        sa.Column("refunded_at", UtcDateTime(), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column(
            "goods", sa.BigInteger(), nullable=True, comment="null: in proportion to the order's goods"
        ),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("gone", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.ForeignKeyConstraint(["shop_id"], ["shop.id"], name=op.f("fk_refund_shop_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_refund")),
    )
    op.create_index(op.f("ix_refund_order_id"), "refund", ["order_id"], unique=False)


def _create_sync_run() -> None:
    op.create_table(
        "sync_run",
        sa.Column("id", RowId, nullable=False),
        sa.Column("shop_id", sa.Integer(), nullable=True),
        sa.Column("command", Key, nullable=False),
        sa.Column("started_at", UtcDateTime(), nullable=False),
        sa.Column("ended_at", UtcDateTime(), nullable=True),
        sa.Column("complete", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("counts", Document, nullable=False),
        sa.Column("problem", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["shop_id"], ["shop.id"], name=op.f("fk_sync_run_shop_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sync_run")),
    )
    op.create_index(op.f("ix_sync_run_shop_id"), "sync_run", ["shop_id"], unique=False)


def _create_address() -> None:
    op.create_table(
        "address",
        sa.Column("id", Key, nullable=False, comment="<account id>:<digest of the folded fields>"),
        sa.Column("account_id", Key, nullable=False),
        sa.Column("given_name", Key, nullable=False),
        sa.Column("family_name", Key, nullable=False),
        sa.Column("company", Key, nullable=False),
        sa.Column("line1", Key, nullable=False),
        sa.Column("line2", Key, nullable=False),
        sa.Column("city", Key, nullable=False),
        sa.Column("region", Key, nullable=False),
        sa.Column("postcode", Key, nullable=False),
        sa.Column("country", Key, nullable=False),
        sa.Column("phone", Key, nullable=False),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name=op.f("fk_address_account_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_address")),
    )
    op.create_index(op.f("ix_address_account_id"), "address", ["account_id"], unique=False)


def _create_identity_key() -> None:
    op.create_table(
        "identity_key",
        sa.Column("kind", Key, nullable=False, comment="email, phone"),
        sa.Column("value", Key, nullable=False),
        sa.Column("account_id", Key, nullable=False),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name=op.f("fk_identity_key_account_id")),
        sa.PrimaryKeyConstraint("kind", "value", "account_id", name=op.f("pk_identity_key")),
        sqlite_with_rowid=False,
    )
    op.create_index(op.f("ix_identity_key_account_id"), "identity_key", ["account_id"], unique=False)


def _create_identity_link() -> None:
    op.create_table(
        "identity_link",
        sa.Column("account_a", Key, nullable=False),
        sa.Column("account_b", Key, nullable=False),
        sa.Column("rule", Key, nullable=False, comment="must_link, email, phone"),
        sa.Column("evidence", Document, nullable=False),
        sa.Column(
            "taken", sa.Boolean(), nullable=False, comment="false: it would have joined a cannot-link pair"
        ),
        sa.ForeignKeyConstraint(["account_a"], ["account.id"], name=op.f("fk_identity_link_account_a")),
        sa.ForeignKeyConstraint(["account_b"], ["account.id"], name=op.f("fk_identity_link_account_b")),
        sa.PrimaryKeyConstraint("account_a", "account_b", "rule", name=op.f("pk_identity_link")),
        sqlite_with_rowid=False,
    )
    op.create_index(op.f("ix_identity_link_account_b"), "identity_link", ["account_b"], unique=False)


def _create_order() -> None:
    op.create_table(
        "order",
        sa.Column("id", Key, nullable=False),
        sa.Column("shop_id", sa.Integer(), nullable=False),
        sa.Column("external_id", Key, nullable=False),
        sa.Column("number", Key, nullable=False),
        sa.Column("account_id", Key, nullable=False),
        sa.Column("status", Key, nullable=False),
        sa.Column("shop_status", Key, nullable=False),
        sa.Column(
            "bought",
            sa.Boolean(),
            nullable=False,
            comment="counts as bought: see regulars_mapping.counts_as_bought",
        ),
        sa.Column("currency", Key, nullable=False),
        sa.Column("placed_at", UtcDateTime(), nullable=False),
        sa.Column("changed_at", UtcDateTime(), nullable=True),
        sa.Column("paid_at", UtcDateTime(), nullable=True),
        sa.Column("completed_at", UtcDateTime(), nullable=True),
        sa.Column("goods", sa.BigInteger(), nullable=False),
        sa.Column("goods_tax", sa.BigInteger(), nullable=False),
        sa.Column("discount", sa.BigInteger(), nullable=False),
        sa.Column("shipping", sa.BigInteger(), nullable=False),
        sa.Column("shipping_tax", sa.BigInteger(), nullable=False),
        sa.Column("total", sa.BigInteger(), nullable=False),
        sa.Column("payment_method", sa.Text(), nullable=False),
        sa.Column("shipping_method", sa.Text(), nullable=False),
        sa.Column("coupon_codes", Document, nullable=False),
        sa.Column("source", Document, nullable=False),
        sa.Column(
            "contact", Document, nullable=False, comment="how the buyer named themselves at this checkout"
        ),
        sa.Column(
            "refund_ids",
            Document,
            nullable=True,
            comment="refunds that the shop counts; null: it does not say",
        ),
        sa.Column("billing_address_id", Key, nullable=True),
        sa.Column("delivery_address_id", Key, nullable=True),
        sa.Column("gone", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name=op.f("fk_order_account_id")),
        sa.ForeignKeyConstraint(["shop_id"], ["shop.id"], name=op.f("fk_order_shop_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_order")),
    )
    op.create_index("ix_order_account_id_placed_at", "order", ["account_id", "placed_at"], unique=False)
    op.create_index(op.f("ix_order_number"), "order", ["number"], unique=False)
    op.create_index("ix_order_shop_id_placed_at", "order", ["shop_id", "placed_at"], unique=False)


def _create_refund_line() -> None:
    op.create_table(
        "refund_line",
        sa.Column("id", Key, nullable=False, comment="<refund id>:<external id>"),
        sa.Column("refund_id", Key, nullable=False),
        sa.Column("order_line_id", Key, nullable=False),
        sa.Column("product_id", Key, nullable=False),
        sa.Column("quantity", Thousandths(), nullable=False),
        sa.Column("net", sa.BigInteger(), nullable=False),
        sa.Column("tax", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["refund_id"], ["refund.id"], name=op.f("fk_refund_line_refund_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_refund_line")),
    )
    op.create_index(op.f("ix_refund_line_refund_id"), "refund_line", ["refund_id"], unique=False)


def _create_order_line() -> None:
    op.create_table(
        "order_line",
        sa.Column("id", Key, nullable=False, comment="<order id>:<external id>"),
        sa.Column("order_id", Key, nullable=False),
        sa.Column("product_id", Key, nullable=False, comment="product.id, or empty"),
        sa.Column("variant_id", Key, nullable=False),
        sa.Column("sku", Key, nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("quantity", Thousandths(), nullable=False),
        sa.Column("gross", sa.BigInteger(), nullable=False),
        sa.Column("net", sa.BigInteger(), nullable=False),
        sa.Column("tax", sa.BigInteger(), nullable=False),
        sa.Column("options", Document, nullable=False),
        sa.ForeignKeyConstraint(["order_id"], ["order.id"], name=op.f("fk_order_line_order_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_order_line")),
    )
    op.create_index(
        op.f("ix_order_line_order_id_product_id"), "order_line", ["order_id", "product_id"], unique=False
    )


def upgrade() -> None:
    """Make the tables."""
    for create in (
        _create_dirty,
        _create_lease,
        _create_notice,
        _create_observation_head,
        _create_order_status_change,
        _create_person,
        _create_person_fact,
        _create_account,
        _create_dead_letter,
        _create_offer,
        _create_refund,
        _create_sync_run,
        _create_address,
        _create_identity_key,
        _create_identity_link,
        _create_order,
        _create_refund_line,
        _create_order_line,
    ):
        create()


def downgrade() -> None:
    """Drop the tables."""
    for table in (
        "order_line",
        "refund_line",
        "order",
        "identity_link",
        "identity_key",
        "address",
        "sync_run",
        "refund",
        "offer",
        "dead_letter",
        "account",
        "person_fact",
        "person",
        "order_status_change",
        "observation_head",
        "notice",
        "lease",
        "dirty",
    ):
        op.drop_table(table)
