"""The connector for Shopify (Admin GraphQL API)."""

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any, ClassVar, Final, Self

from pydantic import SecretStr

from regulars_connectors import (
    CheckReport,
    Connector,
    ConnectorConfig,
    CouponTerms,
    Cursor,
    Document,
    Found,
    HttpSession,
    Infrastructure,
    Limits,
    Mask,
    Mechanism,
    Operation,
    Page,
    Payload,
    PushResult,
    RawRecord,
    Reading,
    Scan,
    Target,
    Total,
    WebhookNotice,
    Window,
)
from regulars_mapping import CanonicalObject, Kind, MisconfiguredError
from regulars_shopify import (
    _bulk,
    _check,
    _documents,
    _erased,
    _infrastructure,
    _look,
    _profile,
    _pull,
    _push,
    _translate,
    _webhooks,
)
from regulars_shopify._address import home_of
from regulars_shopify._bulk import Bulks
from regulars_shopify._client import MOST_A_PAGE, ShopifyClient
from regulars_shopify._presented import presented
from regulars_shopify._scans import Changed
from regulars_shopify._source import attributed_later
from regulars_shopify._token import (
    ACCESS_TOKEN,
    CLIENT_ID,
    CLIENT_SECRET,
    REFRESH_TOKEN,
    TokenAuth,
    token_of,
)

_READ_BATCH: Final = 50
_PAGE_SIZE: Final = 100


def _utc_now() -> datetime:
    return datetime.now(UTC)


