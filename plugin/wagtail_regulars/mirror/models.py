"""The store's tables as Django models. Written by `manage.py regulars_mirror`; do not edit."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from wagtail_regulars.mirror._base import MirrorModel, ThousandthsField


class Shop(MirrorModel):
    """Rows of the table `shop`."""

    id = models.IntegerField(primary_key=True)
    name = models.TextField()
    platform = models.TextField()
    url = models.TextField()
    zone = models.TextField(null=True)
    currency = models.TextField(null=True)
    country = models.TextField(null=True)
    capabilities = models.JSONField()
    options = models.JSONField()
    added_at = models.DateTimeField()
    removed_at = models.DateTimeField(null=True)

    class Meta:
        managed = False
        db_table = "shop"
        default_permissions = ()
        verbose_name = _("shop")
        verbose_name_plural = _("shops")


class Programme(MirrorModel):
    """Rows of the table `programme`."""

    id = models.BigIntegerField(primary_key=True)
    key = models.TextField()
    version = models.IntegerField()
    kind = models.TextField()
    enabled = models.BooleanField()
    definition = models.JSONField()
    at = models.DateTimeField()
    who = models.TextField()

    class Meta:
        managed = False
        db_table = "programme"
        default_permissions = ()
        verbose_name = _("programme")
        verbose_name_plural = _("programmes")


class Person(MirrorModel):
    """Rows of the table `person`."""

    id = models.TextField(primary_key=True)
    anchor = models.TextField()
    given_name = models.TextField()
    family_name = models.TextField()
    name_folded = models.TextField()
    name_skeleton = models.TextField()
    email = models.TextField()
    phone = models.TextField()
    sources = models.JSONField()
    birth_date = models.TextField()
    gender = models.TextField()
    language = models.TextField()
    kind = models.TextField()
    status = models.TextField()
    missing = models.JSONField()
    preferred_channel = models.TextField()
    preferred_hour = models.TextField()
    manager = models.TextField()
    accounts = models.IntegerField()

    class Meta:
        managed = False
        db_table = "person"
        default_permissions = ()
        verbose_name = _("customer")
        verbose_name_plural = _("customers")


class Account(MirrorModel):
    """Rows of the table `account`."""

    id = models.TextField(primary_key=True)
    shop = models.ForeignKey("Shop", models.DO_NOTHING, db_constraint=False)
    external_id = models.TextField()
    registered = models.BooleanField()
    email = models.TextField()
    email_folded = models.TextField()
    phone = models.TextField()
    phone_e164 = models.TextField()
    given_name = models.TextField()
    family_name = models.TextField()
    name_folded = models.TextField()
    company = models.TextField()
    country = models.TextField()
    role = models.TextField()
    email_verified = models.BooleanField(null=True)
    labels = models.JSONField()
    tags = models.JSONField()
    declared_spent = models.BigIntegerField(null=True)
    declared_orders = models.IntegerField(null=True)
    declared_currency = models.TextField()
    registered_at = models.DateTimeField(null=True)
    version_at = models.DateTimeField()
    version_sequence = models.IntegerField()
    version_of = models.TextField(null=True)
    card_number = models.TextField()
    birth_date = models.TextField()
    email_alias = models.TextField()
    gone = models.BooleanField()
    cluster_id = models.TextField(null=True)
    person = models.ForeignKey("Person", models.DO_NOTHING, db_constraint=False, null=True)

    class Meta:
        managed = False
        db_table = "account"
        default_permissions = ()
        verbose_name = _("account")
        verbose_name_plural = _("accounts")


class Address(MirrorModel):
    """Rows of the table `address`."""

    id = models.TextField(primary_key=True)
    account = models.ForeignKey("Account", models.DO_NOTHING, db_constraint=False)
    given_name = models.TextField()
    family_name = models.TextField()
    company = models.TextField()
    line1 = models.TextField()
    line2 = models.TextField()
    city = models.TextField()
    region = models.TextField()
    postcode = models.TextField()
    country = models.TextField()
    phone = models.TextField()

    class Meta:
        managed = False
        db_table = "address"
        default_permissions = ()
        verbose_name = _("address")
        verbose_name_plural = _("addresss")


class Product(MirrorModel):
    """Rows of the table `product`."""

    id = models.TextField(primary_key=True)
    shop = models.ForeignKey("Shop", models.DO_NOTHING, db_constraint=False)
    external_id = models.TextField()
    name = models.TextField()
    sku = models.TextField()
    sku_folded = models.TextField()
    status = models.TextField()
    price = models.BigIntegerField(null=True)
    categories = models.JSONField()
    attributes = models.JSONField()
    changed_at = models.DateTimeField(null=True)
    gone = models.BooleanField()

    class Meta:
        managed = False
        db_table = "product"
        default_permissions = ()
        verbose_name = _("product")
        verbose_name_plural = _("products")


class Order(MirrorModel):
    """Rows of the table `order`."""

    id = models.TextField(primary_key=True)
    shop = models.ForeignKey("Shop", models.DO_NOTHING, db_constraint=False)
    external_id = models.TextField()
    number = models.TextField()
    account = models.ForeignKey("Account", models.DO_NOTHING, db_constraint=False)
    status = models.TextField()
    shop_status = models.TextField()
    bought = models.BooleanField()
    currency = models.TextField()
    placed_at = models.DateTimeField()
    changed_at = models.DateTimeField(null=True)
    paid_at = models.DateTimeField(null=True)
    completed_at = models.DateTimeField(null=True)
    goods = models.BigIntegerField()
    goods_tax = models.BigIntegerField()
    discount = models.BigIntegerField()
    shipping = models.BigIntegerField()
    shipping_tax = models.BigIntegerField()
    total = models.BigIntegerField()
    payment_method = models.TextField()
    shipping_method = models.TextField()
    coupon_codes = models.JSONField()
    source = models.JSONField()
    contact = models.JSONField()
    refund_ids = models.JSONField(null=True)
    billing_address_id = models.TextField(null=True)
    delivery_address_id = models.TextField(null=True)
    gone = models.BooleanField()

    class Meta:
        managed = False
        db_table = "order"
        default_permissions = ()
        verbose_name = _("order")
        verbose_name_plural = _("orders")


class OrderLine(MirrorModel):
    """Rows of the table `order_line`."""

    id = models.TextField(primary_key=True)
    order = models.ForeignKey("Order", models.DO_NOTHING, db_constraint=False)
    product_id = models.TextField()
    variant_id = models.TextField()
    sku = models.TextField()
    name = models.TextField()
    quantity = ThousandthsField()
    gross = models.BigIntegerField()
    net = models.BigIntegerField()
    tax = models.BigIntegerField()
    options = models.JSONField()

    class Meta:
        managed = False
        db_table = "order_line"
        default_permissions = ()
        verbose_name = _("order line")
        verbose_name_plural = _("order lines")


class Refund(MirrorModel):
    """Rows of the table `refund`."""

    id = models.TextField(primary_key=True)
    shop = models.ForeignKey("Shop", models.DO_NOTHING, db_constraint=False)
    external_id = models.TextField()
    order_id = models.TextField()
    refunded_at = models.DateTimeField()
    amount = models.BigIntegerField()
    goods = models.BigIntegerField(null=True)
    reason = models.TextField()
    gone = models.BooleanField()

    class Meta:
        managed = False
        db_table = "refund"
        default_permissions = ()
        verbose_name = _("refund")
        verbose_name_plural = _("refunds")


class PersonFact(MirrorModel):
    """Rows of the table `person_fact`."""

    pk = models.CompositePrimaryKey("person_id", "currency")
    person = models.ForeignKey("Person", models.DO_NOTHING, db_constraint=False)
    currency = models.TextField()
    orders = models.IntegerField()
    goods = models.BigIntegerField()
    refunded = models.BigIntegerField()
    net = models.BigIntegerField()
    first_order_at = models.DateTimeField(null=True)
    last_order_at = models.DateTimeField(null=True)

    class Meta:
        managed = False
        db_table = "person_fact"
        default_permissions = ()
        verbose_name = _("person fact")
        verbose_name_plural = _("person facts")


class Offer(MirrorModel):
    """Rows of the table `offer`."""

    id = models.TextField(primary_key=True)
    person = models.ForeignKey("Person", models.DO_NOTHING, db_constraint=False)
    shop = models.ForeignKey("Shop", models.DO_NOTHING, db_constraint=False)
    scope = models.TextField()
    programme_key = models.TextField()
    programme_version = models.IntegerField()
    level = models.TextField()
    percent = models.IntegerField()
    amount = models.BigIntegerField(null=True)
    currency = models.TextField(null=True)
    valid_until = models.DateTimeField(null=True)
    proof = models.JSONField()
    held = models.TextField(null=True)

    class Meta:
        managed = False
        db_table = "offer"
        default_permissions = ()
        verbose_name = _("offer")
        verbose_name_plural = _("offers")


class Grant(MirrorModel):
    """Rows of the table `grant`."""

    id = models.TextField(primary_key=True)
    account_id = models.TextField()
    shop = models.ForeignKey("Shop", models.DO_NOTHING, db_constraint=False)
    programme_key = models.TextField()
    programme_version = models.IntegerField()
    code = models.TextField()
    percent = models.IntegerField()
    amount = models.BigIntegerField(null=True)
    currency = models.TextField(null=True)
    state = models.TextField()
    given_at = models.DateTimeField()
    withdrawn_at = models.DateTimeField(null=True)
    replaced_by = models.TextField(null=True)
    valid_until = models.DateTimeField(null=True)
    orders = models.IntegerField(null=True)
    added = models.JSONField()
    kind = models.TextField()
    who = models.TextField()

    class Meta:
        managed = False
        db_table = "grant"
        default_permissions = ()
        verbose_name = _("grant")
        verbose_name_plural = _("grants")
