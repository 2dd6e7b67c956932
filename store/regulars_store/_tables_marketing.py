"""The tables of marketing: rates, the portrait of each person, ratings, segments, consents and sendings.

``person_profile`` and ``segment_member`` are derived and made again at any time; ``rating`` is the history of
what was derived, the rest is what people and shops say.
"""

from sqlalchemy import BigInteger, Boolean, Column, ForeignKey, Index, Integer, Table, Text, text

from regulars_store._tables_inputs import metadata
from regulars_store._types import Document, Key, RowId, UtcDateTime

currency_rate = Table(
    "currency_rate",
    metadata,
    Column("currency", Key, primary_key=True),
    Column("quote", Key, primary_key=True, comment="the currency it is told in"),
    Column("day", Key, primary_key=True, comment="2026-11-22; holds until the next one"),
    Column(
        "numerator", BigInteger, nullable=False, comment="one of currency = numerator / denominator quote"
    ),
    Column("denominator", BigInteger, nullable=False),
    Column("source", Key, nullable=False, comment="ecb, nbu, csv, manual"),
    Column("at", UtcDateTime, nullable=False),
    sqlite_with_rowid=False,
)

_MOST_ASKED = (
    *("status", "spent", "orders", "last_order_at", "spent_365d", "orders_365d", "average_order"),
    *("first_order_at", "rhythm_days", "next_order_at", "frequency", "discount_share", "kind", "rating"),
    "grade",
)

# Sums are minor units of the main currency, after refunds; shares are thousandths; texts are folded. What is
# not known is null.
person_profile = Table(
    "person_profile",
    metadata,
    Column("person_id", Key, primary_key=True),
    Column("currency", Key, nullable=False, comment="the main one; empty: no shop tells one"),
    Column("spent", BigInteger, comment="null: held back"),
    Column("spent_365d", BigInteger),
    Column("orders", Integer, nullable=False),
    Column("orders_365d", Integer, nullable=False),
    Column("average_order", BigInteger),
    Column("largest_order", BigInteger),
    Column("opening_balance", BigInteger, comment="declared by the shop beyond the orders that it shows"),
    Column("opening_orders", Integer),
    Column("first_order_at", UtcDateTime),
    Column("last_order_at", UtcDateTime),
    Column("rhythm_days", Integer, comment="median days between orders"),
    Column("next_order_at", UtcDateTime, comment="the last order and the rhythm after it"),
    Column("frequency", Key, nullable=False, comment="none, one_off, rare, regular"),
    Column("returned_orders", Integer, nullable=False),
    Column("refused_cod", Integer, nullable=False),
    Column("cod_share", Integer),
    Column("discount_share", Integer, comment="of the goods bought, bought on discount"),
    Column("first_source", Key),
    Column("last_source", Key),
    Column("last_payment", Key),
    Column("last_delivery", Key),
    Column("country", Key, comment="of the last delivery"),
    Column("region", Key),
    Column("city", Key),
    Column("language", Key),
    Column("birth_mmdd", Key),
    Column("birth_year", Integer),
    Column("gender", Key),
    Column("kind", Key, nullable=False),
    Column("status", Key, nullable=False),
    Column("stopped", Boolean, nullable=False, comment="on the stop-list"),
    Column("email_subscription", Key),
    Column("sms_subscription", Key),
    Column("next_mail_at", UtcDateTime, comment="by bounds of their own on a topic; null: from any moment"),
    Column("shops", Document, nullable=False),
    Column("labels", Document, nullable=False),
    Column("categories", Document, nullable=False),
    Column("properties", Document, nullable=False, comment="the owner's own fields by key"),
    Column("rating", Integer),
    Column("grade", Key),
    Column("held", Text, comment="why sums are not known, in words"),
    # What segments ask of most, so that counting all persons reads a fraction of the rows' size. By person
    # first: everybody is written in that order, which any other would scatter over the whole index.
    Index("ix_person_profile_facts", "person_id", *_MOST_ASKED),
)

rating = Table(
    "rating",
    metadata,
    Column("id", RowId, primary_key=True),
    Column("person_id", Key, nullable=False),
    Column("at", UtcDateTime, nullable=False),
    Column("score", Integer, comment="0 to 100; null: cannot be rated any more"),
    Column("grade", Key, comment="a to e"),
    Column("contributions", Document, nullable=False, comment="by factor; they add up to the score"),
    Column("facts", Document, nullable=False, comment="what it rests on"),
    Column("cause", Document, nullable=False, comment="what changed since the one before"),
    Column("scale_id", RowId, comment="rating_scale.id that it was measured by"),
    Index(None, "person_id", "id"),
)

# Append-only but for the counter and the last pass. The newest counts.
rating_scale = Table(
    "rating_scale",
    metadata,
    Column("id", RowId, primary_key=True),
    Column("at", UtcDateTime, nullable=False),
    Column("currency", Key, nullable=False),
    Column("persons", Integer, nullable=False, comment="who had bought when it was made"),
    Column("newcomers", Integer, nullable=False, comment="rated for the first time since"),
    Column("cuts", Document, nullable=False, comment="where the store's customers stand"),
    Column("rules", Document, nullable=False, comment="the owner's weights and grades"),
    Column("applied_at", UtcDateTime, comment="when everybody was last rated by it"),
)

