"""The connector for WooCommerce (REST API v3)."""

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, ClassVar, Final, Self
from urllib.parse import urlsplit

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
    SeenWebhooks,
    Target,
    Total,
    WebhookNotice,
    Window,
)
from regulars_mapping import CanonicalObject, Kind, MisconfiguredError
from regulars_woocommerce import _check, _documents, _erased, _profile, _pull, _push, _translate, _webhooks
from regulars_woocommerce._auth import BasicAuth, KeyAuth, SignedAuth
from regulars_woocommerce._client import PAGE_SIZE, WooClient
from regulars_woocommerce._diagnosis import AUTH_OPTION, IN_QUERY
from regulars_woocommerce._look import Look, marked
from regulars_woocommerce._records import digest_of

_KEY: Final = "consumer_key"
_SECRET: Final = "consumer_secret"  # noqa: S105  the name of a credential, not one
_API_PATH: Final = "/wp-json"
_IN_HEADER: Final = "header"
_DEFAULT_PORTS: Final = {"http": 80, "https": 443}


class WooCommerceConnector(Connector):
    """A WooCommerce shop, by a REST API key with the right to read and write.

    Options: ``home_url``, the shop's own address where it differs from the URL (signatures are over it);
    ``auth``, ``query`` where the Authorization header does not reach the shop: every request is then signed
    in its query, which shows the key's name and a signature that counts once, never the secret; ``currency``,
    the shop's currency, for prices of products and refunds read alone.

    Orders come newest first, all else oldest first. Refunds come on the pages and in the readings of their
    orders. CHANGES of customers and reviews are new ones only: the shop has no filter for changed profiles,
    which webhooks and sweeps find, nor for moderated reviews. CHANGES of orders go through the trash too;
    HISTORY and the lists of ids leave it out. A shop without reviews, or without their route, has none.
    """

    platform: ClassVar[str] = "woocommerce"
    credential_names: ClassVar[tuple[str, ...]] = (_KEY, _SECRET)
    option_names: ClassVar[frozenset[str]] = frozenset({AUTH_OPTION, "home_url"})
    kinds: ClassVar[tuple[Kind, ...]] = _pull.PAGED_KINDS
    # PHP goes on with a request whose client is gone until its time limit, and a worker may queue before.
    limits: ClassVar[Limits] = Limits(
        page_size=PAGE_SIZE, read_batch=PAGE_SIZE, push_batch=PAGE_SIZE, settle=timedelta(minutes=5)
    )
    unfiltered: ClassVar[frozenset[Kind]] = frozenset({Kind.CUSTOMER, Kind.REVIEW})
    countable: ClassVar[frozenset[Kind]] = frozenset({Kind.ORDER})
    # A third gains nothing: a shop answers as many at once as its server has processors, two as a rule.
    # At any other port WordPress refuses to deliver, after it has said that the webhook is active.
    webhook_ports: ClassVar[frozenset[int]] = frozenset({80, 443, 8080})
    readers: ClassVar[int] = 2

    def __init__(self, client: WooClient, *, home: str, currency: str, now: Callable[[], datetime]) -> None:
        self._client = client
        self._look = Look(client)
        self._home = home
        self._currency = currency
        self._now = now

    @classmethod
    def open(
        cls,
        config: ConnectorConfig,
        *,
        sleep: Callable[[float], None] = time.sleep,
        now: Callable[[], datetime] = _check.utc_now,
    ) -> Self:
        """A connector for the shop at ``config.url``; nothing is sent yet."""
        url = home_of(config.url)
        home = home_of(config.options.get("home_url") or url)
        session = HttpSession(config.http, auth=_auth(config, url, home), sleep=sleep)
        return cls(WooClient(url, session), home=home, currency=config.options.get("currency", ""), now=now)

    def close(self) -> None:
        """Give back the HTTP session. Harmless twice."""
        self._client.close()

    def check(self) -> CheckReport:
        """Address, key, rights, zone, currency, country, version, clocks. At most seven requests to a shop
        that answers each."""
        return _check.check(self._client, home=self._home, now=self._now)

    def page(self, kind: Kind, scan: Scan, *, cursor: Cursor | None, window: Window | None) -> Page:
        """One page of a hundred. ``window`` narrows HISTORY of orders only."""
        return _pull.page(self._client, kind, scan, cursor=cursor, window=window)

    def changes_cursor(self, kind: Kind, since: datetime) -> Cursor:
        """For customers and reviews: all that is new at or after ``since``; else everything changed then."""
        return _pull.changes_cursor(kind, since)

    def read(self, kind: Kind, ids: Sequence[str]) -> Reading:
        """These objects now; orders with their refunds, trashed ones with their status."""
        return _pull.read(self._client, kind, ids)

    def list_ids(self, kind: Kind, window: Window | None = None) -> Iterator[Sequence[str]]:
        """Every listed id, ascending; not those in the trash. ``window`` narrows orders only."""
        return map(list, self.stamps(kind, window))

    def stamps(self, kind: Kind, window: Window | None = None) -> Iterator[Mapping[str, datetime | None]]:
        """The same with the change times of orders and products."""
        return _pull.stamps(self._client, kind, window)

    def totals(self, window: Window | None = None) -> Sequence[Total]:
        """The shop's own counts, unfinished carts among the orders; in a window, of orders only."""
        return _pull.totals(self._client, window)

    def count(self, kind: Kind, window: Window | None = None) -> int | None:
        """The shop's own count of a kind, in one request; of refunds without a window only."""
        return None if kind is Kind.REFUND and window else _pull.count(self._client, kind, window)

    def oldest(self, kind: Kind) -> datetime | None:
        """When the oldest order was placed, in one request."""
        return _pull.oldest(self._client) if kind is Kind.ORDER else None

    def translate(self, record: RawRecord) -> CanonicalObject:
        """A payload as a canonical model; pure. SkipError for an unfinished cart."""
        if record.kind is Kind.ORDER:
            return _translate.order(record.payload)
        if record.kind is Kind.CUSTOMER:
            return _translate.customer(record.payload)
        if record.kind is Kind.REFUND:
            return _translate.refund(record.payload, currency=self._currency)
        if record.kind is Kind.REVIEW:
            return _translate.review(record.payload)
        return _translate.product(record.payload, currency=self._currency)

    def digest(self, kind: Kind, payload: Payload) -> bytes:
        """The digest that the record of this payload has."""
        return digest_of(kind, payload)

    def erased(self, kind: Kind, payload: Payload, mask: Mask) -> dict[str, Any]:
        """What of a payload is no person's; a product's is all of it."""
        return _erased.erased(kind, payload, mask)

    def holds(self, kind: Kind) -> str:
        """What the shop keeps of an erased person, and where its owner erases it."""
        return _erased.holds(kind)

    def mechanisms(self, capabilities: frozenset[str]) -> Sequence[Mechanism]:
        """``companion`` (labels alone) where its plug-in is, then ``coupons`` (coupon and label)."""
        return _documents.mechanisms(capabilities, currency=self._currency)

    @classmethod
    def profile_takes(cls, name: str, capabilities: frozenset[str]) -> bool:
        """Names, phone, e-mail; the owner's own fields as metadata, where the shop shows our key that."""
        return _profile.takes(name, hidden=_documents.HIDDEN_LABELS in capabilities)

    def push(self, operations: Sequence[Operation]) -> Sequence[PushResult]:
        """One batch of coupons, of labels or of profiles."""
        return _push.push(self._client, operations)

    def read_back(self, targets: Sequence[Target]) -> Sequence[Found]:
        """Coupons as checkout would find them by code, labels as their customers carry them."""
        return self._look.read_back(targets)

    def coupon_terms(self, document: Document) -> CouponTerms:
        """By its kind and amount; a sum is off the whole cart."""
        return _documents.coupon_terms(document, currency=self._currency)

    def marked(self, kind: str) -> Iterator[Sequence[Found]]:
        """Every published coupon, or every customer's label, of ours."""
        return marked(self._client, kind)

    def ensure(self, infrastructure: Infrastructure, *, dry_run: bool) -> Sequence[str]:
        """Active webhooks of ours for customers, orders and products."""
        return _webhooks.ensure(self._client, infrastructure, dry_run=dry_run)

    def remove_webhooks(self, url: str, *, dry_run: bool) -> Sequence[str]:
        """Those that deliver to this very address."""
        return _webhooks.remove(self._client, url, dry_run=dry_run)

    def webhooks(self, wanted: Infrastructure | None = None) -> SeenWebhooks | None:
        """The hundred newest, in one request. The API tells no count of failures."""
        return _webhooks.seen(self._client, wanted)

    def verify_webhook(
        self, headers: Mapping[str, str], body: bytes, secrets: Sequence[SecretStr]
    ) -> WebhookNotice:
        """The object a signed delivery names; a ping names none. Raises ForgedWebhookError."""
        return _webhooks.verified(headers, body, secrets)


