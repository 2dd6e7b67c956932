"""What a segment may ask of a customer, and how each answer is compared."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any, Final
from zoneinfo import ZoneInfo

from regulars_sandbox.shopify._core import Core
from regulars_sandbox.shopify._sales import Account
from regulars_sandbox.shopify._state import Record, Row

__all__ = ["ATTRIBUTES", "METAFIELD_KINDS", "UNSEEN", "Attribute", "Subject", "metafield_value"]

_STATES: Final = ("SUBSCRIBED", "UNSUBSCRIBED", "NOT_SUBSCRIBED", "PENDING")


@dataclass(frozen=True, slots=True)
class Subject:
    """A customer as seen from the shop's zone, or from another."""

    core: Core
    row: Row[Account]
    zone: ZoneInfo

    def day(self, moment: int) -> date:
        """The day of a moment in the zone."""
        return datetime.fromtimestamp(moment, UTC).astimezone(self.zone).date()

    def ordered(self) -> list[date]:
        """The days of the customer's orders."""
        return [self.day(order.processed) for order in self.core.orders_of(self.row.id)]

    def spent(self) -> Decimal:
        """What the customer paid and did not get back, in units of money."""
        orders = self.core.orders_of(self.row.id)
        minor = sum(order.state.net for order in orders if not order.state.test)
        return Decimal(minor).scaleb(-self.core.settings.digits)

    def countries(self) -> list[str]:
        """The countries of all addresses."""
        return [address.country for address in self.row.state.addresses if address.country]


@dataclass(frozen=True, slots=True)
class Attribute:
    """A fact: its ``kind`` decides which operators and values it takes.

    ``number``, ``whole`` number, ``date``, ``text``, ``choice`` (of ``choices``), ``boolean``, ``list`` of
    texts in any letter case, or ``codes``, a list of capital letters.  ``get`` answers None, or an empty
    list, where there is none.
    """

    kind: str
    get: Callable[[Subject], Any]
    choices: tuple[str, ...] = ()


ATTRIBUTES: Final[Mapping[str, Attribute]] = {
    "amount_spent": Attribute("number", Subject.spent),
    "number_of_orders": Attribute("whole", lambda who: Decimal(len(who.ordered()))),
    "first_order_date": Attribute("date", lambda who: min(who.ordered(), default=None)),
    "last_order_date": Attribute("date", lambda who: max(who.ordered(), default=None)),
    "customer_added_date": Attribute("date", lambda who: who.day(who.row.created)),
    "customer_tags": Attribute("list", lambda who: who.row.tags),
    "customer_countries": Attribute("codes", Subject.countries),
    "customer_language": Attribute("text", lambda who: who.row.state.locale or None),
    "email_subscription_status": Attribute("choice", lambda who: who.row.state.email_consent, _STATES),
    "sms_subscription_status": Attribute("choice", lambda who: who.row.state.sms_consent, _STATES),
}
# What the language has and of which nothing here tells how it behaves; to ignore it would be a lie.
UNSEEN: Final = frozenset({
    *("abandoned_checkout_date", "anniversary", "companies", "created_by_app_id", "customer_account_status"),
    *("customer_cities", "customer_email_domain", "customer_regions", "customer_within_distance"),
    *("orders_placed", "predicted_spend_tier", "product_subscription_status", "products_purchased"),
    *("rfm_group", "shopify_email", "store_credit_accounts", "storefront_event"),
})  # fmt: skip
METAFIELD_KINDS: Final[Mapping[str, str]] = {
    "number_integer": "whole",
    "number_decimal": "number",
    "single_line_text_field": "text",
    "multi_line_text_field": "text",
    "boolean": "boolean",
    "date": "date",
    "date_time": "date",
}


def metafield_value(kind: str, record: Record | None, who: Subject) -> Any:
    """The value of a stored metafield as the ``kind`` of an attribute; None where nothing is stored."""
    if record is None:
        return None
    text: str = record["value"]
    if kind in {"number", "whole"}:
        return Decimal(text)
    if kind == "boolean":
        return text == "true"
    if kind == "text":
        return text
    if record["type"] == "date":
        return date.fromisoformat(text)
    moment = datetime.fromisoformat(text)
    # A time without an offset is told in UTC.
    aware = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return aware.astimezone(who.zone).date()
