"""Looking at a shop before it is synced: what is wrong, in words, and what it tells about itself.

Only what WooCommerce is known to answer is asked: its index, its orders, a coupon that cannot be created, and
the guest's empty cart.
"""

from collections import Counter
from collections.abc import Callable, Mapping
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
    TooSlowError,
    UnreachableError,
    WebPageError,
)
from regulars_mapping import Kind, RegularsError
from regulars_woocommerce._client import NO_ROUTE, WooClient, code_of, one_sided, refusal, unproven
from regulars_woocommerce._diagnosis import (
    HOME_OPTION,
    Diagnosis,
    barred,
    closed,
    misplaced_api,
    noisy,
    why_unknown,
    why_unsigned,
    without_woocommerce,
)
from regulars_woocommerce._documents import COMPANION, COMPANION_TERMS, HIDDEN_LABELS
from regulars_woocommerce._labels import TERMS
from regulars_woocommerce._records import PATHS
from regulars_woocommerce._reviews import LEAST_REVIEWS, REVIEWS_CLOSED, REVIEWS_REMEDY, reviews_closed

_INDEX_FIELDS: Final = "name,url,home,gmt_offset,timezone_string,namespaces"
_COMPANION_NAMESPACE: Final = "regulars/v1"
_SKEW: Final = timedelta(minutes=2)
_LONGEST_SHOWN: Final = 200
_WRITE_REFUSED_FOR_LACK_OF_A_CODE: Final = 400


@dataclass(slots=True)
class _Look:
    """What has been seen so far; ``home`` and ``now`` are what it is compared with. Capabilities are
    undecided until they were looked for."""

    home: str
    now: datetime
    noise: Noise = Noise.NONE
    capabilities: set[str] = field(default_factory=set)
    undecided: set[str] = field(default_factory=lambda: {COMPANION, COMPANION_TERMS, HIDDEN_LABELS})
    options: Mapping[str, str] = field(default_factory=dict)
    findings: list[Finding] = field(default_factory=list)
    facts: dict[str, Any] = field(default_factory=dict)

    def note(self, severity: Severity, subject: str, message: str, remedy: str = "") -> None:
        self.findings.append(Finding(severity, subject, message, remedy))

    def hear(self, answer: Answer) -> Answer:
        """The answer; what stood around its data is kept for the end."""
        self.noise = self.noise or answer.noise
        return answer

    def decide(self, capability: str, *, there: bool) -> None:
        """Whether the shop has a capability: it was seen, or it was seen that it is not there."""
        self.undecided.discard(capability)
        if there:
            self.capabilities.add(capability)

    def report(self) -> CheckReport:
        return CheckReport(
            tuple(self.findings),
            capabilities=frozenset(self.capabilities),
            undecided=frozenset(self.undecided),
            options=self.options,
            **self.facts,
        )


def check(client: WooClient, *, home: str, now: Callable[[], datetime]) -> CheckReport:
    """What is right and wrong with a shop. Raises nothing for what it can name."""
    look = _Look(home, now())
    for part in (_index, _reading, _reviews, _writing, _storefront):
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
    if isinstance(error, TooSlowError):
        return Finding(Severity.PROBLEM, "slow", str(error))
    subject = "address" if at_first else "connection"
    # Whoever checks by hand is not asked again by itself.
    said = str(error).replace("It will be asked again.", "Try again in a minute.")
    return Finding(Severity.PROBLEM, "firewall" if isinstance(error, WebPageError) else subject, said)


def _index(client: WooClient, look: _Look) -> bool:
    answer = _asked_for_index(client, look)
    if isinstance(answer, Finding):
        look.findings.append(answer)
        return False
    if answer.status in {401, 403} and code_of(answer):
        _note_closed_index(client, look)
        return True
    index = answer.data
    if answer.status >= 400 or not isinstance(index, dict) or not isinstance(index.get("namespaces"), list):
        raise _not_wordpress(answer)
    if "wc/v3" not in index["namespaces"]:
        look.findings.append(without_woocommerce())
        return False
    look.note(Severity.OK, "address", "WooCommerce answers at this address.")
    _note_transport(client, look)
    _note_home(client, look, index)
    _note_clock(look, answer)
    _learn_zone(look, index)
    if _COMPANION_NAMESPACE in index["namespaces"]:
        look.decide(COMPANION, there=True)
        _look_for_companion(client, look)
    else:
        _decide_companion(look, there=False, labels=())
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


