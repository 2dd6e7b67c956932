"""Shops that are set up wrong, or stand behind something that is, and what has to be said of each."""

from dataclasses import dataclass, field

from regulars_connectors import CheckReport, Finding, Severity
from regulars_sandbox import ApiKey, Faults, WooCommerceShop
from woocommerce.conftest import START, a_shop, an_order

UNKNOWN = ApiKey("ck_unknown", "cs_unknown")
WRONG = ApiKey("ck_test", "cs_unknown")
READER = ApiKey("ck_reader", "cs_reader", permissions="read")
WRITER = ApiKey("ck_writer", "cs_writer", permissions="write")
CUSTOMER = ApiKey("ck_customer", "cs_customer", role="customer")


@dataclass
class Ill:
    """A shop with something wrong, the key that is tried, and what has to be said of it."""

    subject: str
    words: str
    remedy: str
    faults: Faults = field(default_factory=Faults)
    key: ApiKey = field(default_factory=lambda: ApiKey("ck_test", "cs_test"))
    site: dict[str, bool] = field(default_factory=dict)
    tls: bool = True
    options: dict[str, str] = field(default_factory=dict)
    known: bool = False


ILLS = {
    "an unknown key": Ill(
        "key", "does not know the key", "typing error", key=ApiKey("ck_unknown", "cs_test")
    ),
    "a wrong secret": Ill("key", "consumer secret is wrong", "Copy both", key=WRONG),
    "a key that only reads": Ill(
        "key",
        "may only read",
        "Read/Write",
        key=READER,
        known=True,
    ),
    "a key that only writes": Ill(
        "key",
        "may only write",
        "Read/Write",
        key=WRITER,
        known=True,
    ),
    "the key of a customer": Ill(
        "key",
        "may not see",
        "administrator or shop manager",
        key=CUSTOMER,
        known=True,
    ),
    "plain permalinks": Ill(
        "permalinks", "are plain", "Settings → Permalinks", site={"plain_permalinks": True}
    ),
    "no WooCommerce": Ill("WooCommerce", "has no WooCommerce", "switched on", site={"woocommerce": False}),
    "no WooCommerce and plain permalinks": Ill(
        "WooCommerce",
        "has no WooCommerce",
        "switched on",
        site={"woocommerce": False, "plain_permalinks": True},
    ),
    "a dropped header": Ill(
        "Authorization header", "does not reach the shop", "SetEnvIf", Faults(strip_authorization=True)
    ),
    "a dropped header over plain HTTP": Ill(
        "Authorization header",
        "does not reach the shop",
        "SetEnvIf",
        Faults(strip_authorization=True),
        tls=False,
    ),
    "a dropped header and a wrong secret": Ill(
        "Authorization header",
        "the secret is wrong",
        "Copy",
        Faults(strip_authorization=True),
        key=WRONG,
    ),
    "a dropped header and an unknown key": Ill(
        "key",
        "does not know the key",
        "typing",
        Faults(strip_authorization=True),
        key=UNKNOWN,
    ),
    "a dropped header and a customer's key": Ill(
        "Authorization header",
        "does not reach the shop",
        "SetEnvIf",
        Faults(strip_authorization=True),
        key=CUSTOMER,
        known=True,
    ),
    "HTTPS that the shop does not see": Ill(
        "HTTPS", "over HTTPS", "X-Forwarded-Proto", Faults(hide_https=True)
    ),
    "maintenance": Ill("maintenance", "for 10 minutes", ".maintenance", Faults(maintenance=True)),
    "a page that looks at browsers": Ill(
        "firewall", "web page instead", "/wp-json/", Faults(challenge_every=1)
    ),
    "an error at each request": Ill("address", "error inside the shop", "error log", Faults(crash_every=1)),
    "too many requests": Ill(
        "address", "too many requests", "again", Faults(throttle_every=1, retry_after=None)
    ),
    "answers that are cut off": Ill("address", "broke", "again", Faults(truncate_every=1)),
    "signatures for another address": Ill(
        "address",
        "takes signatures over http://",
        "home_url=http://",
        tls=False,
        options={"home_url": "http://elsewhere.example.com"},
    ),
}


def problem(report: CheckReport) -> Finding:
    (found,) = [one for one in report.findings if one.severity is Severity.PROBLEM]
    assert not report.usable
    return found


def ill_shop(ill: Ill) -> WooCommerceShop:
    shop = a_shop(orders=(an_order(1, START),))
    for name, value in ill.site.items():
        setattr(shop.site, name, value)
    if ill.known:
        shop.add_key(ill.key)
    return shop
