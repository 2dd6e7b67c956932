"""The fields of Shopify's objects that are mapped. Validation runs in Rust and yields plain dicts.

GraphQL keeps types, so little is mended: a text may be null where the schema says so, and a country that is
no code is dropped. Of a text without end what is shown is cut, an e-mail or a phone is none given, a key is
refused.
"""

from datetime import datetime
from functools import partial
from typing import Annotated, Any, Final, Generic, NotRequired, TypeVar

from pydantic import BeforeValidator, ConfigDict, Field, TypeAdapter, ValidationError, with_config
from typing_extensions import TypedDict

from regulars_connectors import Payload, unmappable
from regulars_mapping import ShortText, Text, UnmappableError
from regulars_shopify._client import number_of

_CONFIG = ConfigDict(extra="ignore", allow_inf_nan=False)
_MOST_LINES = 2_000
_SHORT: Final = 250
_LONG: Final = 1_000
_T = TypeVar("_T")


def _or_empty(value: Any) -> Any:
    return "" if value is None else value


def _cut(value: Any, *, most: int) -> Any:
    """A text stripped, of a longer one the beginning and "…"; anything else as it is, None as no text."""
    if not isinstance(value, str) or len(value) <= most:
        return _or_empty(value)
    text = value.strip()
    return text if len(text) <= most else text[: most - 1].rstrip() + "…"


def _none_if_endless(value: Any) -> Any:
    endless = isinstance(value, str) and len(value.strip()) > _SHORT
    return "" if endless else _or_empty(value)


def _number(value: Any) -> str:
    number = number_of(value)
    if not number:
        raise ValueError
    return number


def _country(value: Any) -> str:
    fits = (
        isinstance(value, str) and len(value) == 2 and value.isascii() and value.isupper() and value != "ZZ"
    )
    return value if fits else ""


Maybe = Annotated[ShortText, BeforeValidator(_or_empty)]
MaybeLong = Annotated[Text, BeforeValidator(_or_empty)]
# What people type about themselves, or what is only shown.
Shown = Annotated[ShortText, BeforeValidator(partial(_cut, most=_SHORT))]
ShownLong = Annotated[Text, BeforeValidator(partial(_cut, most=_LONG))]
# One that is cut would be somebody else's.
ReachedBy = Annotated[ShortText, BeforeValidator(_none_if_endless)]
Number = Annotated[str, BeforeValidator(_number)]
Country = Annotated[str, BeforeValidator(_country)]
Amount = Annotated[str, Field(min_length=1, max_length=40)]


@with_config(_CONFIG)
class MoneyPayload(TypedDict):
    amount: Amount
    currencyCode: Annotated[str, Field(min_length=3, max_length=3)]


@with_config(_CONFIG)
class BagPayload(TypedDict):
    shopMoney: MoneyPayload


@with_config(_CONFIG)
class ThingPayload(TypedDict):
    id: Number


# A page of something: only what is on it.
@with_config(_CONFIG)
class NodesPayload(TypedDict, Generic[_T]):
    nodes: Annotated[list[_T], Field(max_length=_MOST_LINES)]


@with_config(_CONFIG)
class AddressPayload(TypedDict):
    firstName: NotRequired[Shown]
    lastName: NotRequired[Shown]
    company: NotRequired[Shown]
    address1: NotRequired[ShownLong]
    address2: NotRequired[ShownLong]
    city: NotRequired[Shown]
    province: NotRequired[Shown]
    provinceCode: NotRequired[Shown]
    zip: NotRequired[Shown]
    countryCodeV2: NotRequired[Country]
    phone: NotRequired[ReachedBy]


@with_config(_CONFIG)
class EmailPayload(TypedDict):
    emailAddress: NotRequired[ReachedBy]
    marketingState: NotRequired[Maybe]
    marketingOptInLevel: NotRequired[Maybe]
    marketingUpdatedAt: NotRequired[datetime | None]


@with_config(_CONFIG)
class PhonePayload(TypedDict):
    phoneNumber: NotRequired[ReachedBy]
    marketingState: NotRequired[Maybe]
    marketingOptInLevel: NotRequired[Maybe]
    marketingUpdatedAt: NotRequired[datetime | None]


@with_config(_CONFIG)
class CustomerPayload(TypedDict):
    id: Number
    createdAt: NotRequired[datetime | None]
    updatedAt: NotRequired[datetime | None]
    firstName: NotRequired[Shown]
    lastName: NotRequired[Shown]
    state: NotRequired[Maybe]
    verifiedEmail: NotRequired[bool | None]
    defaultEmailAddress: NotRequired[EmailPayload | None]
    defaultPhoneNumber: NotRequired[PhonePayload | None]
    defaultAddress: NotRequired[ThingPayload | None]
    addressesV2: NotRequired[NodesPayload[AddressPayload]]