def _note_closed_index(client: WooClient, look: _Look) -> None:
    look.facts["zone"] = None
    _look_for_companion(client, look)
    whether = " and whether it has our plug-in" if COMPANION in look.undecided else ""
    look.note(
        Severity.WARNING,
        "address",
        f"The shop's API is closed to visitors: its time zone, its own address{whether} are not known.",
        "Open /wp-json/ to visitors in the security plug-in, or see that its setting spares WooCommerce.",
    )


def _look_for_companion(client: WooClient, look: _Look) -> None:
    """What the index does not tell, the plug-in's own word may: it is open to everybody."""
    try:
        answer = client.public(f"/wp-json/{_COMPANION_NAMESPACE}/status", {"_fields": "version,labels"})
    except RegularsError:
        return
    there = answer.status == 200 and isinstance(answer.data, dict) and "version" in answer.data
    if there or code_of(answer) == NO_ROUTE:
        _decide_companion(look, there=there, labels=answer.data.get("labels") if there else ())


def _decide_companion(look: _Look, *, there: bool, labels: Any) -> None:
    knows = isinstance(labels, list) and TERMS in labels
    look.decide(COMPANION, there=there)
    look.decide(COMPANION_TERMS, there=there and knows)
    if there and not knows:
        look.note(
            Severity.WARNING,
            "plug-in",
            "The Regulars plug-in in the shop is an older one: it knows percentages on everything only. "
            "Sums, chosen goods and smallest orders are given by coupons.",
            "Install the newer one (regulars shop plugin).",
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


def _note_home(client: WooClient, look: _Look, index: dict[str, Any]) -> None:
    own = index.get("home")
    if not isinstance(own, str) or "://" not in own:
        return
    given, look.home = look.home, own.rstrip("/")
    # A shop behind a proxy that ends HTTPS is told from the URL by its scheme alone, on purpose.
    if look.home in {given, client.url} or (given != client.url and _place(given) == _place(look.home)):
        return
    # Called over plain HTTP, a shop signs with that scheme whatever it calls itself.
    scheme = "http" if client.url.startswith("http://") else "https"
    look.note(
        Severity.WARNING,
        "address",
        f"The shop calls itself {_shown(look.home)}, by another address than the one given.",
        "Give that address (Settings → General). Where the shop is reached through a tunnel or a proxy, add "
        f"--option {HOME_OPTION}={scheme}://{_shown(_place(look.home))}",
    )


def _place(url: str) -> str:
    return url.partition("://")[2]


def _shown(text: str) -> str:
    return "".join(sign for sign in text[:_LONGEST_SHOWN] if sign.isprintable())


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
            found = _refused(client, look, answer, path)
            look.findings.append(found.finding)
            look.options = found.options
            return False
        learn = _learn_from_orders if path == "orders" else _learn_of_labels
        learn(look, answer.data)
    look.note(Severity.OK, "key", "The key may read orders and customers.")
    _note_way(client, look)
    return True


def _note_way(client: WooClient, look: _Look) -> None:
    if client.in_query:
        look.note(
            Severity.OK,
            "Authorization header",
            "It is not used: each request is signed in its address (option auth=query).",
        )


def _refused(client: WooClient, look: _Look, answer: Answer, path: str) -> Diagnosis:
    if answer.status == 401 and code_of(answer) and not unproven(answer):
        return why_unknown(client, home=look.home)
    if found := barred(answer, path):
        return Diagnosis(found)
    if unproven(answer) and (unsigned := why_unsigned(client, answer, home=look.home)):
        return unsigned
    error = refusal(answer, path)
    # The words of this refusal are in the shop's language; that a write succeeds is not.
    if unproven(answer) and _may_write(client):
        error = one_sided("read")
    return Diagnosis(Finding(Severity.PROBLEM, "key", str(error)))


def _reviews(client: WooClient, look: _Look) -> bool:
    """Whether the key may read reviews too; all else does without them."""
    if reviews_closed(look.hear(client.ask("GET", PATHS[Kind.REVIEW], params=LEAST_REVIEWS))):
        look.note(Severity.WARNING, "reviews", REVIEWS_CLOSED, REVIEWS_REMEDY)
    return True


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
    if not isinstance(known, dict):
        return
    look.decide(HIDDEN_LABELS, there="meta_data" not in known)
    if HIDDEN_LABELS not in look.capabilities:
        return
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
    return client.ask("POST", "coupons", json={"amount": "1"}, safe=True)


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
