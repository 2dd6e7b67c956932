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

from regulars_connectors import (
    Answer,
    CheckReport,
    ClosedError,
    Finding,
    Noise,
    Severity,
    UnreachableError,
    WebPageError,
)
from regulars_mapping import RegularsError
from regulars_woocommerce._client import WooClient, code_of, one_sided, refusal, unproven
from regulars_woocommerce._diagnosis import (
    barred,
    closed,
    misplaced_api,
    noisy,
    why_unknown,
    without_woocommerce,
)
from regulars_woocommerce._documents import COMPANION, HIDDEN_LABELS

_INDEX_FIELDS: Final = "name,url,home,gmt_offset,timezone_string,namespaces"
_COMPANION_NAMESPACE: Final = "regulars/v1"
_SKEW: Final = timedelta(minutes=2)
_WRITE_REFUSED_FOR_LACK_OF_A_CODE: Final = 400


@dataclass(slots=True)
class _Look:
    """What has been seen so far; ``home`` and ``now`` are what it is compared with."""

    home: str
    now: datetime
    noise: Noise = Noise.NONE
    findings: list[Finding] = field(default_factory=list)
    facts: dict[str, Any] = field(default_factory=dict)

    def note(self, severity: Severity, subject: str, message: str, remedy: str = "") -> None:
        self.findings.append(Finding(severity, subject, message, remedy))

    def hear(self, answer: Answer) -> Answer:
        """The answer; what stood around its data is kept for the end."""
        self.noise = self.noise or answer.noise
        return answer

    def report(self) -> CheckReport:
        return CheckReport(tuple(self.findings), **self.facts)


def check(client: WooClient, *, home: str, now: Callable[[], datetime]) -> CheckReport:
    """What is right and wrong with a shop. Raises nothing for what it can name."""
    look = _Look(home, now())
    for part in (_index, _reading, _writing, _storefront):
        try:
            goes_on = part(client, look)
        except RegularsError as error:
            look.findings.append(_failure(error, at_first=part is _index))
            goes_on = False
        if not goes_on:
            break
    if look.noise:
        look.findings.append(noisy(look.noise))
    return look.report()


def _failure(error: RegularsError, *, at_first: bool) -> Finding:
    if isinstance(error, ClosedError):
        return closed(error)
    subject = "address" if at_first else "connection"
    return Finding(Severity.PROBLEM, "firewall" if isinstance(error, WebPageError) else subject, str(error))


def _index(client: WooClient, look: _Look) -> bool:
    answer = _asked_for_index(client, look)
    if isinstance(answer, Finding):
        look.findings.append(answer)
        return False
    if answer.status in {401, 403} and code_of(answer):
        _note_closed_index(look)
        return True
    index = answer.data
    if answer.status >= 400 or not isinstance(index, dict) or not isinstance(index.get("namespaces"), list):
        raise _not_wordpress(answer)
    if "wc/v3" not in index["namespaces"]:
        look.findings.append(without_woocommerce())
        return False
    look.note(Severity.OK, "address", "WooCommerce answers at this address.")
    _note_transport(client, look)
    _note_home(look, index)
    _note_clock(look, answer)
    _learn_zone(look, index)
    companion = _COMPANION_NAMESPACE in index["namespaces"]
    look.facts["capabilities"] = frozenset({COMPANION} if companion else ())
    return True


def _asked_for_index(client: WooClient, look: _Look) -> Answer | Finding:
    """The index, or what is known to be wrong where a page came instead of it."""
    try:
        answer = look.hear(client.public("/wp-json/", {"_fields": _INDEX_FIELDS}))
    except WebPageError:
        # With plain permalinks this path is the shop's first page.
        found = misplaced_api(client)
        if found is None:
            raise
        return found
    missing = answer.status == 404 and not code_of(answer)
    found = misplaced_api(client) if missing else barred(answer, "the API's index")
    return found or answer


def _note_closed_index(look: _Look) -> None:
    look.facts["zone"] = None
    look.note(
        Severity.WARNING,
        "address",
        "The shop's API is closed to visitors: its time zone, its own address and whether it has our plug-in "
        "are not known.",
        "Open /wp-json/ to visitors in the security plug-in, or see that its setting spares WooCommerce.",
    )


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
    if not isinstance(own, str) or "://" not in own:
        return
    given, look.home = look.home, own.rstrip("/")
    if look.home != given:
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
    asked: dict[str, dict[str, str | int]] = {
        "orders": {"per_page": 100, "_fields": "id,version,currency"},
        "customers": {"per_page": 1, "role": "all", "_fields": "id,meta_data"},
    }
    for path, params in asked.items():
        answer = look.hear(client.ask("GET", path, params=params))
        if answer.status >= 400:
            look.findings.append(_refused(client, look, answer, path))
            return False
        learn = _learn_from_orders if path == "orders" else _learn_of_labels
        learn(look, answer.data)
    look.note(Severity.OK, "key", "The key may read orders and customers.")
    return True


def _refused(client: WooClient, look: _Look, answer: Answer, path: str) -> Finding:
    if answer.status == 401 and code_of(answer) and not unproven(answer):
        return why_unknown(client, home=look.home)
    if found := barred(answer, path):
        return found
    error = refusal(answer, path)
    # The words of this refusal are in the shop's language; that a write succeeds is not.
    if unproven(answer) and _may_write(client):
        error = one_sided("read")
    return Finding(Severity.PROBLEM, "key", str(error))


def _learn_from_orders(look: _Look, orders: Any) -> None:
    """The version that took the newest order, and the currency that most of the newest are in."""
    newest = [order for order in orders if isinstance(order, dict)] if isinstance(orders, list) else []
    version = newest[0].get("version") if newest else None
    look.facts["version"] = version if isinstance(version, str) and 0 < len(version) <= 50 else None
    currencies = Counter(code for order in newest if (code := _code(order.get("currency"), 3)))
    look.facts["currency"] = max(currencies, key=currencies.__getitem__, default=None)


def _learn_of_labels(look: _Look, customers: Any) -> None:
    """People's metadata is shown to administrators only: a manager's key writes it and cannot see it."""
    known = customers[0] if isinstance(customers, list) and customers else None
    if not isinstance(known, dict) or "meta_data" in known:
        return
    look.facts["capabilities"] = frozenset({HIDDEN_LABELS})
    look.note(
        Severity.WARNING,
        "labels",
        "The shop does not show customers' metadata to this key, so labels cannot be kept: customers get "
        "coupons only, and our plug-in cannot give them their discount.",
        "Make the key for an administrator, under WooCommerce → Settings → Advanced → REST API.",
    )


def _writing(client: WooClient, look: _Look) -> bool:
    answer = _try_to_write(client)
    if answer.status == _WRITE_REFUSED_FOR_LACK_OF_A_CODE:
        look.note(Severity.OK, "key", "The key may write.")
    elif unproven(answer):
        # The key was taken for reading a moment ago, so that it can be no other fault.
        look.note(Severity.PROBLEM, "key", str(one_sided("write")))
    else:
        error = refusal(answer, "coupons") if answer.status >= 400 else None
        look.note(Severity.PROBLEM, "key", str(error or "The shop took a coupon without a code."))
    return True


def _try_to_write(client: WooClient) -> Answer:
    """A coupon without a code cannot be created; a key without the right to write hears that first."""
    return client.ask("POST", "coupons", json={"amount": "1"})


def _may_write(client: WooClient) -> bool:
    return _try_to_write(client).status == _WRITE_REFUSED_FOR_LACK_OF_A_CODE


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