@with_config(_CONFIG)
class AllocationPayload(TypedDict):
    allocatedAmountSet: BagPayload


@with_config(_CONFIG)
class TaxPayload(TypedDict):
    priceSet: BagPayload
    rate: NotRequired[Annotated[float | None, Field(ge=0, le=100)]]


@with_config(_CONFIG)
class LinePayload(TypedDict):
    id: Number
    name: NotRequired[ShownLong]
    title: NotRequired[ShownLong]
    variantTitle: NotRequired[ShownLong]
    sku: NotRequired[Shown]
    quantity: Annotated[int, Field(ge=0, le=10**9)]
    product: NotRequired[ThingPayload | None]
    variant: NotRequired[ThingPayload | None]
    originalTotalSet: BagPayload
    discountAllocations: NotRequired[Annotated[list[AllocationPayload], Field(max_length=_MOST_LINES)]]
    taxLines: NotRequired[Annotated[list[TaxPayload], Field(max_length=_MOST_LINES)]]


@with_config(_CONFIG)
class ShippingPayload(TypedDict):
    title: NotRequired[Shown]
    discountedPriceSet: BagPayload


@with_config(_CONFIG)
class FulfillmentPayload(TypedDict):
    createdAt: NotRequired[datetime | None]
    deliveredAt: NotRequired[datetime | None]


@with_config(_CONFIG)
class OrderPayload(TypedDict):
    id: Number
    name: NotRequired[Maybe]
    processedAt: datetime
    updatedAt: NotRequired[datetime | None]
    cancelledAt: NotRequired[datetime | None]
    test: NotRequired[bool | None]
    taxesIncluded: NotRequired[bool | None]
    displayFinancialStatus: NotRequired[Maybe]
    displayFulfillmentStatus: NotRequired[Maybe]
    fullyPaid: NotRequired[bool | None]
    email: NotRequired[ReachedBy]
    phone: NotRequired[ReachedBy]
    sourceName: NotRequired[Shown]
    paymentGatewayNames: NotRequired[list[Shown]]
    discountCodes: NotRequired[Annotated[list[ShortText], Field(max_length=100)]]
    customer: NotRequired[ThingPayload | None]
    shippingAddress: NotRequired[AddressPayload | None]
    billingAddress: NotRequired[AddressPayload | None]
    shippingLine: NotRequired[ShippingPayload | None]
    totalPriceSet: BagPayload
    totalTaxSet: NotRequired[BagPayload | None]
    totalShippingPriceSet: NotRequired[BagPayload | None]
    lineItems: NodesPayload[LinePayload]
    refunds: NotRequired[list[ThingPayload]]
    fulfillments: NotRequired[list[FulfillmentPayload]]


@with_config(_CONFIG)
class RefundOrderPayload(TypedDict):
    id: Number
    taxesIncluded: NotRequired[bool | None]


@with_config(_CONFIG)
class RefundLinePayload(TypedDict):
    id: NotRequired[MaybeLong]
    quantity: Annotated[int, Field(ge=0, le=10**9)]
    lineItem: NotRequired[ThingPayload | None]
    subtotalSet: BagPayload
    totalTaxSet: NotRequired[BagPayload | None]


@with_config(_CONFIG)
class RefundPayload(TypedDict):
    id: Number
    order: RefundOrderPayload
    createdAt: NotRequired[datetime | None]
    processedAt: NotRequired[datetime | None]
    note: NotRequired[ShownLong]
    totalRefundedSet: BagPayload
    refundLineItems: NodesPayload[RefundLinePayload]


@with_config(_CONFIG)
class VariantPayload(TypedDict):
    sku: NotRequired[Shown]
    price: NotRequired[Annotated[str | None, Field(max_length=40)]]


@with_config(_CONFIG)
class NamedPayload(TypedDict):
    name: NotRequired[Shown]
    title: NotRequired[Shown]


@with_config(_CONFIG)
class CollectionPayload(TypedDict):
    id: NotRequired[Number]
    title: NotRequired[Shown]


@with_config(_CONFIG)
class ProductPayload(TypedDict):
    id: Number
    title: NotRequired[ShownLong]
    status: NotRequired[Maybe]
    updatedAt: NotRequired[datetime | None]
    category: NotRequired[NamedPayload | None]
    collections: NotRequired[NodesPayload[CollectionPayload]]
    variants: NotRequired[NodesPayload[VariantPayload]]


CUSTOMER = TypeAdapter(CustomerPayload)
ORDER = TypeAdapter(OrderPayload)
REFUND = TypeAdapter(RefundPayload)
PRODUCT = TypeAdapter(ProductPayload)


def checked(adapter: TypeAdapter[_T], payload: Payload) -> _T:
    """The mapped fields of ``payload``. Raises UnmappableError with the field's path."""
    try:
        return adapter.validate_python(payload)
    except ValidationError as error:
        found: UnmappableError = unmappable(error)
        raise found from None
