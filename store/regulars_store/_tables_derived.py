"""The tables of derivations: a pure function of the inputs, made again by a rebuild; and the books of the
machinery (heads, dirty marks, notices, leases, runs)."""

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    Table,
    Text,
    UniqueConstraint,
    false,
    text,
)

from regulars_store._tables_inputs import metadata
from regulars_store._types import Document, Key, RowId, StatedProof, Thousandths, UtcDateTime

observation_head = Table(
    "observation_head",
    metadata,
    Column("shop_id", Integer, primary_key=True),
    Column("kind", Key, primary_key=True),
    Column("external_id", Key, primary_key=True),
    Column("sequence", Integer, nullable=False, comment="of the version that counts"),
    Column("last_sequence", Integer, nullable=False, comment="of the newest observation or tombstone"),
    Column("version_at", UtcDateTime, nullable=False),
    Column("digest", LargeBinary(16), nullable=False, comment="of the version that counts; zeros when gone"),
    Column("outcome", Key, nullable=False, comment="of the version that counts; gone: a tombstone"),
    Column("gone", Boolean, nullable=False, server_default=false()),
    sqlite_with_rowid=False,
)

dead_letter = Table(
    "dead_letter",
    metadata,
    Column("id", RowId, primary_key=True),
    Column("shop_id", ForeignKey("shop.id"), nullable=False),
    Column("kind", Key, nullable=False),
    Column("external_id", Key, nullable=False),
    Column("sequence", Integer, nullable=False),
    Column("failure", Key, nullable=False, comment="retry, permanent, misconfigured, skip"),
    Column("path", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("attempts", Integer, nullable=False, server_default="1"),
    Column("first_at", UtcDateTime, nullable=False),
    Column("last_at", UtcDateTime, nullable=False),
    Column("dropped_at", UtcDateTime),
    Column("dropped_why", Text),
    UniqueConstraint("shop_id", "kind", "external_id"),
)

_HAS_CARD = text("card_number <> ''")
_HAS_ALIAS = text("email_alias <> ''")

account = Table(
    "account",
    metadata,
    Column("id", Key, primary_key=True),
    Column("shop_id", ForeignKey("shop.id"), nullable=False),
    Column("external_id", Key, nullable=False, comment="the shop's customer id, or guest-<digest>"),
    Column("registered", Boolean, nullable=False),
    Column("email", Text, nullable=False),
    Column("email_folded", Key, nullable=False, index=True),
    Column("phone", Text, nullable=False),
    Column("phone_e164", Key, nullable=False, index=True),
    Column("given_name", Text, nullable=False),
    Column("family_name", Text, nullable=False),
    Column("name_folded", Key, nullable=False),
    Column("company", Text, nullable=False),
    Column("country", Key, nullable=False),
    Column("role", Key, nullable=False),
    Column("email_verified", Boolean, comment="as the platform says; null: it does not"),
    Column("labels", Document, nullable=False, comment="what Regulars wrote to the customer there"),
    Column("tags", Document, nullable=False, server_default="[]", comment="the shop's own words"),
    Column("declared_spent", BigInteger, comment="ever, as the shop counts; null: it tells no total"),
    Column("declared_orders", Integer),
    Column("declared_currency", Key, nullable=False, server_default=text("''")),
    Column("registered_at", UtcDateTime),
    Column("version_at", UtcDateTime, nullable=False, comment="of the observation the attributes come from"),
    Column("version_sequence", Integer, nullable=False, comment="0: the attributes come from an order"),
    Column("version_of", Key, comment="the order the attributes come from; empty: none; null: own payload"),
    Column("card_number", Key, nullable=False, server_default=text("''"), comment="as last written by hand"),
    Column("birth_date", Key, nullable=False, server_default=text("''"), comment="as last written by hand"),
    Column(
        "email_alias",
        Key,
        nullable=False,
        server_default=text("''"),
        comment="the mailbox's one spelling; empty: email_folded is, or none is known",
    ),
    Column("gone", Boolean, nullable=False, server_default=false()),
    Column("cluster_id", Key, comment="evidence cluster: its smallest anchor's account"),
    Column("person_id", Key),
    Index(None, "person_id"),
    Index(None, "cluster_id"),
    # Few have one, and landing writes very many.
    Index("ix_account_card_number", "card_number", sqlite_where=_HAS_CARD, postgresql_where=_HAS_CARD),
    Index("ix_account_email_alias", "email_alias", sqlite_where=_HAS_ALIAS, postgresql_where=_HAS_ALIAS),
)

identity_key = Table(
    "identity_key",
    metadata,
    Column("kind", Key, primary_key=True, comment="email, phone"),
    Column("value", Key, primary_key=True),
    Column("account_id", ForeignKey("account.id"), primary_key=True),
    Index(None, "account_id"),
    sqlite_with_rowid=False,
)

identity_link = Table(
    "identity_link",
    metadata,
    Column("account_a", ForeignKey("account.id"), primary_key=True),
    Column("account_b", ForeignKey("account.id"), primary_key=True),
    Column("rule", Key, primary_key=True, comment="must_link, email, phone"),
    Column("evidence", Document, nullable=False),
    Column("taken", Boolean, nullable=False, comment="false: it would have joined a cannot-link pair"),
    Column(
        "rules",
        Key,
        nullable=False,
        server_default=text("''"),
        comment="version of the rules it was judged by",
    ),
    Index(None, "account_b"),
    sqlite_with_rowid=False,
)

person = Table(
    "person",
    metadata,
    Column("id", Key, primary_key=True),
    Column("anchor", Key, nullable=False, comment="the account whose anchor is smallest"),
    Column("given_name", Text, nullable=False),
    Column("family_name", Text, nullable=False),
    Column("name_folded", Key, nullable=False),
    Column("name_skeleton", Key, nullable=False, comment="the words' sounds, in ASCII; to search only"),
    Column("email", Text, nullable=False),
    Column("phone", Text, nullable=False),
    Column(
        "sources", Document, nullable=False, comment="field -> account it was taken from, and by which rule"
    ),
    Column("birth_date", Key, nullable=False, server_default=text("''"), comment="1990-05-17 or --05-17"),
    Column("gender", Key, nullable=False, server_default=text("''"), comment="f, m or empty"),
    Column("language", Key, nullable=False, server_default=text("''")),
    Column("kind", Key, nullable=False, server_default="person", comment="person, company"),
    Column("status", Key, nullable=False, server_default="entered", comment="entered, control, archived"),
    Column("missing", Document, nullable=False, server_default="[]", comment="what a complete record lacks"),
    Column("preferred_channel", Key, nullable=False, server_default=text("''")),
    Column("preferred_hour", Key, nullable=False, server_default=text("''"), comment="18:00 or empty"),
    Column("manager", Key, nullable=False, server_default=text("''"), comment="who looks after them"),
    Column("accounts", Integer, nullable=False),
    # Names are searched for by a part, which reads them all: from here, without the rest of the rows.
    Index("ix_person_names", "name_skeleton", "name_folded", "id"),
    # Lists of everybody, and of one status: in a million persons the rarest is found in a fifth of a second.
    Index("ix_person_listed", "name_folded", "id", "status"),
)

address = Table(
    "address",
    metadata,
    Column("id", Key, primary_key=True, comment="<account id>:<digest of the folded fields>"),
    Column("account_id", ForeignKey("account.id"), nullable=False, index=True),
    Column("given_name", Key, nullable=False),
    Column("family_name", Key, nullable=False),
    Column("company", Key, nullable=False),
    Column("line1", Key, nullable=False),
    Column("line2", Key, nullable=False),
    Column("city", Key, nullable=False),
    Column("region", Key, nullable=False),
    Column("postcode", Key, nullable=False),
    Column("country", Key, nullable=False),
    Column("phone", Key, nullable=False),
)

product = Table(
    "product",
    metadata,
    Column("id", Key, primary_key=True),
    Column("shop_id", ForeignKey("shop.id"), nullable=False),
    Column("external_id", Key, nullable=False),
    Column("name", Text, nullable=False),
    Column("sku", Key, nullable=False),
    Column("sku_folded", Key, nullable=False),
    Column("status", Key, nullable=False),
    Column("price", BigInteger, comment="minor units of the shop's currency"),
    Column("categories", Document, nullable=False),
    Column("attributes", Document, nullable=False, comment="name -> its words"),
    Column("changed_at", UtcDateTime),
    Column("gone", Boolean, nullable=False, server_default=false()),
    Index("ix_product_shop_id_sku_folded", "shop_id", "sku_folded"),
)

# By product, so that it is a function of the products as they are: what the last of them left is no more.
product_category = Table(
    "product_category",
    metadata,
    Column("product_id", ForeignKey("product.id"), primary_key=True),
    Column("external_id", Key, primary_key=True, comment="what the shop binds discounts to"),
    Column("shop_id", ForeignKey("shop.id"), nullable=False),
    Column("name", Text, nullable=False),
    Column("name_folded", Key, nullable=False),
    Index("ix_product_category_shop_id_name_folded", "shop_id", "name_folded", "external_id"),
    sqlite_with_rowid=False,
)

review = Table(
    "review",
    metadata,
    Column("id", Key, primary_key=True),
    Column("shop_id", ForeignKey("shop.id"), nullable=False),
    Column("external_id", Key, nullable=False),
    Column("product_id", Key, nullable=False, comment="product.id, which may not have landed"),
    Column("email_folded", Key, nullable=False, index=True, comment="as typed into a form; proves nothing"),
    Column("stars", Integer, comment="1 to 5; null: words alone"),
    Column("published", Boolean, nullable=False),
    Column("bought", Boolean, comment="by this address, as the shop says; null: it does not"),
    Column("written_at", UtcDateTime, nullable=False),
    Column("gone", Boolean, nullable=False, server_default=false()),
)

order = Table(
    "order",
    metadata,
    Column("id", Key, primary_key=True),
    Column("shop_id", ForeignKey("shop.id"), nullable=False),
    Column("external_id", Key, nullable=False),
    Column("number", Key, nullable=False, index=True),
    Column("account_id", ForeignKey("account.id"), nullable=False),
    Column("status", Key, nullable=False),
    Column("shop_status", Key, nullable=False),
    Column(
        "bought", Boolean, nullable=False, comment="counts as bought: see regulars_mapping.counts_as_bought"
    ),
    Column("currency", Key, nullable=False),
    Column("placed_at", UtcDateTime, nullable=False),
    Column("changed_at", UtcDateTime),
    Column("paid_at", UtcDateTime),
    Column("completed_at", UtcDateTime),
    Column("goods", BigInteger, nullable=False),
    Column("goods_tax", BigInteger, nullable=False),
    Column("discount", BigInteger, nullable=False),
    Column("shipping", BigInteger, nullable=False),
    Column("shipping_tax", BigInteger, nullable=False),
    Column("total", BigInteger, nullable=False),
    Column("payment_method", Text, nullable=False),
    Column("shipping_method", Text, nullable=False),
    Column("coupon_codes", Document, nullable=False),
    Column("source", Document, nullable=False),
    Column("contact", Document, nullable=False, comment="how the buyer named themselves at this checkout"),
    Column("refund_ids", Document, comment="refunds that the shop counts; null: it does not say"),
    Column("billing_address_id", Key),
    Column("delivery_address_id", Key),
    Column("gone", Boolean, nullable=False, server_default=false()),
    Index("ix_order_account_id_placed_at", "account_id", "placed_at"),
    Index("ix_order_shop_id_placed_at", "shop_id", "placed_at"),
)

order_line = Table(
    "order_line",
    metadata,
    Column("id", Key, primary_key=True, comment="<order id>:<external id>"),
    Column("order_id", ForeignKey("order.id"), nullable=False),
    Column("product_id", Key, nullable=False, comment="product.id, or empty"),
    Column("variant_id", Key, nullable=False),
    Column("sku", Key, nullable=False),
    Column("name", Text, nullable=False),
    Column("quantity", Thousandths, nullable=False),
    Column("gross", BigInteger, nullable=False),
    Column("net", BigInteger, nullable=False),
    Column("tax", BigInteger, nullable=False),
    Column("options", Document, nullable=False),
    # With the product: whoever asks what was bought need not read the lines.
    Index(None, "order_id", "product_id"),
)

refund = Table(
    "refund",
    metadata,
    Column("id", Key, primary_key=True),
    Column("shop_id", ForeignKey("shop.id"), nullable=False),
    Column("external_id", Key, nullable=False),
    Column("order_id", Key, nullable=False, index=True, comment="the order may not have landed"),
    Column("refunded_at", UtcDateTime, nullable=False),
    Column("amount", BigInteger, nullable=False),
    Column("goods", BigInteger, comment="null: in proportion to the order's goods"),
    Column("reason", Text, nullable=False),
    Column("gone", Boolean, nullable=False, server_default=false()),
)

refund_line = Table(
    "refund_line",
    metadata,
    Column("id", Key, primary_key=True, comment="<refund id>:<external id>"),
    Column("refund_id", ForeignKey("refund.id"), nullable=False, index=True),
    Column("order_line_id", Key, nullable=False),
    Column("product_id", Key, nullable=False),
    Column("quantity", Thousandths, nullable=False),
    Column("net", BigInteger, nullable=False),
    Column("tax", BigInteger, nullable=False),
)

order_status_change = Table(
    "order_status_change",
    metadata,
    Column("order_id", Key, primary_key=True),
    Column("sequence", Integer, primary_key=True, comment="of the observation that showed it"),
    Column("status", Key, nullable=False),
    Column("shop_status", Key, nullable=False),
    Column("at", UtcDateTime, nullable=False),
    sqlite_with_rowid=False,
)

person_fact = Table(
    "person_fact",
    metadata,
    Column("person_id", Key, primary_key=True),
    Column("currency", Key, primary_key=True),
    Column("orders", Integer, nullable=False, comment="bought"),
    Column("goods", BigInteger, nullable=False, comment="bought, before refunds"),
    Column("refunded", BigInteger, nullable=False, comment="goods given back"),
    Column("net", BigInteger, nullable=False, comment="goods - refunded"),
    Column("first_order_at", UtcDateTime),
    Column("last_order_at", UtcDateTime),
    sqlite_with_rowid=False,
)

offer = Table(
    "offer",
    metadata,
    Column("id", Key, primary_key=True, comment="the account it is for"),
    Column("person_id", Key, nullable=False, index=True),
    Column("shop_id", ForeignKey("shop.id"), nullable=False, index=True),
    Column("scope", Key, nullable=False, comment="whose purchases count: person, account"),
    Column("programme_key", Key, nullable=False),
    Column("programme_version", Integer, nullable=False),
    Column("level", Text, nullable=False),
    Column(
        "percent", Integer, nullable=False, comment="hundredths of a percent; 0: an amount, or nothing yet"
    ),
    Column("amount", BigInteger, comment="minor units; null: a percent, or nothing yet"),
    Column("currency", Key, comment="of the amount"),
    Column("valid_until", UtcDateTime),
    Column("proof", StatedProof, nullable=False),
    Column("held", Text, comment="why nothing may be decided for this person now, in words"),
    Index("ix_offer_shop_id_percent", "shop_id", "percent"),
)

dirty = Table(
    "dirty",
    metadata,
    Column("stage", Key, primary_key=True, comment="identity (accounts), facts (persons), offers (persons)"),
    Column("key", Key, primary_key=True),
    Column("stamp", BigInteger, nullable=False, comment="new at each mark"),
    sqlite_with_rowid=False,
)

notice = Table(
    "notice",
    metadata,
    Column("shop_id", Integer, primary_key=True),
    Column("kind", Key, primary_key=True),
    Column("external_id", Key, primary_key=True, comment="empty: one nobody knows; *: all of the kind"),
    Column("first_at", UtcDateTime, nullable=False),
    Column("due_at", UtcDateTime, nullable=False, comment="to be read from then on"),
    Column("tries", Integer, nullable=False, comment="readings that failed"),
    Column("stamp", BigInteger, nullable=False, comment="new at each delivery"),
    sqlite_with_rowid=False,
)

lease = Table(
    "lease",
    metadata,
    Column("resource", Key, primary_key=True),
    Column("owner", Text, nullable=False),
    Column("epoch", BigInteger, nullable=False),
    Column("expires_at", UtcDateTime, nullable=False),
)

sync_run = Table(
    "sync_run",
    metadata,
    Column("id", RowId, primary_key=True),
    Column("shop_id", ForeignKey("shop.id")),
    Column("command", Key, nullable=False),
    Column("started_at", UtcDateTime, nullable=False),
    Column("ended_at", UtcDateTime),
    Column("complete", Boolean, nullable=False, server_default=false()),
    Column("counts", Document, nullable=False),
    Column("problem", Text),
    Index(None, "shop_id"),
)