class ShopifyConnector(Connector):
    """A Shopify shop, by an app of the shop's own organization (client id and secret), by the access token
    of an app made in the shop's admin, or, where the config has a ``keeper``, by an app that the owner of
    somebody else's shop let in (client id, client secret and refresh token).

    Options: ``combines_with``, the shop's other discounts that stay beside ours (``order``, ``product``,
    ``shipping``, with commas; none by default); ``page_size``, the most objects asked for at once;
    ``currency``, for prices of products where the shop does not say, and for discounts of a sum, which are
    given in no other; ``bulk_from``, the number of objects from which a history comes by one of Shopify's
    bulk operations, or ``never``: by default from where pages would take some minutes.

    By pages, orders come newest first by when they were placed, customers and products oldest first by id; by
    a bulk operation by id, after one page of the other way. Refunds come on the pages and in the readings of
    their orders. CHANGES come newest first and begin some minutes before the newest one known. Without the
    scope ``read_all_orders`` there are the orders of 60 days only.
    """

    platform: ClassVar[str] = "shopify"
    credential_names: ClassVar[tuple[str, ...]] = (CLIENT_ID, CLIENT_SECRET)
    credential_alternatives: ClassVar[tuple[tuple[str, ...], ...]] = (
        (ACCESS_TOKEN,),
        (CLIENT_ID, CLIENT_SECRET, REFRESH_TOKEN),
    )
    changing_credentials: ClassVar[frozenset[str]] = frozenset({REFRESH_TOKEN})
    option_names: ClassVar[frozenset[str]] = frozenset(
        {_documents.COMBINES_OPTION, "page_size", _bulk.OPTION}
    )
    kinds: ClassVar[tuple[Kind, ...]] = _pull.PAGED_KINDS
    verifies_emails: ClassVar[bool] = True
    merges_customers: ClassVar[bool] = True
    keeps_consents: ClassVar[bool] = True
    countable: ClassVar[frozenset[Kind]] = frozenset({Kind.ORDER})
    sells_in_currencies: ClassVar[bool] = True
    may_hide_people: ClassVar[bool] = True
    completes_later: ClassVar[frozenset[Kind]] = frozenset({Kind.ORDER})
    signing_credential: ClassVar[str] = CLIENT_SECRET
    # Shopify ends a request after less than a minute; one that waits in a queue is not begun after that.
    limits: ClassVar[Limits] = Limits(
        page_size=_PAGE_SIZE, read_batch=_READ_BATCH, push_batch=_push.BATCH, settle=timedelta(minutes=2)
    )

    def __init__(
        self,
        client: ShopifyClient,
        *,
        combines_with: Sequence[str],
        currency: str,
        now: Callable[[], datetime],
        bulk_from: int | None = 0,
    ) -> None:
        self._client = client
        self._bulks = Bulks(client, least=bulk_from)
        self._combines_with = tuple(combines_with)
        self._currency = currency
        self._now = now

    @classmethod
    def open(
        cls,
        config: ConnectorConfig,
        *,
        sleep: Callable[[float], None] = time.sleep,
        clock: Callable[[], float] = time.monotonic,
        now: Callable[[], datetime] = _utc_now,
    ) -> Self:
        """A connector for the shop at ``config.url``; nothing is sent yet."""
        home = home_of(config.url)
        combines_with = _documents.combines_with(config.options.get(_documents.COMBINES_OPTION, ""))
        bulk_from = _bulk.least_of(config.options.get(_bulk.OPTION, ""))
        page_size = _page_size(config.options.get("page_size", ""))
        auth = TokenAuth()
        # One try a request: what passes is waited for here, where pages can be made smaller.
        session = HttpSession(replace(config.http, tries=1), auth=auth, sleep=sleep, clock=clock)
        client = ShopifyClient(
            home,
            session,
            auth,
            token_of(config.credentials, session, home, keeper=config.keeper, clock=clock, now=now),
            options=config.http,
            sleep=sleep,
            clock=clock,
            page_size=page_size,
        )
        currency = config.options.get("currency", "")
        return cls(client, combines_with=combines_with, currency=currency, now=now, bulk_from=bulk_from)

    def close(self) -> None:
        """Give back the HTTP session, and leave nothing of a file. Harmless twice."""
        self._bulks.close()
        self._client.close()

    def check(self) -> CheckReport:
        """Address, plan, scopes, zone, currency, country, customer accounts, API version, protected data."""
        return _check.check(self._client, now=self._now)

    def page(self, kind: Kind, scan: Scan, *, cursor: Cursor | None, window: Window | None) -> Page:
        """One page. ``window`` narrows HISTORY of orders only."""
        if scan is Scan.HISTORY and kind in self.kinds:
            return self._bulks.page(kind, cursor=cursor, window=window)
        return _pull.page(self._client, kind, scan, cursor=cursor, window=window)

    def changes_cursor(self, kind: Kind, since: datetime) -> Cursor:
        """Everything that changed at or after ``since``, and in the minutes before."""
        return Changed(kind is Kind.CUSTOMER, since).cursor()

    def read(self, kind: Kind, ids: Sequence[str]) -> Reading:
        """These objects now; orders with their refunds."""
        return _pull.read(self._client, kind, ids)

    def list_ids(self, kind: Kind, window: Window | None = None) -> Iterator[Sequence[str]]:
        """Every listed id; refunds by way of their orders. ``window`` narrows orders and their refunds."""
        return _pull.list_ids(self._client, kind, window)

    def stamps(self, kind: Kind, window: Window | None = None) -> Iterator[Mapping[str, datetime | None]]:
        """The same with change times, but for refunds: by them the day's sweep finds what CHANGES missed."""
        return _pull.stamps(self._client, kind, window)

    def totals(self, window: Window | None = None) -> Sequence[Total]:
        """The shop's own exact counts; in a window, of orders only."""
        return _pull.totals(self._client, window)

    def translate(self, record: RawRecord) -> CanonicalObject:
        """A payload as a canonical model; pure."""
        if record.kind is Kind.ORDER:
            return _translate.order(record.payload)
        if record.kind is Kind.CUSTOMER:
            return _translate.customer(record.payload)
        if record.kind is Kind.REFUND:
            return _translate.refund(record.payload)
        return _translate.product(record.payload, currency=self._currency)

    @classmethod
    def paid_in(cls, payload: Payload) -> tuple[int, str] | None:
        """The total in the currency that the buyer saw."""
        return presented(payload)

    def incomplete_since(self, kind: Kind, payload: Payload) -> datetime | None:
        """An order owes the visits that led to it until Shopify has attributed them."""
        return attributed_later(payload) if kind is Kind.ORDER else None

    def erased(self, kind: Kind, payload: Payload, mask: Mask) -> dict[str, Any]:
        """What of a payload is no person's; a product's is all of it."""
        return _erased.erased(kind, payload, mask)

    def holds(self, kind: Kind) -> str:
        """What the shop keeps of an erased person, and where its owner erases it."""
        return _erased.holds(kind)

    def mechanisms(self, capabilities: frozenset[str]) -> Sequence[Mechanism]:  # noqa: ARG002  each shop can
        """``code``: a discount code bound to the customer, and labels."""
        return _documents.mechanisms(self._combines_with, currency=self._currency)

    @classmethod
    def profile_takes(cls, name: str, capabilities: frozenset[str]) -> bool:  # noqa: ARG003  each shop has them
        """Names, phone, e-mail, language; the owner's own fields as metafields."""
        return _profile.takes(name)

    def profile_calls(self, count: int) -> int:
        """A call a customer, and one more where a field of the owner's goes."""
        return count

    def push(self, operations: Sequence[Operation]) -> Sequence[PushResult]:
        """One batch of discount codes, of labels or of profiles."""
        return _push.push(self._client, operations)

    def read_back(self, targets: Sequence[Target]) -> Sequence[Found]:
        """Discounts as checkout would find them by code, labels as their customers carry them."""
        return _look.read_back(self._client, targets)

    def coupon_terms(self, document: Document) -> CouponTerms:
        """A percentage or a sum off the order."""
        return _documents.coupon_terms(document)

    def marked(self, kind: str) -> Iterator[Sequence[Found]]:
        """Every discount with our tag, or every customer's label of ours."""
        return _look.marked(self._client, kind)

    def ensure(self, infrastructure: Infrastructure, *, dry_run: bool) -> Sequence[str]:
        """Webhooks of ours for customers, orders, refunds and products; definitions of our metafields."""
        return _infrastructure.ensure(self._client, infrastructure, dry_run=dry_run)

    def remove_webhooks(self, url: str, *, dry_run: bool) -> Sequence[str]:
        """This app's that deliver to this very address; the definitions of metafields stay."""
        return _infrastructure.remove_webhooks(self._client, url, dry_run=dry_run)

    def verify_webhook(
        self, headers: Mapping[str, str], body: bytes, secrets: Sequence[SecretStr]
    ) -> WebhookNotice:
        """The object a delivery names, signed with the app's client secret. Raises ForgedWebhookError."""
        return _webhooks.verified(headers, body, secrets, home=self._client.home)


def _page_size(option: str) -> int:
    if not option:
        return MOST_A_PAGE
    size = int(option) if option.isascii() and option.isdigit() and len(option) < 5 else 0
    if not 0 < size <= MOST_A_PAGE:
        raise MisconfiguredError(f"The shop's option page_size must be a number from 1 to {MOST_A_PAGE}.")
    return size
