"""Marketing: rates, profiles, ratings, segments, consents."""

from typing import Any

import sqlalchemy as sa
from alembic import op

from regulars_store._types import Document, Key, RowId, UtcDateTime

revision = "0007"
down_revision = "0006"


def _create_currency_rate() -> None:
    op.create_table(
        "currency_rate",
        sa.Column("currency", Key, nullable=False),
        sa.Column("quote", Key, nullable=False, comment="the currency it is told in"),
        sa.Column("day", Key, nullable=False, comment="2026-11-22; holds until the next one"),
        sa.Column(
            "numerator",
            sa.BigInteger(),
            nullable=False,
            comment="one of currency = numerator / denominator quote",
        ),
        sa.Column("denominator", sa.BigInteger(), nullable=False),
        sa.Column("source", Key, nullable=False, comment="ecb, nbu, csv, manual"),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("currency", "quote", "day", name=op.f("pk_currency_rate")),
        sqlite_with_rowid=False,
    )


def _create_person_profile() -> None:
    op.create_table(
        "person_profile",
        *_what_was_bought(),
        *_who_they_are(),
        sa.PrimaryKeyConstraint("person_id", name=op.f("pk_person_profile")),
    )
    most_asked = [
        *("status", "spent", "orders", "last_order_at", "spent_365d", "orders_365d", "average_order"),
        *("first_order_at", "rhythm_days", "next_order_at", "frequency", "discount_share", "kind", "rating"),
        "grade",
    ]
    op.create_index("ix_person_profile_facts", "person_profile", ["person_id", *most_asked], unique=False)


def _what_was_bought() -> tuple[sa.Column[Any], ...]:
    return (
        sa.Column("person_id", Key, nullable=False),
        sa.Column("currency", Key, nullable=False, comment="the main one; empty: no shop tells one"),
        sa.Column("spent", sa.BigInteger(), nullable=True, comment="null: held back"),
        sa.Column("spent_365d", sa.BigInteger(), nullable=True),
        sa.Column("orders", sa.Integer(), nullable=False),
        sa.Column("orders_365d", sa.Integer(), nullable=False),
        sa.Column("average_order", sa.BigInteger(), nullable=True),
        sa.Column("largest_order", sa.BigInteger(), nullable=True),
        sa.Column(
            "opening_balance",
            sa.BigInteger(),
            nullable=True,
            comment="declared by the shop beyond the orders that it shows",
        ),
        sa.Column("opening_orders", sa.Integer(), nullable=True),
        sa.Column("first_order_at", UtcDateTime(), nullable=True),
        sa.Column("last_order_at", UtcDateTime(), nullable=True),
        sa.Column("rhythm_days", sa.Integer(), nullable=True, comment="median days between orders"),
        sa.Column(
            "next_order_at", UtcDateTime(), nullable=True, comment="the last order and the rhythm after it"
        ),
        sa.Column("frequency", Key, nullable=False, comment="none, one_off, rare, regular"),
        sa.Column("returned_orders", sa.Integer(), nullable=False),
        sa.Column("refused_cod", sa.Integer(), nullable=False),
        sa.Column("cod_share", sa.Integer(), nullable=True),
        sa.Column(
            "discount_share", sa.Integer(), nullable=True, comment="of the goods bought, bought on discount"
        ),
    )


def _who_they_are() -> tuple[sa.Column[Any], ...]:
    return (
        sa.Column("first_source", Key, nullable=True),
        sa.Column("last_source", Key, nullable=True),
        sa.Column("last_payment", Key, nullable=True),
        sa.Column("last_delivery", Key, nullable=True),
        sa.Column("country", Key, nullable=True, comment="of the last delivery"),
        sa.Column("region", Key, nullable=True),
        sa.Column("city", Key, nullable=True),
        sa.Column("language", Key, nullable=True),
        sa.Column("birth_mmdd", Key, nullable=True),
        sa.Column("birth_year", sa.Integer(), nullable=True),
        sa.Column("gender", Key, nullable=True),
        sa.Column("kind", Key, nullable=False),
        sa.Column("status", Key, nullable=False),
        sa.Column("stopped", sa.Boolean(), nullable=False, comment="on the stop-list"),
        sa.Column("email_subscription", Key, nullable=True),
        sa.Column("sms_subscription", Key, nullable=True),
        sa.Column(
            "next_mail_at",
            UtcDateTime(),
            nullable=True,
            comment="by bounds of their own on a topic; null: from any moment",
        ),
        sa.Column("shops", Document, nullable=False),
        sa.Column("labels", Document, nullable=False),
        sa.Column("categories", Document, nullable=False),
        sa.Column("properties", Document, nullable=False, comment="the owner's own fields by key"),
        sa.Column("rating", sa.Integer(), nullable=True),
        sa.Column("grade", Key, nullable=True),
        sa.Column("held", sa.Text(), nullable=True, comment="why sums are not known, in words"),
    )