def home_of(url: str) -> str:
    """A shop's home without a default port, trailing slash or API path.

    Raises MisconfiguredError for an impossible URL.
    """
    try:
        parts = urlsplit(url.strip())
        host, port = parts.hostname, parts.port
    except ValueError:
        host, port, parts = None, None, urlsplit("")
    if parts.scheme not in {"http", "https"} or not host or parts.username or parts.query or parts.fragment:
        raise MisconfiguredError(
            "The shop's URL must be its plain address, such as https://shop.example.com, without a name, a "
            "password or a question mark."
        )
    path = parts.path.partition(_API_PATH)[0].rstrip("/")
    shown = f"[{host}]" if ":" in host else host
    ending = "" if port in {None, _DEFAULT_PORTS[parts.scheme]} else f":{port}"
    return f"{parts.scheme}://{shown}{ending}{path}"


def _auth(config: ConnectorConfig, url: str, home: str) -> KeyAuth:
    key, secret = (_credential(config, name) for name in (_KEY, _SECRET))
    way = config.options.get(AUTH_OPTION) or _IN_HEADER
    if way not in {_IN_HEADER, IN_QUERY}:
        raise MisconfiguredError(
            f"The option {AUTH_OPTION} is {_IN_HEADER} or, where the Authorization header does not reach the "
            f"shop, {IN_QUERY}."
        )
    signed = SignedAuth(key, secret, called=url, home=home)
    if way == IN_QUERY:
        return signed.in_query(called=url, home=home)
    return BasicAuth(key, secret) if url.startswith("https://") else signed


def _credential(config: ConnectorConfig, name: str) -> str:
    value = config.credentials[name].get_secret_value().strip() if name in config.credentials else ""
    if not value:
        raise MisconfiguredError(
            f"The shop's {name} is missing. Make a key under WooCommerce → Settings → Advanced → REST API."
        )
    return value
