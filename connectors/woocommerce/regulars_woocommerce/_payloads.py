"""The fields of WooCommerce's payloads that are mapped, under their canonical names.

Validation runs in Rust and yields plain dicts. WooCommerce and its plug-ins send numbers as text, text as
numbers, null and false for an empty text, [] for an empty object and objects for lists: ``checked`` looks a
second time at a payload that failed the first, with those spellings mended. So it does with texts without
end: what is shown is cut, an e-mail or a phone is none given, as is a quantity that nobody can buy. A key or
an amount of money stays refused, since none is ever made up.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from copy import copy
from datetime import datetime
from decimal import Decimal
from functools import partial
from typing import Annotated, Any, Final, NotRequired, TypeVar

from pydantic import ConfigDict, Field, StringConstraints, TypeAdapter, ValidationError, with_config
from pydantic_core import ErrorDetails
from typing_extensions import TypedDict

from regulars_connectors import Payload, unmappable
from regulars_mapping import ShortText, Text

_MEND_ROUNDS = 8
_CONFIG = ConfigDict(extra="ignore", coerce_numbers_to_str=True, allow_inf_nan=False)
_EMPTY_DATES = ("0000-", "-0001-")
_EMPTY: dict[str, Any] = {
    "string_type": "",
    "dict_type": {},
    "list_type": [],
    "int_type": 0,
    "int_parsing": 0,
    "decimal_type": 0,
    "decimal_parsing": 0,
}
_SHOWN: Final = frozenset(
    {
        *("first_name", "last_name", "company", "address_1", "address_2", "city", "state", "postcode"),
        *("name", "sku", "method_title", "method_id", "payment_method", "reason", "reviewer", "review"),
    }
)
# One that is cut would be somebody else's.
_REACHED_BY: Final = frozenset({"email", "phone", "reviewer_email"})
_OUT_OF_BOUNDS: Final = frozenset({"greater_than_equal", "less_than_equal", "finite_number"})
_ENTITY: Final = re.compile(r"&#?\w{1,31};")

Number = Annotated[int, Field(ge=0, lt=2**63)]
Country = Annotated[str, StringConstraints(strip_whitespace=True, pattern=r"^([A-Za-z]{2})?$")]
Amount = Annotated[str, StringConstraints(strip_whitespace=True, max_length=40)]
StatedAmount = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=40)]
Metas = list[Any]


@with_config(_CONFIG)
class AddressPayload(TypedDict):
    given_name: NotRequired[Annotated[ShortText, Field(validation_alias="first_name")]]
    family_name: NotRequired[Annotated[ShortText, Field(validation_alias="last_name")]]
    company: NotRequired[ShortText]
    line1: NotRequired[Annotated[Text, Field(validation_alias="address_1")]]
    line2: NotRequired[Annotated[Text, Field(validation_alias="address_2")]]
    city: NotRequired[ShortText]
    region: NotRequired[Annotated[ShortText, Field(validation_alias="state")]]
    postcode: NotRequired[ShortText]
    country: NotRequired[Country]
    phone: NotRequired[ShortText]
    email: NotRequired[ShortText]


@with_config(_CONFIG)
class LinePayload(TypedDict):
    external_id: Annotated[Number, Field(validation_alias="id", gt=0)]
    product_id: NotRequired[Number]
    variant_id: NotRequired[Annotated[Number, Field(validation_alias="variation_id")]]
    sku: NotRequired[ShortText]
    name: NotRequired[Text]
    quantity: Annotated[Decimal, Field(ge=-(10**9), le=10**9)]
    gross: NotRequired[Annotated[Amount, Field(validation_alias="subtotal")]]
    net: Annotated[StatedAmount, Field(validation_alias="total")]
    tax: NotRequired[Annotated[Amount, Field(validation_alias="total_tax")]]
    meta: NotRequired[Annotated[Metas, Field(validation_alias="meta_data")]]


@with_config(_CONFIG)
class ChargePayload(TypedDict):
    """A line of fees or shipping."""

    total: NotRequired[Amount]
    total_tax: NotRequired[Amount]
    method_title: NotRequired[ShortText]
    method_id: NotRequired[ShortText]


@with_config(_CONFIG)
class CodePayload(TypedDict):
    code: NotRequired[Text]


@with_config(_CONFIG)
class RefundIdPayload(TypedDict):
    id: Number


@with_config(_CONFIG)
class OrderPayload(TypedDict):
    external_id: Annotated[Number, Field(validation_alias="id", gt=0)]
    number: NotRequired[ShortText]
    customer_id: NotRequired[Number]
    shop_status: Annotated[ShortText, Field(validation_alias="status")]
    currency: Annotated[str, StringConstraints(strip_whitespace=True, to_upper=True, max_length=10)]
    placed_at: Annotated[datetime, Field(validation_alias="date_created_gmt")]
    changed_at: NotRequired[Annotated[datetime | None, Field(validation_alias="date_modified_gmt")]]
    paid_at: NotRequired[Annotated[datetime | None, Field(validation_alias="date_paid_gmt")]]
    completed_at: NotRequired[Annotated[datetime | None, Field(validation_alias="date_completed_gmt")]]
    total: StatedAmount
    goods_tax: NotRequired[Annotated[Amount, Field(validation_alias="cart_tax")]]
    discount: NotRequired[Annotated[Amount, Field(validation_alias="discount_total")]]
    shipping: NotRequired[Annotated[Amount, Field(validation_alias="shipping_total")]]
    shipping_tax: NotRequired[Amount]
    billing: NotRequired[AddressPayload]
    delivery: NotRequired[Annotated[AddressPayload, Field(validation_alias="shipping")]]
    lines: NotRequired[Annotated[list[LinePayload], Field(validation_alias="line_items", max_length=2_000)]]
    fees: NotRequired[Annotated[list[ChargePayload], Field(validation_alias="fee_lines")]]
    shippings: NotRequired[Annotated[list[ChargePayload], Field(validation_alias="shipping_lines")]]
    coupons: NotRequired[Annotated[list[CodePayload], Field(validation_alias="coupon_lines")]]
    refunds: NotRequired[list[RefundIdPayload]]
    payment_method: NotRequired[ShortText]
    meta: NotRequired[Annotated[Metas, Field(validation_alias="meta_data")]]


@with_config(_CONFIG)
class RefundPayload(TypedDict):
    external_id: Annotated[Number, Field(validation_alias="id", gt=0)]
    order_id: Annotated[Number, Field(validation_alias="parent_id", gt=0)]
    refunded_at: Annotated[datetime, Field(validation_alias="date_created_gmt")]
    amount: StatedAmount
    reason: NotRequired[Text]
    lines: NotRequired[Annotated[list[LinePayload], Field(validation_alias="line_items", max_length=2_000)]]
    fees: NotRequired[Annotated[list[ChargePayload], Field(validation_alias="fee_lines")]]


@with_config(_CONFIG)
class CustomerPayload(TypedDict):
    external_id: Annotated[Number, Field(validation_alias="id", gt=0)]
    email: NotRequired[ShortText]
    given_name: NotRequired[Annotated[ShortText, Field(validation_alias="first_name")]]
    family_name: NotRequired[Annotated[ShortText, Field(validation_alias="last_name")]]
    role: NotRequired[ShortText]
    registered_at: NotRequired[Annotated[datetime | None, Field(validation_alias="date_created_gmt")]]
    changed_at: NotRequired[Annotated[datetime | None, Field(validation_alias="date_modified_gmt")]]
    billing: NotRequired[AddressPayload]
    shipping: NotRequired[AddressPayload]
    meta: NotRequired[Annotated[Metas, Field(validation_alias="meta_data")]]


@with_config(_CONFIG)
class CategoryPayload(TypedDict):
    id: NotRequired[Number]
    name: NotRequired[ShortText]


@with_config(_CONFIG)
class ProductPayload(TypedDict):
    external_id: Annotated[Number, Field(validation_alias="id", gt=0)]
    name: NotRequired[Text]
    sku: NotRequired[ShortText]
    status: NotRequired[ShortText]
    price: NotRequired[Annotated[Amount, Field(validation_alias="regular_price")]]
    categories: NotRequired[Annotated[list[CategoryPayload], Field(max_length=200)]]
    attributes: NotRequired[Metas]
    changed_at: NotRequired[Annotated[datetime | None, Field(validation_alias="date_modified_gmt")]]


@with_config(_CONFIG)
class ReviewPayload(TypedDict):
    external_id: Annotated[Number, Field(validation_alias="id", gt=0)]
    product_id: Annotated[Number, Field(gt=0)]
    written_at: Annotated[datetime, Field(validation_alias="date_created_gmt")]
    status: NotRequired[ShortText]
    name: NotRequired[Annotated[ShortText, Field(validation_alias="reviewer")]]
    email: NotRequired[Annotated[ShortText, Field(validation_alias="reviewer_email")]]
    text: NotRequired[Annotated[str, StringConstraints(max_length=65_535), Field(validation_alias="review")]]
    rating: NotRequired[Number]
    verified: NotRequired[bool]


ORDER = TypeAdapter(OrderPayload)
REFUND = TypeAdapter(RefundPayload)
CUSTOMER = TypeAdapter(CustomerPayload)
PRODUCT = TypeAdapter(ProductPayload)
REVIEW = TypeAdapter(ReviewPayload)

_T = TypeVar("_T")
_Mend = Callable[[Any], Any]


def checked(adapter: TypeAdapter[_T], payload: Payload) -> _T:
    """The mapped fields of ``payload``. Raises UnmappableError with the field's path."""
    try:
        return adapter.validate_python(payload)
    except ValidationError as error:
        return _mended(adapter, payload, error)


