"""The two sandbox shops of a demo, processes of their own, with keys that exist only for this run."""

import json
import os
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, time
from typing import Any

from regulars_cli._demo_children import Child, Children

MARKET, BOUTIQUE = "market", "boutique"
NAMES = (MARKET, BOUTIQUE)
REGULAR = ("Anna", "Kovalenko", "anna@example.com")
"""Somebody who has registered and bought in the boutique."""
NEWCOMER = ("Ivan", "Melnyk", "ivan@example.com")
"""Somebody who has registered in both shops and bought in none."""


@dataclass(frozen=True, slots=True)
class Sandbox:
    """A running storefront double and what opens it. ``options`` are the shop's in Regulars."""

    name: str
    platform: str
    url: str
    certificate: str
    credentials: Mapping[str, str] = field(repr=False)
    options: Mapping[str, str]
    customers: int
    orders: int


def start_sandboxes(children: Children, *, customers: int, seed: int, now: datetime) -> list[Sandbox]:
    """A WooCommerce double and a Shopify double over HTTPS; some people are in both.

    Their histories end with the last midnight (UTC) before ``now``: all demos of a day are alike.
    """
    midnight = datetime.combine(now.astimezone(UTC), time(), UTC).isoformat()
    size, beside = str(customers), str(max(customers * 2 // 3, 1))
    key, secret, token = (f"{kind}_{secrets.token_hex(20)}" for kind in ("ck", "cs", "shpat"))
    market = ["woocommerce", "--customers", size, "--seed", str(seed), "--now", midnight]
    boutique = ["shopify", "--customers", beside, "--seed", str(seed + 1), "--now", midnight]
    boutique += ["--plan", "plus", "--beside-seed", str(seed), "--beside-customers", size]
    newcomer = ["--newcomer", _written(NEWCOMER)]
    boutique += ["--regular", _written(REGULAR)]
    # Both are started before either is waited for.
    first = _start(children, MARKET, market + newcomer, {"KEY": key, "SECRET": secret})
    second = _start(children, BOUTIQUE, boutique + newcomer, {"TOKEN": token})
    keys = {"consumer_key": key, "consumer_secret": secret}
    return [
        # The owner's word: this shop lets nobody in under an address that it did not check.
        _opened(first, "woocommerce", keys, {"checks_emails": "yes"}),
        _opened(second, "shopify", {"access_token": token}, {}),
    ]


def _written(person: tuple[str, str, str]) -> str:
    given, family, email = person
    return f"{given} {family} <{email}>"


def _start(children: Children, name: str, arguments: Sequence[str], keys: Mapping[str, str]) -> Child:
    command = ["-m", "regulars_sandbox", *arguments, "--tls", "--until-input-ends"]
    environ = {**os.environ, **{f"REGULARS_SANDBOX_{kind}": value for kind, value in keys.items()}}
    return children.start(name, command, environ=environ, lasting=False)


def _opened(
    child: Child, platform: str, credentials: Mapping[str, str], options: Mapping[str, str]
) -> Sandbox:
    told: dict[str, Any] = json.loads(child.told())
    return Sandbox(
        name=child.name,
        platform=platform,
        url=told["url"],
        certificate=told["certificate"],
        credentials=credentials,
        options={"certificates": told["certificate"], **options},
        customers=told["customers"],
        orders=told["orders"],
    )
