"""The canonical models: what every platform's payloads are translated to.

Amounts are integers in the minor unit of the order's currency (cents, kopecks; yen have none). Times are
aware UTC. Texts are what the shop holds, stripped of surrounding space, without NUL, and bounded; the models
refuse a longer one with its path. A translation cuts before them what people type about themselves or what
is only shown (names, addresses, words of goods, notes, titles), ending it with "…": the observation keeps the
whole. It never cuts what identity rests on into another value: an endless e-mail or phone is none given, an
endless id, number, currency or coupon code is refused. Normalised forms (folded e-mail, E.164) are derived,
never stored over what the shop said.
"""

from collections.abc import Mapping
from decimal import Decimal
from enum import StrEnum
from functools import cache
from typing import Annotated, Any, Final, Literal, Self, TypeAlias

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, StringConstraints, model_validator

_NO_NUL = r"^[^\x00]*$"

Text = Annotated[str, StringConstraints(strip_whitespace=True, max_length=1_000, pattern=_NO_NUL)]
ShortText = Annotated[str, StringConstraints(strip_whitespace=True, max_length=250, pattern=_NO_NUL)]
ExternalId = Annotated[str, StringConstraints(min_length=1, max_length=100, pattern=r"^[\x21-\x7e]+$")]
LARGEST_MINOR = 10**15
MOST_ORDERS = 10**6
RECENT_ORDERS = "recent-orders-only"
"""The capability of a shop that hides its older orders from us: what its customers bought before is known by
what it declares of them (`DeclaredTotal`) beyond the orders that it shows."""
HIDDEN_PEOPLE = "people-hidden"
"""The capability of a shop that hides from us who its customers are."""
Minor = Annotated[int, Field(ge=-LARGEST_MINOR, le=LARGEST_MINOR)]
CurrencyCode = Annotated[str, StringConstraints(pattern=r"^[A-Z]{3}$")]
Quantity = Annotated[Decimal, Field(ge=0, le=10**9, decimal_places=3)]


class Kind(StrEnum):
    """The kinds of object that are pulled from a shop."""

    CUSTOMER = "customer"
    ORDER = "order"
    REFUND = "refund"
    PRODUCT = "product"
    REVIEW = "review"


class OrderStatus(StrEnum):
    """Where an order stands, in one vocabulary for all platforms; ``Order.shop_status`` keeps the shop's own.

    OTHER is a status that a plug-in invented; such an order counts as bought when it was paid.
    """

    DRAFT = "draft"
    PENDING = "pending"
    ON_HOLD = "on_hold"
    PROCESSING = "processing"
    COMPLETED = "completed"
    CANCELLED = "cancelled"
    FAILED = "failed"
    REFUNDED = "refunded"
    TRASHED = "trashed"
    OTHER = "other"