def _mended(adapter: TypeAdapter[_T], payload: Payload, error: ValidationError) -> _T:
    # A wrong spelling can hide another inside it, so mending goes a level deeper in each round.
    for _ in range(_MEND_ROUNDS):
        mended: Any = payload
        for found in error.errors(include_url=False):
            mended = _replaced(mended, found["loc"], partial(_mend, found))
        if mended is payload:
            break
        payload = mended
        try:
            return adapter.validate_python(payload)
        except ValidationError as next_error:
            error = next_error
    raise unmappable(error) from None


def _replaced(value: Any, path: Sequence[int | str], mend: _Mend) -> Any:
    """A copy of ``value`` with the place at ``path`` mended; ``value`` itself when nothing was to mend."""
    if not path:
        return mend(value)
    if not isinstance(value, list | dict):
        return value
    try:
        old = value[path[0]]  # type: ignore[index]  # a path of pydantic fits the value it was found in
    except (KeyError, IndexError, TypeError):
        return value
    new = _replaced(old, path[1:], mend)
    if new is old:
        return value
    changed = copy(value)
    changed[path[0]] = new  # type: ignore[index]  # as above
    return changed


def _mend(found: ErrorDetails, value: Any) -> Any:
    kind = found["type"]
    if kind in _OUT_OF_BOUNDS and found["loc"][-1] == "quantity":
        return 0
    if kind == "string_too_long" and isinstance(value, str):
        return _shortened(found["loc"][-1], value, found["ctx"]["max_length"])
    if kind.startswith("datetime_"):
        return None if _is_no_date(value) else value
    if kind == "string_pattern_mismatch":
        # A country that is no code is dropped: a word in that field must not cost the shop an order.
        return value.replace("\0", "") if isinstance(value, str) and "\0" in value else ""
    if kind == "list_type" and isinstance(value, Mapping):
        return list(value.values())
    return value or _EMPTY.get(kind, value)


def _shortened(name: int | str, text: str, most: int) -> str:
    if name in _REACHED_BY:
        return ""
    return cut(text, most) if name in _SHOWN else text


def cut(text: str, most: int) -> str:
    """The text stripped and without NUL; of a longer one the beginning and "…", ``most`` characters at most.

    No HTML entity is cut in two: the shop's own screens store names with them.
    """
    text = text.replace("\0", "").strip()
    if len(text) <= most:
        return text
    end = most - 1
    begun = text.rfind("&", 0, end)
    entity = _ENTITY.match(text, begun) if begun >= 0 else None
    if entity is not None and entity.end() > end:
        end = begun
    return text[:end].rstrip() + "…"


def _is_no_date(value: object) -> bool:
    return not value or (isinstance(value, str) and value.startswith(_EMPTY_DATES))
