"""The catalogue: what a segment may ask of a person, of which type it is, and where it is kept."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from enum import StrEnum
from types import MappingProxyType

from regulars_mapping import Property, PropertyType, fold_text
from regulars_marketing._segment_error import SegmentError

PROPERTY_PREFIX = "property."
PROPERTIES_COLUMN = "properties"


class FieldType(StrEnum):
    """What a field holds, and with it the operators and values it takes."""

    MONEY = "money"
    """Integer minor units of the main currency."""
    NUMBER = "number"
    """An integer; ``Field.digits`` says how many of its digits are decimals."""
    PERCENT = "percent"
    """Integer thousandths."""
    MOMENT = "moment"
    """An aware UTC datetime; asked about by whole days of the shop's zone."""
    DAY = "day"
    """A date without a time, as the integer of `day_number`."""
    ANNIVERSARY = "anniversary"
    """A birthday as four digits, month and day; the year plays no part."""
    TEXT = "text"
    """A folded text."""
    CHOICE = "choice"
    """One of ``Field.choices``, folded."""
    YES_NO = "yes_no"
    """A truth value."""
    LIST = "list"
    """A JSON list of folded words; a missing one is an empty one."""
    WORD = "word"
    """A folded text that is asked about as a list of one; a missing one is an empty list."""


NUMBERS = frozenset({FieldType.MONEY, FieldType.NUMBER, FieldType.PERCENT})
DAYS = frozenset({FieldType.MOMENT, FieldType.DAY})
LISTS = frozenset({FieldType.LIST, FieldType.WORD})


@dataclass(frozen=True, slots=True)
class Field:
    """A field's name in expressions, its type, and its column in the profile.

    ``choices`` are of a choice, ``digits`` the decimals of a number. ``key`` is there for the owner's own
    fields: their values are in a JSON object in the column. ``shopify`` is Shopify's name for it, if it has
    one; ``unknown_to_shopify`` says otherwise why not.
    """

    name: str
    type: FieldType
    column: str
    choices: tuple[str, ...] = ()
    digits: int = 0
    key: str = ""
    shopify: str = ""
    unknown_to_shopify: str = "Shopify does not know it"


_REGIONS = "Shopify names regions and cities by codes of its own"
_SUBSCRIPTIONS = ("subscribed", "unsubscribed", "not_subscribed", "pending")
_OTHER_SHOPS = "Shopify does not know what other shops know"
_T = FieldType

STANDARD_FIELDS = (
    Field("amount_spent", _T.MONEY, "spent", shopify="amount_spent"),
    Field("amount_spent_365d", _T.MONEY, "spent_365d"),
    Field("number_of_orders", _T.NUMBER, "orders", shopify="number_of_orders"),
    Field("number_of_orders_365d", _T.NUMBER, "orders_365d"),
    Field("average_order", _T.MONEY, "average_order"),
    Field("largest_order", _T.MONEY, "largest_order"),
    Field("first_order_date", _T.MOMENT, "first_order_at"),
    Field("last_order_date", _T.MOMENT, "last_order_at", shopify="last_order_date"),
    Field("next_order_date", _T.MOMENT, "next_order_at"),
    Field("rhythm_days", _T.NUMBER, "rhythm_days"),
    Field("frequency", _T.CHOICE, "frequency", choices=("none", "one_off", "rare", "regular")),
    Field("discount_share", _T.PERCENT, "discount_share"),
    Field("refused_orders", _T.NUMBER, "refused_cod"),
    Field("returned_orders", _T.NUMBER, "returned_orders"),
    Field("cod_share", _T.PERCENT, "cod_share"),
    Field("rating", _T.NUMBER, "rating"),
    Field("grade", _T.CHOICE, "grade", choices=("a", "b", "c", "d", "e")),
    Field("shops", _T.LIST, "shops", unknown_to_shopify=_OTHER_SHOPS),
    Field("categories", _T.LIST, "categories"),
    Field("customer_tags", _T.LIST, "labels", shopify="customer_tags"),
    Field("customer_countries", _T.WORD, "country", shopify="customer_countries"),
    Field("customer_regions", _T.WORD, "region", unknown_to_shopify=_REGIONS),
    Field("customer_cities", _T.WORD, "city", unknown_to_shopify=_REGIONS),
    Field("customer_language", _T.TEXT, "language", shopify="customer_language"),
    Field(
        "birth_date",
        _T.ANNIVERSARY,
        "birth_mmdd",
        unknown_to_shopify="Shopify knows birthdays only where a metafield of the shop has them",
    ),
    Field("birth_year", _T.NUMBER, "birth_year"),
    Field("gender", _T.CHOICE, "gender", choices=("f", "m")),
    Field("first_source", _T.TEXT, "first_source"),
    Field("last_source", _T.TEXT, "last_source"),
    Field("payment_method", _T.TEXT, "last_payment"),
    Field("delivery_method", _T.TEXT, "last_delivery"),
    Field("kind", _T.CHOICE, "kind", choices=("person", "company")),
    Field("status", _T.CHOICE, "status", choices=("entered", "control", "archived")),
    Field("stopped", _T.YES_NO, "stopped"),
    Field(
        "email_subscription_status",
        _T.CHOICE,
        "email_subscription",
        choices=_SUBSCRIPTIONS,
        shopify="email_subscription_status",
    ),
    Field(
        "sms_subscription_status",
        _T.CHOICE,
        "sms_subscription",
        choices=_SUBSCRIPTIONS,
        shopify="sms_subscription_status",
    ),
    Field("next_mail_date", _T.MOMENT, "next_mail_at"),
)
"""The fields that every workspace has; columns of the profile."""

PROPERTY_DIGITS = 6
_PROPERTY_TYPES: Mapping[PropertyType, FieldType] = MappingProxyType(
    {
        PropertyType.TEXT: FieldType.TEXT,
        PropertyType.NUMBER: FieldType.NUMBER,
        PropertyType.DATE: FieldType.DAY,
        PropertyType.YES_NO: FieldType.YES_NO,
        PropertyType.CHOICE: FieldType.CHOICE,
    }
)


class Catalogue:
    """The fields by name: the standard ones and the owner's own. Sensitive ones are none of them."""

    def __init__(self, properties: Iterable[Property] = ()) -> None:
        own = tuple(properties)
        self._sensitive = frozenset(PROPERTY_PREFIX + each.key for each in own if each.sensitive)
        kept = (_property_field(each) for each in own if not each.sensitive)
        self._fields = {field.name: field for field in (*STANDARD_FIELDS, *kept)}

    @property
    def fields(self) -> tuple[Field, ...]:
        """All of them, the standard ones first."""
        return tuple(self._fields.values())

    def field(self, name: str) -> Field:
        """The field of that name, in any case. Raises SegmentError that suggests the nearest."""
        folded = name.lower()
        if folded in self._fields:
            return self._fields[folded]
        if folded in self._sensitive:
            raise SegmentError(f"{folded} is sensitive: it is shown on the person's card only")
        near = get_close_matches(folded, self._fields, n=1, cutoff=0.6)
        raise SegmentError(f"there is no field {folded[:60]!r}", suggestion=near[0] if near else "")


def _property_field(of: Property) -> Field:
    return Field(
        PROPERTY_PREFIX + of.key,
        _PROPERTY_TYPES[of.type],
        PROPERTIES_COLUMN,
        choices=tuple(fold_text(choice) for choice in of.choices),
        digits=PROPERTY_DIGITS if of.type is PropertyType.NUMBER else 0,
        key=of.key,
    )
