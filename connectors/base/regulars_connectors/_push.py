"""What travels from the agent to a shop: desired documents, operations and their results."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any, Protocol, TypeAlias

from regulars_mapping import Goods, Money

Document: TypeAlias = Mapping[str, Any]


@dataclass(frozen=True, slots=True, order=True)
class Target:
    """A thing in a shop that Regulars writes: its kind (``coupon``, ``label``, ``profile``), its key there.

    A coupon's key is its code; a label's and a profile's is the customer's external id. Never a person's id.
    ``remote_id`` means exactly the object of this id, where a platform may hold several of one key; empty, it
    is the one that the platform itself would take. ``fields`` are those of a profile that are meant, in
    order: what somebody wrote by hand, and nothing else of the customer.
    """

    kind: str
    key: str
    remote_id: str = ""
    fields: tuple[str, ...] = ()


class Verb(StrEnum):
    """What an operation does to its target."""

    CREATE = "create"
    UPDATE = "update"
    DELETE = "delete"


@dataclass(frozen=True, slots=True)
class AccountOffer:
    """What one account is given, said without any platform's words.

    ``code`` is unguessable and was stored before it is used. It gives ``percent``, of at most two decimals,
    or ``amount`` off an order, and then ``percent`` is 0; on ``goods``, whose ids are this shop's; in orders
    of ``minimum`` or more; for ``orders`` orders of the account, None for any number. The shop itself must
    hold to all of that. ``sentence`` is what the shopper reads. ``email`` stays out of ``repr``.
    """

    account: str
    registered: bool
    email: str
    percent: Decimal
    level: str
    code: str
    sentence: str
    next_step: str
    valid_until: datetime | None = None
    orders: int | None = None
    amount: Money | None = None
    goods: Goods = field(default_factory=Goods)
    minimum: Money | None = None

    def __post_init__(self) -> None:
        if self.percent and self.amount:
            raise ValueError("An offer gives a percentage or an amount, not both.")
        if self.orders is not None and self.orders < 1:
            raise ValueError("An offer is for one order at least.")

    def __repr__(self) -> str:
        given = f"{self.amount.text()} {self.amount.currency}" if self.amount else f"{self.percent} %"
        return f"AccountOffer({self.account}, {given})"


@dataclass(frozen=True, slots=True)
class CouponTerms:
    """What a coupon of a shop gives, as far as that can be said of all platforms; ours or anybody's.

    ``percent`` or ``amount`` off, neither where it is something else; before ``valid_until``, for so many
    ``orders``; None for no end and for any number.
    """

    percent: Decimal = Decimal()
    amount: Money | None = None
    valid_until: datetime | None = None
    orders: int | None = None


@dataclass(frozen=True, slots=True)
class TargetDocument:
    """A target and how it shall read. Documents hold only what Regulars owns there, in canonical form:
    reading back an applied target gives an equal document."""

    target: Target
    document: Document


class Mechanism(Protocol):
    """A way to bring an offer into a shop; a strategy, chosen by what serves and costs least."""

    @property
    def name(self) -> str:
        """The word for it in plans and settings."""

    @property
    def why(self) -> str:
        """What the shop needs for it, in words that end a sentence after its name: why it and no other
        serves an offer."""

    def serves(self, offer: AccountOffer) -> bool:
        """Whether this account can use an offer given this way, and as often as it may only."""

    def documents(self, offer: AccountOffer) -> Sequence[TargetDocument]:
        """How the shop shall read for this offer. Pure; the same offer gives equal documents."""

    def calls(self, documents: Mapping[str, int]) -> int:
        """Writing requests needed for this many targets of each kind (``{"coupon": 3, "label": 5}``), pushed
        kind by kind in batches of ``limits.push_batch``; as many to delete them. Updates take about as many,
        and fewer where little differs. Pure."""


@dataclass(frozen=True, slots=True)
class Operation:
    """One write. ``remote_id`` is the platform's id of the target where it is known.

    ``document`` is how the target shall read, None for a deletion. ``before`` is how it read a moment ago,
    looked at in the shop: of an update only what differs from it needs to travel. None where nobody looked,
    or there was nothing.
    """

    id: str
    verb: Verb
    target: Target
    document: Document | None
    remote_id: str | None = None
    before: Document | None = None


class Outcome(StrEnum):
    """What became of an operation.

    DONE and REFUSED are definite answers. EXISTS asks for a look-up at once: the code is taken, perhaps by
    us, or somebody changed what did not travel.
    UNKNOWN means no definite answer came: nothing may be concluded before the settle time and a look-up.
    """

    DONE = "done"
    EXISTS = "exists"
    REFUSED = "refused"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class PushResult:
    """What became of one operation; ``reason`` is plain words without personal data."""

    operation_id: str
    outcome: Outcome
    remote_id: str | None = None
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Found:
    """How a target reads in the shop. ``ours`` says whether it carries our mark.

    ``document`` holds only what Regulars owns there; None where the target does not exist. ``used`` is False
    only where the shop itself says that no shopper has ever used it. ``account`` is the customer that its
    mark names, by external id; empty where it names none. That is the shop's word: there may be no such one.
    """

    target: Target
    document: Document | None
    remote_id: str | None = None
    ours: bool = False
    used: bool = True
    account: str = field(default="", compare=False)