segment = Table(
    "segment",
    metadata,
    Column("id", RowId, primary_key=True),
    Column("key", Key, nullable=False),
    Column("version", Integer, nullable=False),
    Column("title", Text, nullable=False),
    Column("expression", Text, nullable=False),
    Column("enabled", Boolean, nullable=False),
    Column("at", UtcDateTime, nullable=False),
    Column("who", Text, nullable=False),
    Index("ix_segment_key_version", "key", "version", unique=True),
)

segment_member = Table(
    "segment_member",
    metadata,
    Column("segment_key", Key, primary_key=True),
    Column("person_id", Key, primary_key=True),
    Column("since", UtcDateTime, nullable=False),
    Index(None, "person_id"),
    sqlite_with_rowid=False,
)

# Append-only. For one address and purpose the newest explicit word counts.
consent = Table(
    "consent",
    metadata,
    Column("id", RowId, primary_key=True),
    Column("account_id", Key, nullable=False, index=True),
    Column("address_kind", Key, nullable=False, comment="email, phone"),
    Column("address_folded", Key, nullable=False),
    Column("purpose", Key, nullable=False, comment="marketing, or a topic's key"),
    Column("state", Key, nullable=False, comment="granted, withdrawn, pending"),
    Column("source", Key, nullable=False, comment="shop:<id>, form, mail link, owner"),
    Column("at", UtcDateTime, nullable=False, comment="when the person said so"),
    Column("evidence", Document, nullable=False),
    Column("who", Text, nullable=False),
    Index("ix_consent_address", "address_folded", "address_kind", "purpose"),
)

# What went out on a topic; an account stays with what it was sent through merges and splits.
sending = Table(
    "sending",
    metadata,
    Column("id", RowId, primary_key=True),
    Column("account_id", Key, nullable=False, index=True),
    Column("topic", Key, nullable=False),
    Column("address_kind", Key, nullable=False, comment="email, phone"),
    Column("at", UtcDateTime, nullable=False),
    Column("who", Text, nullable=False),
    Index(None, "topic", "at"),
)

# How often somebody is to hear of a topic, by hand. Append-only; the newest of a person's accounts counts.
frequency_bound = Table(
    "frequency_bound",
    metadata,
    Column("id", RowId, primary_key=True),
    Column("account_id", Key, nullable=False, index=True),
    Column("topic", Key, nullable=False),
    Column("least", Integer, comment="times; null: the topic's"),
    Column("most", Integer, comment="times; null: the topic's"),
    Column("days", Integer, comment="of the window; null: the topic's. All three null: none of one's own"),
    Column("at", UtcDateTime, nullable=False),
    Column("who", Text, nullable=False),
    Index(None, "topic", "id"),
)

# What offers of a programme with a budget may cost; by account, so that merges and splits keep it right.
exposure = Table(
    "exposure",
    metadata,
    Column("id", RowId, primary_key=True),
    Column("programme_key", Key, nullable=False),
    Column("account_id", Key, nullable=False, index=True),
    Column("amount", BigInteger, nullable=False, comment="minor units, for all of its orders"),
    Column("currency", Key, nullable=False),
    Column("orders", Integer, nullable=False, comment="that the amount is reckoned for"),
    Column("state", Key, nullable=False, comment="reserved, spent, released"),
    Column("at", UtcDateTime, nullable=False),
    Column("changed_at", UtcDateTime, nullable=False),
    Index(
        "ix_exposure_reserved",
        "programme_key",
        "account_id",
        unique=True,
        sqlite_where=text("state = 'reserved'"),
        postgresql_where=text("state = 'reserved'"),
    ),
)

# One row a programme and currency: locked by whoever reserves, so that no two find the same room.
programme_budget = Table(
    "programme_budget",
    metadata,
    Column("programme_key", Key, primary_key=True),
    Column("currency", Key, primary_key=True),
    Column("issued", BigInteger, nullable=False, comment="the sum of what is reserved or spent"),
    Column("full_since", UtcDateTime, comment="when somebody first found no room; null: nobody has"),
)

product_cost = Table(
    "product_cost",
    metadata,
    Column("shop_id", ForeignKey("shop.id"), primary_key=True),
    Column("sku_folded", Key, primary_key=True),
    Column("sku", Key, nullable=False, comment="as it was written"),
    Column("cost", BigInteger, nullable=False, comment="minor units of the shop's currency"),
    Column("currency", Key, nullable=False),
    Column("source", Key, nullable=False, comment="csv, manual"),
    Column("at", UtcDateTime, nullable=False),
)

# The tiers that accounts stood in, of programmes that keep what was lost. Written where tiers are worked out,
# by the day it was: nothing gives it back.
tier_standing = Table(
    "tier_standing",
    metadata,
    Column("account_id", Key, primary_key=True),
    Column("programme_key", Key, primary_key=True),
    Column("level", Key, primary_key=True),
    Column("threshold", BigInteger, nullable=False, comment="the one that was reached, in minor units"),
    Column("reached_at", UtcDateTime, nullable=False),
    Column("lost_at", UtcDateTime, comment="null: it is reached"),
    Column("scope", Key, nullable=False, comment="whose purchases reached it: person, account"),
    sqlite_with_rowid=False,
)
