"""The contract every platform keeps. ``tests/connectors`` checks it for each, a third party's too."""

from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from math import ceil
from types import TracebackType
from typing import Any, ClassVar, Self

from pydantic import SecretStr

from regulars_connectors._demands import Demand
from regulars_connectors._erased import Mask, erased_unknown
from regulars_connectors._http import HttpOptions
from regulars_connectors._keeper import CredentialKeeper
from regulars_connectors._push import (
    CouponTerms,
    Document,
    Found,
    Mechanism,
    Operation,
    PushResult,
    Target,
)
from regulars_connectors._records import (
    Cursor,
    Page,
    Payload,
    RawRecord,
    Reading,
    Scan,
    Total,
    Window,
    fingerprint,
)
from regulars_mapping import CanonicalObject, Kind, PermanentError


@dataclass(frozen=True, slots=True)
class Limits:
    """What the platform allows. ``settle`` is longer than the longest time it may still work on the request
    of a client that is gone; until then an unanswered write is not touched."""

    page_size: int
    read_batch: int
    push_batch: int
    settle: timedelta


@dataclass(frozen=True, slots=True)
class ConnectorConfig:
    """Where a shop is and how to get in. ``credentials`` are named by the connector (``credential_names``);
    ``options`` are its own non-secret settings. ``keeper`` keeps credentials that change while they are used;
    without one, such credentials are refused."""

    url: str
    credentials: Mapping[str, SecretStr]
    http: HttpOptions
    options: Mapping[str, str] = field(default_factory=dict)
    keeper: CredentialKeeper | None = None


