"""Looking at a shop before it is synced: what is wrong, in words, and what it tells about itself."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from regulars_connectors import CheckReport, Finding, Severity
from regulars_mapping import HIDDEN_PEOPLE, RECENT_ORDERS, RegularsError
from regulars_shopify._client import VERSION, Reply, ShopifyClient, part
from regulars_shopify._refusals import DeniedError

REQUIRED: Final[Mapping[str, str]] = {
    "read_customers": "read customers",
    "read_orders": "read orders",
    "read_products": "read products, and tell which product an order's line was",
    "write_customers": "write customers' metafields",
    "write_discounts": "write discount codes",
}
_SKEW: Final = timedelta(minutes=2)
_PEOPLE_REMEDY: Final = (
    "Ask Shopify for access to protected customer data, also to names, addresses, phones and e-mails, in the "
    "app's API access settings."
)


@dataclass(slots=True)
class _Look:
    """What has been seen so far."""

    now: datetime
    findings: list[Finding] = field(default_factory=list)
    facts: dict[str, Any] = field(default_factory=dict)

    def note(self, severity: Severity, subject: str, message: str, remedy: str = "") -> None:
        self.findings.append(Finding(severity, subject, message, remedy))

    def report(self) -> CheckReport:
        return CheckReport(tuple(self.findings), **self.facts)


def check(client: ShopifyClient, *, now: Callable[[], datetime]) -> CheckReport:
    """What is right and wrong with a shop. Raises nothing for what it can name."""
    look = _Look(now())
    try:
        probe = client.ask("shop_probe")
        _note_shop(look, probe)
        client.learn_scopes(probe.data.get("currentAppInstallation"))
        if _note_scopes(look, client.scopes()):
            _note_people(look, client)
    except RegularsError as error:
        look.note(Severity.PROBLEM, "connection", str(error))
    return look.report()


def _note_shop(look: _Look, probe: Reply) -> None:
    shop = probe.data.get("shop")
    plan = part(part(shop, "plan"), "publicDisplayName")
    said = f" (plan {plan})" if isinstance(plan, str) and len(plan) < 60 else ""
    look.note(Severity.OK, "address", f"Shopify answers for this shop{said}.")
    look.facts["zone"] = _zone(part(shop, "ianaTimezone"))
    look.facts["currency"] = _code(part(shop, "currencyCode"), 3)
    look.facts["country"] = _code(part(part(shop, "shopAddress"), "countryCodeV2"), 2)
    if look.facts["zone"] is None:
        look.note(
            Severity.WARNING,
            "time zone",
            "The shop's time zone is not known here.",
            "Choose a city under Settings → General in the shop.",
        )
    _note_accounts(look, part(part(shop, "customerAccountsV2"), "customerAccountsVersion"))
    _note_version(look, probe)
    _note_clock(look, probe)


def _note_accounts(look: _Look, version: Any) -> None:
    if version == "CLASSIC":
        look.note(
            Severity.WARNING,
            "customer accounts",
            "The shop uses legacy customer accounts, which Shopify is going to end.",
            "Switch to customer accounts under Settings → Customer accounts; codes work either way.",
        )


def _note_version(look: _Look, probe: Reply) -> None:
    version = probe.version or VERSION
    look.facts["version"] = version if len(version) < 20 else None
    listed = probe.data.get("publicApiVersions")
    known = (
        {part(one, "handle"): part(one, "supported") for one in listed} if isinstance(listed, list) else {}
    )
    if version != VERSION or known.get(VERSION) is False:
        look.note(
            Severity.WARNING,
            "version",
            f"Shopify does not serve version {VERSION} of its API any more and answers by another.",
            "Update Regulars.",
        )


def _note_clock(look: _Look, probe: Reply) -> None:
    if probe.time is not None and abs(probe.time - look.now) > _SKEW:
        minutes = round(abs(probe.time - look.now) / timedelta(minutes=1))
        look.note(
            Severity.WARNING,
            "clock",
            f"Shopify's clock and this machine's are {minutes} minutes apart.",
            "Set this machine's clock by a time server.",
        )


def _note_scopes(look: _Look, scopes: frozenset[str]) -> bool:
    """Whether customers may be looked at."""
    missing = [scope for scope in REQUIRED if scope not in scopes]
    for scope in missing:
        look.note(
            Severity.PROBLEM,
            "scopes",
            f"The app may not {REQUIRED[scope]}: it lacks the scope {scope}.",
            f"Grant the app {scope} and install it again.",
        )
    if not missing:
        look.note(Severity.OK, "scopes", "The app may read customers and orders, and write discounts.")
    cut = "read_orders" in scopes and "read_all_orders" not in scopes
    look.facts["capabilities"] = frozenset({RECENT_ORDERS} if cut else ())
    if cut:
        look.note(
            Severity.WARNING,
            "history",
            "Shopify shows this app the orders of the last 60 days only, and says nothing of older ones: "
            "what people have spent before is known as one total that the shop declares.",
            "Ask Shopify for the scope read_all_orders in the app's API access settings.",
        )
    return "read_customers" in scopes


def _note_people(look: _Look, client: ShopifyClient) -> None:
    try:
        people = part(client.ask("people_probe").data.get("customers"), "nodes")
    except DeniedError:
        message = "Shopify does not let this app see who the customers are."
        look.note(Severity.PROBLEM, "protected data", message, _PEOPLE_REMEDY)
        return
    seen = people if isinstance(people, list) else []
    if seen and not any(_is_named(person) for person in seen):
        look.facts["capabilities"] |= {HIDDEN_PEOPLE}
        look.note(
            Severity.WARNING,
            "protected data",
            "The newest customers come without any name, e-mail or phone: Shopify seems to hide them from "
            "this app. People cannot be recognized.",
            _PEOPLE_REMEDY,
        )


def _is_named(person: Any) -> bool:
    return any(
        part(person, name) for name in ("firstName", "lastName", "defaultEmailAddress", "defaultPhoneNumber")
    )


def _zone(name: Any) -> str | None:
    try:
        return ZoneInfo(name).key if isinstance(name, str) and name else None
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return None


def _code(value: Any, length: int) -> str | None:
    fits = isinstance(value, str) and len(value) == length and value.isascii() and value.isalpha()
    return value.upper() if fits else None
