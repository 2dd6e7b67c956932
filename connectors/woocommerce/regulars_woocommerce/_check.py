"""Looking at a shop before it is synced: what is wrong, in words, and what it tells about itself.

Only what WooCommerce is known to answer is asked: its index, its orders, a coupon that cannot be created, and
the guest's empty cart.
"""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from regulars_connectors import Answer, CheckReport, Finding, Severity, UnreachableError
from regulars_mapping import RegularsError
from regulars_woocommerce._client import WooClient, refusal
from regulars_woocommerce._documents import COMPANION

_INDEX_FIELDS: Final = "name,url,home,gmt_offset,timezone_string,namespaces"
_COMPANION_NAMESPACE: Final = "regulars/v1"
_SKEW: Final = timedelta(minutes=2)
_WRITE_REFUSED_FOR_LACK_OF_A_CODE: Final = 400


@dataclass(slots=True)
class _Look:
    """What has been seen so far; ``home`` and ``now`` are what it is compared with."""

    home: str
    now: datetime
    findings: list[Finding] = field(default_factory=list)
    facts: dict[str, Any] = field(default_factory=dict)

    def note(self, severity: Severity, subject: str, message: str, remedy: str = "") -> None:
        self.findings.append(Finding(severity, subject, message, remedy))

    def report(self) -> CheckReport:
        return CheckReport(tuple(self.findings), **self.facts)


def check(client: WooClient, *, home: str, now: Callable[[], datetime]) -> CheckReport:
    """What is right and wrong with a shop. Raises nothing for what it can name."""
    look = _Look(home, now())
    for part in (_index, _reading, _writing, _storefront):
        try:
            goes_on = part(client, look)
        except RegularsError as error:
            subject = "address" if part is _index else "connection"
            look.note(Severity.PROBLEM, subject, str(error))
            goes_on = False
        if not goes_on:
            break
    return look.report()


def _index(client: WooClient, look: _Look) -> bool:
    answer = client.public("/wp-json/", {"_fields": _INDEX_FIELDS})
    index = answer.data
    if answer.status >= 400 or not isinstance(index, dict) or not isinstance(index.get("namespaces"), list):
        raise _not_wordpress(answer)
    if "wc/v3" not in index["namespaces"]:
        look.note(
            Severity.PROBLEM,
            "WooCommerce",
            "This WordPress site has no WooCommerce API.",
            "Check the URL, and that WooCommerce is installed and switched on.",
        )
        return False
    look.note(Severity.OK, "address", "WooCommerce answers at this address.")
    _note_transport(client, look)
    _note_home(look, index)
    _note_clock(look, answer)
    _learn_zone(look, index)
    if _COMPANION_NAMESPACE in index["namespaces"]:
        look.facts["capabilities"] = frozenset({COMPANION})
    return True


def _not_wordpress(answer: Answer) -> RegularsError:
    if answer.status >= 400:
        return refusal(answer, "the API's index")
    return UnreachableError("What answers at this address is not WordPress. Check the shop's URL.")


def _note_transport(client: WooClient, look: _Look) -> None:
    if client.url.startswith("http://"):
        look.note(
            Severity.WARNING,
            "HTTPS",
            "The shop is spoken to over plain HTTP: requests are signed, but customers' data travels open.",
            "Give the shop a certificate and its https:// address.",
        )


def _note_home(look: _Look, index: dict[str, Any]) -> None:
    own = index.get("home")
    if isinstance(own, str) and own.rstrip("/") != look.home:
        look.note(
            Severity.WARNING,
            "address",
            "The shop calls itself by another address than the one given.",
            "Give the address of Settings → General; over plain HTTP, or behind a tunnel, as home_url.",
        )


def _note_clock(look: _Look, answer: Answer) -> None:
    if answer.time is not None and abs(answer.time - look.now) > _SKEW:
        minutes = round(abs(answer.time - look.now) / timedelta(minutes=1))
        look.note(
            Severity.WARNING,
            "clock",
            f"The shop's clock and this machine's are {minutes} minutes apart.",
            "Set the wrong one by a time server; signed requests fail beyond 15 minutes.",
        )


def _learn_zone(look: _Look, index: dict[str, Any]) -> None:
    name = index.get("timezone_string")
    try:
        look.facts["zone"] = ZoneInfo(name).key if isinstance(name, str) and name else None
    except (ZoneInfoNotFoundError, ValueError, OSError):
        look.facts["zone"] = None
    if look.facts["zone"] is None:
        look.note(
            Severity.WARNING,
            "time zone",
            "The shop names no time zone, only an offset that is wrong for half the year.",
            "Choose a city under Settings → General → Timezone.",
        )


def _reading(client: WooClient, look: _Look) -> bool:
    for path in ("orders", "customers"):
        answer = client.ask("GET", path, params={"per_page": 100, "_fields": "id,version,currency"})
        if answer.status >= 400:
            look.note(Severity.PROBLEM, "key", str(refusal(answer, path)))
            return False
        if path == "orders":
            _learn_from_orders(look, answer.data)
    look.note(Severity.OK, "key", "The key may read orders and customers.")
    return True


def _learn_from_orders(look: _Look, orders: Any) -> None:
    """The version that took the newest order, and the currency that most of the newest are in."""
    newest = [order for order in orders if isinstance(order, dict)] if isinstance(orders, list) else []
    version = newest[0].get("version") if newest else None
    look.facts["version"] = version if isinstance(version, str) and 0 < len(version) <= 50 else None
    currencies = Counter(code for order in newest if (code := _code(order.get("currency"), 3)))
    look.facts["currency"] = max(currencies, key=currencies.__getitem__, default=None)


def _writing(client: WooClient, look: _Look) -> bool:
    """A coupon without a code cannot be created; a key without the right to write hears that first."""
    answer = client.ask("POST", "coupons", json={"amount": "1"})
    if answer.status == _WRITE_REFUSED_FOR_LACK_OF_A_CODE:
        look.note(Severity.OK, "key", "The key may write.")
    else:
        error = refusal(answer, "coupons") if answer.status >= 400 else None
        look.note(Severity.PROBLEM, "key", str(error or "The shop took a coupon without a code."))
    return True


def _storefront(client: WooClient, look: _Look) -> bool:
    """The empty cart of a guest names the shop's currency and the country it assumes."""
    try:
        cart = client.public("/wp-json/wc/store/v1/cart").data
    except RegularsError:
        cart = None
    totals, address = _part(cart, "totals"), _part(cart, "shipping_address")
    look.facts["country"] = _code(address.get("country"), 2)
    currency = _code(totals.get("currency_code"), 3)
    look.facts["currency"] = currency or look.facts["currency"]
    if currency is None:
        look.note(
            Severity.WARNING,
            "currency",
            "The shop's storefront API is closed: its currency was guessed from its orders, its country is "
            "not known.",
            "Set the currency and the country for this shop where they are wrong.",
        )
    return True


def _part(value: Any, key: str) -> dict[str, Any]:
    part = value.get(key) if isinstance(value, dict) else None
    return part if isinstance(part, dict) else {}


def _code(value: Any, length: int) -> str | None:
    fits = isinstance(value, str) and len(value) == length and value.isascii() and value.isalpha()
    return value.upper() if fits else None


def utc_now() -> datetime:
    """The machine's clock, aware UTC."""
    return datetime.now(UTC)