class Severity(StrEnum):
    """How much a finding matters: OK (as it should be), WARNING (works, but), PROBLEM (does not work)."""

    OK = "ok"
    WARNING = "warning"
    PROBLEM = "problem"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that ``check`` saw: what it is about, what it found, and what to do about it."""

    severity: Severity
    subject: str
    message: str
    remedy: str = ""


@dataclass(frozen=True, slots=True)
class CheckReport:
    """What ``check`` learnt. Facts that could not be learnt are None.

    ``capabilities`` are the words that mechanisms are chosen by (``companion-plugin``); of those that are
    ``undecided`` this check could not tell whether the shop has them. ``options`` are options of the shop
    under which it lets us in, where it does not under those of now.
    """

    findings: Sequence[Finding]
    zone: str | None = None
    currency: str | None = None
    country: str | None = None
    version: str | None = None
    capabilities: frozenset[str] | None = None
    undecided: frozenset[str] = frozenset()
    options: Mapping[str, str] = field(default_factory=dict)

    @property
    def usable(self) -> bool:
        """Whether the shop can be synced: no finding is a problem."""
        return all(finding.severity is not Severity.PROBLEM for finding in self.findings)


@dataclass(frozen=True, slots=True)
class Infrastructure:
    """What the machinery itself needs in a shop: webhooks to this address for these topics, signed."""

    webhook_url: str
    secret: SecretStr


@dataclass(frozen=True, slots=True)
class SeenWebhook:
    """A webhook that stands in a shop. ``status`` is the platform's word, ``active`` whether it delivers, and
    ``ours`` whether Regulars made it, here or elsewhere. ``failures`` are its failed deliveries in a row,
    None where the API does not tell."""

    topic: str
    url: str = field(repr=False)
    status: str
    active: bool
    ours: bool
    failures: int | None = None


@dataclass(frozen=True, slots=True)
class SeenWebhooks:
    """The webhooks of a shop: those looked at, how many there are in all, and what ``ensure`` would do about
    those that were wanted, in words."""

    seen: Sequence[SeenWebhook]
    total: int
    needed: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class WebhookNotice:
    """What a verified webhook says: that something about these objects may have changed. Only a read lands.

    ``ids`` is empty for a ping or an object that the platform could not find any more. ``merged`` are two
    customers of whom the platform says that it made them one: the one kept, and the one who is gone.
    ``demand`` is what the law has the platform demand: that alone is acted upon, not read.
    """

    kind: Kind | None
    ids: tuple[str, ...]
    topic: str
    merged: tuple[str, str] | None = None
    demand: Demand | None = None


class Connector(ABC):
    """One shop on one platform. Instances are cheap, hold one HTTP session, and are not shared by threads.

    A platform overrides the small hooks; the loops (``pages``, retries, pacing) stand here and in the agent.
    Every method may raise RetryError, MisconfiguredError or PermanentError; none returns a partial answer
    as if it were whole.
    """

    platform: ClassVar[str]
    credential_names: ClassVar[tuple[str, ...]]
    credential_alternatives: ClassVar[tuple[tuple[str, ...], ...]] = ()
    """Other complete sets of credentials that serve instead of ``credential_names``. Of several that are
    there the longest serves."""
    changing_credentials: ClassVar[frozenset[str]] = frozenset()
    """Those that change while they are used: ``ConnectorConfig.keeper`` keeps them."""
    option_names: ClassVar[frozenset[str]] = frozenset()
    """The options of a shop that only this platform knows."""
    kinds: ClassVar[tuple[Kind, ...]]
    """The kinds that have pages of their own, in the order in which a backfill pulls them."""
    limits: ClassVar[Limits]
    verifies_emails: ClassVar[bool] = False
    """Whether the platform says of its customers whether their e-mail was verified."""
    merges_customers: ClassVar[bool] = False
    """Whether staff can make two customers one, so that one is gone and the other has their orders."""
    keeps_consents: ClassVar[bool] = False
    """Whether the platform has a mark of its own for advertising at a customer's addresses."""
    unfiltered: ClassVar[frozenset[Kind]] = frozenset()
    """Kinds of which CHANGES shows only what is new: the platform has no change filter for them, so a
    verification walks them whole."""
    countable: ClassVar[frozenset[Kind]] = frozenset()
    """Kinds whose HISTORY, ``list_ids`` and ``count`` all heed a window of creation times, and whose HISTORY
    goes newest first: a backfill reads them by months and closes each by the shop's own count."""
    sells_in_currencies: ClassVar[bool] = False
    """Whether orders may have been paid in another currency than that of their amounts (see ``paid_in``)."""
    may_hide_people: ClassVar[bool] = False
    """Whether the platform may begin to hide names, e-mails and phones from the app."""
    completes_later: ClassVar[frozenset[Kind]] = frozenset()
    """Kinds whose objects the shop completes after a while without a new change time (see
    ``incomplete_since``)."""
    signing_credential: ClassVar[str] = ""
    """The credential that the platform signs webhooks with; '' where ``ensure`` gives it a secret."""
    webhook_ports: ClassVar[frozenset[int]] = frozenset()
    """The ports that the platform delivers webhooks to; empty for any."""
    readers: ClassVar[int] = 1
    """How many connectors at once, each in a thread of its own, may read HISTORY faster than one."""

    @classmethod
    @abstractmethod
    def open(cls, config: ConnectorConfig) -> Self:
        """A connector for one shop. Nothing is sent yet. Raises MisconfiguredError for an impossible URL
        or a missing credential."""

    @abstractmethod
    def close(self) -> None:
        """Give back the HTTP session. Harmless twice."""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    @abstractmethod
    def check(self) -> CheckReport:
        """Credentials, rights, zone, currency and limits, in words. Raises nothing for what it can name."""

    def pages(
        self, kind: Kind, scan: Scan, *, cursor: Cursor | None = None, window: Window | None = None
    ) -> Iterator[Page]:
        """The pages of a resource from ``cursor`` on, to the end.

        A page's cursor may be kept and given back later, also after a crash. Raises PermanentError when the
        shop leads in a circle (the next cursor equals the last).
        """
        while True:
            page = self.page(kind, scan, cursor=cursor, window=window)
            if page.cursor is not None and page.cursor == cursor:
                raise PermanentError(
                    f"{self.platform}: the shop answers the same page of {kind}s again and again; "
                    "nothing was skipped. Check plug-ins that change the shop's API."
                )
            yield page
            if page.cursor is None:
                return
            cursor = page.cursor

    @abstractmethod
    def page(self, kind: Kind, scan: Scan, *, cursor: Cursor | None, window: Window | None) -> Page:
        """One page. Hook of ``pages``."""

    @abstractmethod
    def changes_cursor(self, kind: Kind, since: datetime) -> Cursor:
        """The cursor from which CHANGES covers everything that changed at or after ``since``."""

    @abstractmethod
    def read(self, kind: Kind, ids: Sequence[str]) -> Reading:
        """These objects as they are now. At most ``limits.read_batch`` ids. An id is in ``gone`` only when
        the shop itself said that it does not exist; an empty list alone is no such word."""

    @abstractmethod
    def list_ids(self, kind: Kind, window: Window | None = None) -> Iterator[Sequence[str]]:
        """Every id the shop lists of a kind, in batches: the basis of a sweep."""

    def stamps(self, kind: Kind, window: Window | None = None) -> Iterator[Mapping[str, datetime | None]]:
        """The ids of ``list_ids``, each with its object's change time (aware UTC) as the list tells it, None
        where it does not: by it a sweep finds what CHANGES missed. As many requests as ``list_ids``."""
        for batch in self.list_ids(kind, window):
            yield dict.fromkeys(batch)

    @abstractmethod
    def totals(self, window: Window | None = None) -> Sequence[Total]:
        """What the shop itself says it holds."""

    def count(self, kind: Kind, window: Window | None = None) -> int | None:
        """How many objects of a kind the shop says it holds in a window; None where it gives no exact word.
        Costs as many requests as ``totals``, unless overridden."""
        return next((total.count for total in self.totals(window) if total.kind is kind), None)

    def oldest(self, kind: Kind) -> datetime | None:  # noqa: ARG002  of no use to those that do not know
        """The creation time of the oldest object of a countable kind, aware UTC; None where the shop does not
        tell at once. A hint for choosing windows: nothing is left out for being older."""
        return None

    @abstractmethod
    def translate(self, record: RawRecord) -> CanonicalObject:
        """A payload as a canonical model. Pure. Raises UnmappableError with the field's path, or SkipError
        for an object that is no business of the customer base."""

    @classmethod
    def paid_in(cls, payload: Payload) -> tuple[int, str] | None:  # noqa: ARG003  none by default
        """What the buyer of an order was asked to pay (minor units) in which currency, where that is another
        than the order's own; None where it is not. Pure."""
        return None

    def incomplete_since(self, kind: Kind, payload: Payload) -> datetime | None:  # noqa: ARG002  none by default
        """Since when (aware UTC) the shop has owed a part of this object that it will add without a new
        change time; None where it owes nothing. Pure. Asked of ``completes_later`` only."""
        return None

    def digest(self, kind: Kind, payload: Payload) -> bytes:  # noqa: ARG002  no kind changes by itself here
        """The digest that the record of this payload has: of a page, or of one that ``erased`` made."""
        return fingerprint(payload)

    def erased(self, kind: Kind, payload: Payload, mask: Mask) -> dict[str, Any]:  # noqa: ARG002  every kind alike
        """A payload of the same form with nothing personal in it, by a white list. Pure and idempotent.

        What ``translate`` makes of it differs in personal fields only, so that every sum stays: ids, times,
        amounts, statuses and goods are as they were; addresses are the mask's. An object that reads the same
        again is the same again once erased.

        A platform that does not say what is personal there keeps what no field of a person's could be: ids,
        times and numbers, of the names that every platform has for them. That is safe and may lose sums;
        ``tests/connectors`` asks for more.
        """
        return erased_unknown(payload, mask)

    def holds(self, kind: Kind) -> str:
        """What the shop itself still keeps of an erased person in its objects of a kind, and how its owner
        erases it there: a sentence. '' for a kind that holds nothing of people."""
        if kind is Kind.PRODUCT:
            return ""
        return (
            f"The shop ({self.platform}) keeps its own {kind}s with what they say of the person: erase them "
            "there by its own means."
        )

    @abstractmethod
    def mechanisms(self, capabilities: frozenset[str]) -> Sequence[Mechanism]:
        """The ways to bring an offer into this shop, cheapest first."""

    @classmethod
    def profile_takes(cls, name: str, capabilities: frozenset[str]) -> bool:  # noqa: ARG003  none by default
        """Whether customers of a shop of these capabilities have this field, so that it can be written and
        read back: ``given_name``, ``family_name``, ``phone``, ``email``, ``language``, or
        ``property:<the shop's own name for it>``. Targets of kind ``profile`` hold such fields as texts,
        empty where there is none. Pure."""
        return False

    def profile_calls(self, count: int) -> int:
        """Writing requests needed for so many profiles. Pure."""
        return ceil(count / self.limits.push_batch)

    @abstractmethod
    def push(self, operations: Sequence[Operation]) -> Sequence[PushResult]:
        """Write, in the platform's own batches; one result an operation, in order. At most
        ``limits.push_batch`` operations of one target kind. Never repeats a write by itself: a lost answer
        is UNKNOWN. Raises nothing for what concerns one operation only."""

    @abstractmethod
    def read_back(self, targets: Sequence[Target]) -> Sequence[Found]:
        """How these targets read in the shop now, in order; by reading them, never by change times. Of a
        target with a ``remote_id``, that object, if it is there under that key, and no other. Raises
        HiddenTargetsError for a kind that the shop does not show to our key."""

    def coupon_terms(self, document: Document) -> CouponTerms:  # noqa: ARG002  of no use here
        """What the coupon of a document gives, for people to read. Pure. Nothing is said where a platform
        does not say it."""
        return CouponTerms()

    @abstractmethod
    def marked(self, kind: str) -> Iterator[Sequence[Found]]:
        """Every target of a kind that carries our mark, in batches: what a sweep for strays looks at. Each
        object of a key that several share; each with its ``remote_id``."""

    @abstractmethod
    def ensure(self, infrastructure: Infrastructure, *, dry_run: bool) -> Sequence[str]:
        """Make what the machinery needs; what was (or would be) done, in words. Idempotent."""

    @abstractmethod
    def remove_webhooks(self, url: str, *, dry_run: bool) -> Sequence[str]:
        """Take away our webhooks at this address, and nobody else's; what was (or would be) done, in words.
        Idempotent."""

    def webhooks(self, wanted: Infrastructure | None = None) -> SeenWebhooks | None:  # noqa: ARG002  of no use here
        """The webhooks in the shop, held against those that are ``wanted`` there, in one request; None where
        the platform does not show them."""
        return None

    @abstractmethod
    def verify_webhook(
        self, headers: Mapping[str, str], body: bytes, secrets: Sequence[SecretStr]
    ) -> WebhookNotice:
        """What a webhook says, once its signature over the raw body holds under one of ``secrets`` (two
        during rotation). Constant time. Raises PermanentError for a forgery."""