class Canonical(BaseModel):
    """Base of the canonical models: frozen, nothing unknown accepted."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    @classmethod
    def of_checked(cls, values: Mapping[str, Any]) -> Self:
        """A model of values that already are what its fields demand: types, bounds, no NUL, stripped.

        For a translation whose own validation guarantees as much; nothing is looked at again, and only
        fields with a plain default may be left out. Anything else goes through ``model_validate``.
        """
        made = cls.__new__(cls)
        _put(made, "__dict__", {**_defaults(cls), **values})
        # Which fields were given is of no meaning here; a frozen model never changes the set.
        _put(made, "__pydantic_fields_set__", _names(cls))
        _put(made, "__pydantic_extra__", None)
        _put(made, "__pydantic_private__", None)
        return made


# The models are frozen, and pydantic's own model_construct looks at every field again.
_put: Final = object.__setattr__


@cache
def _defaults(model: type[BaseModel]) -> Mapping[str, Any]:
    """Every field in its order, as equal models compare and print alike however they were made."""
    return {name: field.default for name, field in model.model_fields.items()}


@cache
def _names(model: type[BaseModel]) -> set[str]:
    return set(model.model_fields)


class Address(Canonical):
    """A postal address as the shop holds it. ``country`` is ISO 3166-1 alpha-2 or empty."""

    given_name: ShortText = ""
    family_name: ShortText = ""
    company: ShortText = ""
    line1: Text = ""
    line2: Text = ""
    city: ShortText = ""
    region: ShortText = ""
    postcode: ShortText = ""
    country: Annotated[str, StringConstraints(pattern=r"^([A-Z]{2})?$")] = ""
    phone: ShortText = ""


class Contact(Canonical):
    """How a person named themselves once, in a profile or at a checkout."""

    email: ShortText = ""
    phone: ShortText = ""
    given_name: ShortText = ""
    family_name: ShortText = ""
    company: ShortText = ""
    country: Annotated[str, StringConstraints(pattern=r"^([A-Z]{2})?$")] = ""


class ConsentWord(Canonical):
    """What a shop says that a customer said about advertising to one of their addresses.

    ``address`` is an e-mail or a phone as the shop holds it. ``pending`` is asked and not yet confirmed.
    ``at`` is when it was said, None where the shop does not tell; ``how`` is the shop's own word for the way.
    """

    kind: Literal["email", "phone"]
    address: ShortText
    state: Literal["granted", "withdrawn", "pending"]
    at: AwareDatetime | None = None
    how: ShortText = ""


class DeclaredTotal(Canonical):
    """What the shop itself says that a customer ever spent and ordered there.

    ``spent`` counts as the shop does: what was paid and not given back, with tax and shipping; in minor units
    of ``currency``. ``orders`` are all of the customer's, whatever became of them.
    """

    spent: Annotated[int, Field(ge=0, le=LARGEST_MINOR)]
    orders: Annotated[int, Field(ge=0, le=MOST_ORDERS)]
    currency: CurrencyCode


class Customer(Canonical):
    """A registered customer of one shop.

    ``email_verified`` is None where the platform does not say. ``labels`` are the values that Regulars
    itself has written to the customer there, by key; ``tags`` are the shop's own words about them.
    ``declared`` is the shop's own total, ``changed_at`` its change time; None where it tells none.
    ``consents`` are words about advertising that were really said; whoever was never asked has none.
    """

    external_id: ExternalId
    contact: Contact
    addresses: tuple[Address, ...] = Field(default=(), max_length=100)
    registered_at: AwareDatetime | None = None
    changed_at: AwareDatetime | None = None
    email_verified: bool | None = None
    role: ShortText = ""
    labels: dict[str, str] = Field(default_factory=dict, max_length=50)
    consents: tuple[ConsentWord, ...] = Field(default=(), max_length=20)
    tags: tuple[ShortText, ...] = Field(default=(), max_length=250)
    declared: DeclaredTotal | None = None


class OrderLine(Canonical):
    """A line of goods. ``gross`` is before discounts, ``net`` after them; both without tax."""

    external_id: ExternalId
    product_id: ShortText = ""
    variant_id: ShortText = ""
    sku: ShortText = ""
    name: Text = ""
    quantity: Quantity
    gross: Minor
    net: Minor
    tax: Minor = 0
    options: dict[str, str] = Field(default_factory=dict, max_length=100)


class Source(Canonical):
    """Where an order came from, as the shop attributes it."""

    kind: ShortText = ""
    source: ShortText = ""
    medium: ShortText = ""
    campaign: ShortText = ""
    referrer: ShortText = ""
    device: ShortText = ""


class Order(Canonical):
    """An order. All amounts are in ``currency``.

    ``goods`` is the sum of lines and fees after discounts, without tax and shipping; ``total`` is what the
    customer was asked to pay. ``customer_id`` is None for a guest. ``coupon_codes`` are spelt as the shop
    spells them. ``refund_ids`` are the refunds that the shop counts at this moment, None where the platform
    does not list them with the order.
    """

    external_id: ExternalId
    number: ShortText = ""
    customer_id: ExternalId | None = None
    contact: Contact
    status: OrderStatus
    shop_status: ShortText = ""
    currency: CurrencyCode
    placed_at: AwareDatetime
    changed_at: AwareDatetime | None = None
    paid_at: AwareDatetime | None = None
    completed_at: AwareDatetime | None = None
    goods: Minor
    goods_tax: Minor = 0
    discount: Minor = 0
    shipping: Minor = 0
    shipping_tax: Minor = 0
    total: Minor
    billing: Address | None = None
    delivery: Address | None = None
    lines: tuple[OrderLine, ...] = Field(default=(), max_length=2_000)
    coupon_codes: tuple[Text, ...] = Field(default=(), max_length=100)
    payment_method: ShortText = ""
    shipping_method: ShortText = ""
    source: Source | None = None
    refund_ids: tuple[ExternalId, ...] | None = None
    is_test: bool = False


class RefundLine(Canonical):
    """Goods given back. ``net`` is positive, without tax."""

    external_id: ExternalId
    order_line_id: ShortText = ""
    product_id: ShortText = ""
    quantity: Quantity = Decimal(0)
    net: Minor = 0
    tax: Minor = 0


class Refund(Canonical):
    """Money given back on an order; amounts are positive.

    ``amount`` is the whole sum with tax and shipping. ``goods`` is the part for goods without tax where the
    shop says which lines it was for, and None for a refund of a bare amount, whose goods part is then taken
    in proportion to the order's.
    """

    external_id: ExternalId
    order_id: ExternalId
    refunded_at: AwareDatetime
    amount: Minor
    goods: Minor | None = None
    reason: Text = ""
    lines: tuple[RefundLine, ...] = Field(default=(), max_length=2_000)


class Product(Canonical):
    """A product. ``price`` is its regular price today in the shop's currency, None where it has none.

    ``category_ids`` are what the shop knows its ``categories`` by, one each, or none at all; "" for one that
    no discount can be bound to there. ``attributes`` are the words it comes in, by what they describe:
    ``{"Size": ("S", "M", "L")}``.
    """

    external_id: ExternalId
    name: Text = ""
    sku: ShortText = ""
    status: ShortText = ""
    price: Minor | None = None
    categories: tuple[ShortText, ...] = Field(default=(), max_length=200)
    category_ids: tuple[ExternalId | Literal[""], ...] = Field(default=(), max_length=200)
    attributes: dict[ShortText, tuple[ShortText, ...]] = Field(default_factory=dict, max_length=100)
    changed_at: AwareDatetime | None = None

    @model_validator(mode="after")
    def _category_ids_parallel(self) -> Self:
        if self.category_ids and len(self.category_ids) != len(self.categories):
            raise ValueError("category_ids must name each of the categories, or none")
        return self


class Review(Canonical):
    """A shopper's opinion of a product. ``contact`` is how they named themselves, not proven by anything.

    ``stars`` are 1 to 5, None for words alone. ``published`` says whether shoppers see it. ``bought`` is True
    where the shop knows that this address bought the product, None where it does not say.
    """

    external_id: ExternalId
    product_id: ExternalId
    contact: Contact
    stars: Annotated[int, Field(ge=1, le=5)] | None = None
    text: Annotated[str, StringConstraints(max_length=65_535, pattern=_NO_NUL)] = ""
    published: bool = False
    bought: bool | None = None
    written_at: AwareDatetime


CanonicalObject: TypeAlias = Customer | Order | Refund | Product | Review
