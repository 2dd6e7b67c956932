"""The tables of what shops sell."""

import sqlalchemy as sa
from alembic import op

from regulars_store._types import Document, Key, UtcDateTime

revision = "0003"
down_revision = "0002"


def _create_product() -> None:
    op.create_table(
        "product",
        sa.Column("id", Key, nullable=False),
        sa.Column("shop_id", sa.Integer(), nullable=False),
        sa.Column("external_id", Key, nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("sku", Key, nullable=False),
        sa.Column("sku_folded", Key, nullable=False),
        sa.Column("status", Key, nullable=False),
        sa.Column("price", sa.BigInteger(), nullable=True, comment="minor units of the shop's currency"),
        sa.Column("categories", Document, nullable=False),
        sa.Column("attributes", Document, nullable=False, comment="name -> its words"),
        sa.Column("changed_at", UtcDateTime(), nullable=True),
        sa.Column("gone", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.ForeignKeyConstraint(["shop_id"], ["shop.id"], name=op.f("fk_product_shop_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_product")),
    )
    op.create_index("ix_product_shop_id_sku_folded", "product", ["shop_id", "sku_folded"], unique=False)


def _create_product_category() -> None:
    op.create_table(
        "product_category",
        sa.Column("product_id", Key, nullable=False),
        sa.Column(
            "external_id",
            Key,
            nullable=False,
            comment="what the shop binds discounts to",
        ),
        sa.Column("shop_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("name_folded", Key, nullable=False),
        sa.ForeignKeyConstraint(["product_id"], ["product.id"], name=op.f("fk_product_category_product_id")),
        sa.ForeignKeyConstraint(["shop_id"], ["shop.id"], name=op.f("fk_product_category_shop_id")),
        sa.PrimaryKeyConstraint("product_id", "external_id", name=op.f("pk_product_category")),
        sqlite_with_rowid=False,
    )
    op.create_index(
        "ix_product_category_shop_id_name_folded",
        "product_category",
        ["shop_id", "name_folded", "external_id"],
        unique=False,
    )


def _create_review() -> None:
    op.create_table(
        "review",
        sa.Column("id", Key, nullable=False),
        sa.Column("shop_id", sa.Integer(), nullable=False),
        sa.Column("external_id", Key, nullable=False),
        sa.Column("product_id", Key, nullable=False, comment="product.id, which may not have landed"),
        sa.Column("email_folded", Key, nullable=False, comment="as typed into a form; proves nothing"),
        sa.Column("stars", sa.Integer(), nullable=True, comment="1 to 5; null: words alone"),
        sa.Column("published", sa.Boolean(), nullable=False),
        sa.Column(
            "bought",
            sa.Boolean(),
            nullable=True,
            comment="by this address, as the shop says; null: it does not",
        ),
        sa.Column("written_at", UtcDateTime(), nullable=False),
        sa.Column("gone", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.ForeignKeyConstraint(["shop_id"], ["shop.id"], name=op.f("fk_review_shop_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_review")),
    )
    op.create_index(op.f("ix_review_email_folded"), "review", ["email_folded"], unique=False)


def upgrade() -> None:
    """Make the tables."""
    for create in (_create_product, _create_product_category, _create_review):
        create()


def downgrade() -> None:
    """Drop the tables."""
    for table in ("review", "product_category", "product"):
        op.drop_table(table)