def _create_rating() -> None:
    op.create_table(
        "rating",
        sa.Column("id", RowId, nullable=False),
        sa.Column("person_id", Key, nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.Column("score", sa.Integer(), nullable=True, comment="0 to 100; null: cannot be rated any more"),
        sa.Column("grade", Key, nullable=True, comment="a to e"),
        sa.Column("contributions", Document, nullable=False, comment="by factor; they add up to the score"),
        sa.Column("facts", Document, nullable=False, comment="what it rests on"),
        sa.Column("cause", Document, nullable=False, comment="what changed since the one before"),
        sa.Column("scale_id", RowId, nullable=True, comment="rating_scale.id that it was measured by"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_rating")),
    )
    op.create_index(op.f("ix_rating_person_id_id"), "rating", ["person_id", "id"], unique=False)
    op.create_table(
        "rating_scale",
        sa.Column("id", RowId, nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.Column("currency", Key, nullable=False),
        sa.Column("persons", sa.Integer(), nullable=False, comment="who had bought when it was made"),
        sa.Column("newcomers", sa.Integer(), nullable=False, comment="rated for the first time since"),
        sa.Column("cuts", Document, nullable=False, comment="where the store's customers stand"),
        sa.Column("rules", Document, nullable=False, comment="the owner's weights and grades"),
        sa.Column("applied_at", UtcDateTime(), nullable=True, comment="when everybody was last rated by it"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_rating_scale")),
    )


def _create_segment() -> None:
    op.create_table(
        "segment",
        sa.Column("id", RowId, nullable=False),
        sa.Column("key", Key, nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("expression", sa.Text(), nullable=False),
        sa.Column("enabled", sa.Boolean(), nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.Column("who", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_segment")),
    )
    op.create_index("ix_segment_key_version", "segment", ["key", "version"], unique=True)


def _create_segment_member() -> None:
    op.create_table(
        "segment_member",
        sa.Column("segment_key", Key, nullable=False),
        sa.Column("person_id", Key, nullable=False),
        sa.Column("since", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("segment_key", "person_id", name=op.f("pk_segment_member")),
        sqlite_with_rowid=False,
    )
    op.create_index(op.f("ix_segment_member_person_id"), "segment_member", ["person_id"], unique=False)


def _create_consent() -> None:
    op.create_table(
        "consent",
        sa.Column("id", RowId, nullable=False),
        sa.Column("account_id", Key, nullable=False),
        sa.Column("address_kind", Key, nullable=False, comment="email, phone"),
        sa.Column("address_folded", Key, nullable=False),
        sa.Column("purpose", Key, nullable=False, comment="marketing, or a topic's key"),
        sa.Column("state", Key, nullable=False, comment="granted, withdrawn, pending"),
        sa.Column("source", Key, nullable=False, comment="shop:<id>, form, mail link, owner"),
        sa.Column("at", UtcDateTime(), nullable=False, comment="when the person said so"),
        sa.Column("evidence", Document, nullable=False),
        sa.Column("who", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_consent")),
    )
    op.create_index(op.f("ix_consent_account_id"), "consent", ["account_id"], unique=False)
    op.create_index(
        "ix_consent_address", "consent", ["address_folded", "address_kind", "purpose"], unique=False
    )


def _create_sending() -> None:
    op.create_table(
        "sending",
        sa.Column("id", RowId, nullable=False),
        sa.Column("account_id", Key, nullable=False),
        sa.Column("topic", Key, nullable=False),
        sa.Column("address_kind", Key, nullable=False, comment="email, phone"),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.Column("who", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sending")),
    )
    op.create_index(op.f("ix_sending_account_id"), "sending", ["account_id"], unique=False)
    op.create_index(op.f("ix_sending_topic_at"), "sending", ["topic", "at"], unique=False)


def _create_frequency_bound() -> None:
    op.create_table(
        "frequency_bound",
        sa.Column("id", RowId, nullable=False),
        sa.Column("account_id", Key, nullable=False),
        sa.Column("topic", Key, nullable=False),
        sa.Column("least", sa.Integer(), nullable=True, comment="times; null: the topic's"),
        sa.Column("most", sa.Integer(), nullable=True, comment="times; null: the topic's"),
        sa.Column(
            "days",
            sa.Integer(),
            nullable=True,
            comment="of the window; null: the topic's. All three null: none of one's own",
        ),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.Column("who", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_frequency_bound")),
    )
    op.create_index(op.f("ix_frequency_bound_account_id"), "frequency_bound", ["account_id"], unique=False)
    op.create_index(op.f("ix_frequency_bound_topic_id"), "frequency_bound", ["topic", "id"], unique=False)


def _create_status_hook() -> None:
    op.create_table(
        "status_hook",
        sa.Column("id", RowId, nullable=False),
        sa.Column("key", Key, nullable=False, comment="one that has ended leaves its key to another"),
        sa.Column("url", sa.Text(), nullable=False, comment="empty: the signal of the site"),
        sa.Column(
            "inside", sa.Boolean(), nullable=False, comment="may lead into a network, by the owner's word"
        ),
        sa.Column("statuses", Document, nullable=False, comment="of the order now; none: all"),
        sa.Column("shops", Document, nullable=False, comment="ids; none: all, also later ones"),
        sa.Column("added_at", UtcDateTime(), nullable=False, comment="nothing older is told"),
        sa.Column("ended_at", UtcDateTime(), nullable=True),
        sa.Column(
            "failures",
            sa.Integer(),
            server_default="0",
            nullable=False,
            comment="in a row, of the address",
        ),
        sa.Column(
            "rests_until", UtcDateTime(), nullable=True, comment="it is left alone before; null: it is not"
        ),
        sa.Column(
            "secret_until",
            UtcDateTime(),
            nullable=True,
            comment="the secret before signs too; null: there is none",
        ),
        sa.Column("who", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_status_hook")),
    )
    op.create_index("ix_status_hook_key", "status_hook", ["key"], unique=False)


def _create_status_delivery() -> None:
    op.create_table(
        "status_delivery",
        sa.Column("hook_id", RowId, autoincrement=False, nullable=False),
        sa.Column("order_id", Key, nullable=False),
        sa.Column(
            "sequence", sa.Integer(), nullable=False, comment="of the observation that showed the change"
        ),
        sa.Column(
            "message", Key, nullable=False, comment="the same at each try: who is told twice can see it"
        ),
        sa.Column("shop_id", sa.Integer(), nullable=False),
        sa.Column("before", Key, nullable=True, comment="the status; null: the order is new"),
        sa.Column("shop_before", Key, nullable=True, comment="in the shop's own word"),
        sa.Column("after", Key, nullable=False),
        sa.Column("shop_after", Key, nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False, comment="when the shop changed it"),
        sa.Column("state", Key, nullable=False, comment="waiting, delivered, dead, ended"),
        sa.Column("tries", sa.Integer(), nullable=False, comment="that failed"),
        sa.Column(
            "due_at", UtcDateTime(), nullable=False, comment="of the next try; of the last one, where none is"
        ),
        sa.Column("problem", sa.Text(), nullable=False, comment="of the last try, in words"),
        sa.PrimaryKeyConstraint("hook_id", "order_id", "sequence", name=op.f("pk_status_delivery")),
        sqlite_with_rowid=False,
    )
    waits = sa.text("state = 'waiting'")
    op.create_index(
        "ix_status_delivery_waiting",
        "status_delivery",
        ["hook_id", "due_at"],
        unique=False,
        sqlite_where=waits,
        postgresql_where=waits,
    )


def _create_exposure() -> None:
    op.create_table(
        "exposure",
        sa.Column("id", RowId, nullable=False),
        sa.Column("programme_key", Key, nullable=False),
        sa.Column("account_id", Key, nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False, comment="minor units, for all of its orders"),
        sa.Column("currency", Key, nullable=False),
        sa.Column("orders", sa.Integer(), nullable=False, comment="that the amount is reckoned for"),
        sa.Column("state", Key, nullable=False, comment="reserved, spent, released"),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.Column("changed_at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_exposure")),
    )
    op.create_index(op.f("ix_exposure_account_id"), "exposure", ["account_id"], unique=False)
    reserved = sa.text("state = 'reserved'")
    op.create_index(
        "ix_exposure_reserved",
        "exposure",
        ["programme_key", "account_id"],
        unique=True,
        sqlite_where=reserved,
        postgresql_where=reserved,
    )


def _create_programme_budget() -> None:
    op.create_table(
        "programme_budget",
        sa.Column("programme_key", Key, nullable=False),
        sa.Column("currency", Key, nullable=False),
        sa.Column("issued", sa.BigInteger(), nullable=False, comment="the sum of what is reserved or spent"),
        sa.Column(
            "full_since",
            UtcDateTime(),
            nullable=True,
            comment="when somebody first found no room; null: nobody has",
        ),
        sa.PrimaryKeyConstraint("programme_key", "currency", name=op.f("pk_programme_budget")),
    )


def _create_product_cost() -> None:
    op.create_table(
        "product_cost",
        sa.Column("shop_id", sa.Integer(), nullable=False),
        sa.Column("sku_folded", Key, nullable=False),
        sa.Column("sku", Key, nullable=False, comment="as it was written"),
        sa.Column("cost", sa.BigInteger(), nullable=False, comment="minor units of the shop's currency"),
        sa.Column("currency", Key, nullable=False),
        sa.Column("source", Key, nullable=False, comment="csv, manual"),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["shop_id"], ["shop.id"], name=op.f("fk_product_cost_shop_id_shop")),
        sa.PrimaryKeyConstraint("shop_id", "sku_folded", name=op.f("pk_product_cost")),
    )


def _create_grant_use() -> None:
    op.create_table(
        "grant_use",
        sa.Column("grant_id", Key, nullable=False),
        sa.Column("order_id", Key, nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False, comment="when the order was placed"),
        sa.Column(
            "discount",
            sa.BigInteger(),
            nullable=True,
            comment="minor units; null: the order says it of several codes together",
        ),
        sa.Column("currency", Key, nullable=False),
        sa.PrimaryKeyConstraint("grant_id", "order_id", name=op.f("pk_grant_use")),
        sqlite_with_rowid=False,
    )
    op.create_index(op.f("ix_grant_use_order_id"), "grant_use", ["order_id"], unique=False)


def _create_tier_standing() -> None:
    op.create_table(
        "tier_standing",
        sa.Column("account_id", Key, nullable=False),
        sa.Column("programme_key", Key, nullable=False),
        sa.Column("level", Key, nullable=False),
        sa.Column(
            "threshold", sa.BigInteger(), nullable=False, comment="the one that was reached, in minor units"
        ),
        sa.Column("reached_at", UtcDateTime(), nullable=False),
        sa.Column("lost_at", UtcDateTime(), nullable=True, comment="null: it is reached"),
        sa.Column("scope", Key, nullable=False, comment="whose purchases reached it: person, account"),
        sa.PrimaryKeyConstraint("account_id", "programme_key", "level", name=op.f("pk_tier_standing")),
        sqlite_with_rowid=False,
    )


def _create_demand() -> None:
    op.create_table(
        "demand",
        sa.Column("id", RowId, nullable=False),
        sa.Column("shop_id", sa.Integer(), nullable=False),
        sa.Column("key", Key, nullable=False, comment="the same for each delivery of one demand"),
        sa.Column("what", Key, nullable=False, comment="data_request, customer_erasure, shop_erasure"),
        sa.Column("account_id", Key, nullable=False, comment="of whom; empty: nobody was named"),
        sa.Column("orders", Document, nullable=False, comment="ids in the shop that the platform counts in"),
        sa.Column("at", UtcDateTime(), nullable=False, comment="when it came"),
        sa.Column("term_at", UtcDateTime(), nullable=False, comment="by when it is to be done"),
        sa.Column("due_at", UtcDateTime(), nullable=False, comment="when it is looked at next"),
        sa.Column("tries", sa.Integer(), server_default="0", nullable=False, comment="that failed, in a row"),
        sa.Column("state", Key, nullable=False, comment="due: the agent's; waiting: the owner's; done"),
        sa.Column(
            "note", sa.Text(), nullable=False, comment="what was done, or what it waits for; names nobody"
        ),
        sa.Column(
            "file", sa.Text(), nullable=False, comment="of evidence, in the workspace; empty: there is none"
        ),
        sa.Column("who", sa.Text(), nullable=False, comment="said that it may be done, or that it is"),
        sa.Column("done_at", UtcDateTime(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_demand")),
    )
    op.create_index("ix_demand_shop_id_key", "demand", ["shop_id", "key"], unique=True)
    op.create_index("ix_demand_account_id", "demand", ["account_id"], unique=False)
    op.create_index("ix_demand_state_due_at", "demand", ["state", "due_at"], unique=False)


def upgrade() -> None:
    """Make the tables."""
    for create in (
        _create_currency_rate,
        _create_person_profile,
        _create_rating,
        _create_segment,
        _create_segment_member,
        _create_consent,
        _create_status_hook,
        _create_status_delivery,
        _create_sending,
        _create_frequency_bound,
        _create_grant_use,
        _create_exposure,
        _create_programme_budget,
        _create_product_cost,
        _create_tier_standing,
        _create_demand,
    ):
        create()


def downgrade() -> None:
    """Drop the tables."""
    for table in (
        "demand",
        "tier_standing",
        "product_cost",
        "programme_budget",
        "exposure",
        "status_delivery",
        "status_hook",
        "frequency_bound",
        "sending",
        "consent",
        "segment_member",
        "segment",
        "rating_scale",
        "rating",
        "person_profile",
        "currency_rate",
    ):
        op.drop_table(table)
