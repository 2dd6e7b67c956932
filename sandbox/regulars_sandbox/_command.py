"""The command that serves a double: ``python -m regulars_sandbox woocommerce`` or ``… shopify``."""

from __future__ import annotations

import argparse
import json
import os
import secrets
import signal
import sys
import threading
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import FrameType

from regulars_sandbox._conduct_options import add_conduct_options, chosen_bulk, chosen_segments
from regulars_sandbox._fault_options import add_fault_options, chosen_faults
from regulars_sandbox._server import RunningServer, serve
from regulars_sandbox._visitors import let_in, parsed_visitor
from regulars_sandbox.population import Population, generate
from regulars_sandbox.shopify import (
    ADVANCED,
    ENTERPRISE,
    PLUS,
    SCOPES,
    STANDARD,
    ShopifyApp,
    ShopifyShop,
)
from regulars_sandbox.woocommerce import ApiKey, WooCommerceShop

__all__ = ["main"]

_KEY_VARIABLE, _SECRET_VARIABLE, _TOKEN_VARIABLE = (
    f"REGULARS_SANDBOX_{name}" for name in ("KEY", "SECRET", "TOKEN")
)
_PLANS = {"standard": STANDARD, "advanced": ADVANCED, "plus": PLUS, "enterprise": ENTERPRISE}
_WOOCOMMERCE = {
    "--read-only-key": "the key may only read",
    "--powerless-key": "the key's user is a customer, who may see nothing",
    "--plain-permalinks": "the API is not under /wp-json/, and takes no keys",
    "--companion": "the Regulars plug-in is installed: it gives the discount by itself",
}
Shop = WooCommerceShop | ShopifyShop


def main(argv: Sequence[str]) -> int:
    """Serve a generated shop until SIGTERM or SIGINT; returns the exit status.

    Prints one line of JSON when it listens: ``url``, ``certificate`` (a path or null), ``key_file`` (a path
    or null), ``customers``, ``orders``.  Keys are taken from the environment or made and written to
    ``--key-file`` (mode 0600), never printed.
    """
    options = _parser().parse_args(argv)
    try:
        unlock: Callable[[Population], Shop] = options.make(options)
        population = _population(options)
        shop = unlock(population)
        _let_in(shop, population, options)
    except ValueError as problem:
        sys.stderr.write(f"{problem}\n")
        return 2
    ended = _ended(with_input=options.until_input_ends)
    with serve(
        shop, host=options.host, port=options.port, tls=options.tls, faults=chosen_faults(options)
    ) as server:
        _announce(server, options.key_file, *_sizes(population, options))
        while not ended.wait(options.deliver_every or None):
            shop.deliver_webhooks()
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m regulars_sandbox", description="Serve a storefront double."
    )
    shops = parser.add_subparsers(required=True, metavar="PLATFORM")
    woocommerce = shops.add_parser("woocommerce", help="a shop that behaves as WooCommerce 10.5 does")
    woocommerce.set_defaults(make=_woocommerce)
    for name, said in _WOOCOMMERCE.items():
        woocommerce.add_argument(name, action="store_true", help=said)
    shopify = shops.add_parser("shopify", help="a shop with Shopify's Admin GraphQL API 2026-10")
    shopify.set_defaults(make=_shopify)
    shopify.add_argument("--plan", choices=list(_PLANS), default="standard", help="how much an app may ask")
    shopify.add_argument(
        "--without-scope", action="append", default=[], choices=sorted(SCOPES), help="what is not granted"
    )
    shopify.add_argument(
        "--attributed-after",
        type=float,
        default=None,
        metavar="SECONDS",
        help="how long after an order the visits that led to it are known (default: never)",
    )
    shopify.add_argument(
        "--hide-people", action="store_true", help="show no names, e-mails, phones or addresses"
    )
    add_conduct_options(shopify)
    for shop in (woocommerce, shopify):
        _add_options(shop)
    return parser


def _add_options(shop: argparse.ArgumentParser) -> None:
    shop.add_argument("--host", default="127.0.0.1")
    shop.add_argument("--port", type=int, default=0, help="0 takes a free port")
    shop.add_argument("--tls", action="store_true", help="HTTPS with a self-signed certificate")
    shop.add_argument("--home", default="", help="the URL the shop is configured with (default: its own)")
    shop.add_argument("--seed", type=int, default=1)
    shop.add_argument("--customers", type=int, default=500)
    shop.add_argument("--orders", type=int, default=None, help="default: as many as such customers make")
    shop.add_argument("--now", default="", help="when the history ends, ISO 8601 with offset")
    shop.add_argument("--beside-seed", type=int, default=None, help="share people with the shop of this seed")
    shop.add_argument("--beside-customers", type=int, default=500, help="how many customers that shop has")
    shop.add_argument("--key-file", type=Path, default=None, help="where to write new keys as JSON")
    for name, deed in (("--regular", "registers and buys once"), ("--newcomer", "registers")):
        shop.add_argument(
            name,
            type=parsed_visitor,
            action="append",
            default=[],
            metavar="'NAME <E-MAIL>'",
            help=f"somebody more, who {deed} when the shop opens; may be repeated",
        )
    shop.add_argument(
        "--deliver-every", type=float, default=0.0, metavar="SECONDS", help="send webhooks (0: never)"
    )
    shop.add_argument(
        "--until-input-ends", action="store_true", help="end with standard input: with whoever started it"
    )
    add_fault_options(shop)


def _population(options: argparse.Namespace) -> Population:
    """The people and their past; with ``--beside-seed`` some of them are another shop's."""
    now = datetime.fromisoformat(options.now) if options.now else datetime.now(UTC)
    beside = None
    if options.beside_seed is not None:
        # Who is in both shops depends on the seed and the number of customers alone.
        beside = generate(seed=options.beside_seed, customers=options.beside_customers, orders=0, now=now)
    return generate(
        seed=options.seed, customers=options.customers, orders=options.orders, now=now, beside=beside
    )


def _woocommerce(options: argparse.Namespace) -> Callable[[Population], Shop]:
    key = replace(
        _key(options.key_file),
        permissions="read" if options.read_only_key else "read_write",
        role="customer" if options.powerless_key else "administrator",
    )

    def make(population: Population) -> WooCommerceShop:
        shop = WooCommerceShop.of(population.history, home=options.home)
        shop.add_key(key)
        shop.site.plain_permalinks = options.plain_permalinks
        shop.site.companion = options.companion
        return shop

    return make


def _shopify(options: argparse.Namespace) -> Callable[[Population], Shop]:
    scopes = SCOPES - frozenset(options.without_scope)
    token, app = _token(options.key_file, scopes)

    def make(population: Population) -> ShopifyShop:
        shop = ShopifyShop.of(population.history, home=options.home, rate_limit=_PLANS[options.plan])
        shop.bulk, shop.segments = chosen_bulk(options), chosen_segments(options)
        shop.hides_people = options.hide_people
        if options.attributed_after is not None:
            shop.attributed_after = timedelta(seconds=options.attributed_after)
        shop.add_token(token, scopes=scopes, secret=app.client_secret if app else "")
        if app:
            shop.add_app(app)
        return shop

    return make


def _key(path: Path | None) -> ApiKey:
    """The key of the environment, or a new one written to ``path`` for its owner only."""
    name, secret = os.environ.get(_KEY_VARIABLE), os.environ.get(_SECRET_VARIABLE)
    if name and secret:
        return ApiKey(name, secret)
    if path is None:
        raise ValueError(
            f"The shop needs a REST key: set {_KEY_VARIABLE} and {_SECRET_VARIABLE}, "
            "or name a file with --key-file and a new key is written there."
        )
    key = ApiKey(f"ck_{secrets.token_hex(20)}", f"cs_{secrets.token_hex(20)}")
    _keep(path, {"consumer_key": key.consumer_key, "consumer_secret": key.consumer_secret})
    return key


def _token(path: Path | None, scopes: frozenset[str]) -> tuple[str, ShopifyApp | None]:
    """The token of the environment, or a new one and an app of its own written to ``path``."""
    token = os.environ.get(_TOKEN_VARIABLE)
    if token:
        return token, None
    if path is None:
        raise ValueError(
            f"The shop needs an access token: set {_TOKEN_VARIABLE}, "
            "or name a file with --key-file and a new token is written there."
        )
    token = f"shpat_{secrets.token_hex(16)}"
    app = ShopifyApp(secrets.token_hex(16), f"shpss_{secrets.token_hex(16)}", scopes)
    _keep(path, {"access_token": token, "client_id": app.client_id, "client_secret": app.client_secret})
    return token, app


def _keep(path: Path, secret: dict[str, str]) -> None:
    """Write secrets for the owner of the file only."""
    path.unlink(missing_ok=True)
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        json.dump(secret, file)


def _let_in(shop: Shop, population: Population, options: argparse.Namespace) -> None:
    """Whoever was asked for comes when the shop opens."""
    for visitor in options.regular:
        let_in(shop, visitor, product=population.history.products[0].id)
    for visitor in options.newcomer:
        let_in(shop, visitor)


def _sizes(population: Population, options: argparse.Namespace) -> tuple[int, int]:
    """How many customers and orders there are, with those who came when the shop opened."""
    history, regulars = population.history, len(options.regular)
    return len(history.customers) + regulars + len(options.newcomer), len(history.orders) + regulars


def _announce(server: RunningServer, key_file: Path | None, customers: int, orders: int) -> None:
    line = {
        "url": server.url,
        "certificate": str(server.certificate) if server.certificate else None,
        "key_file": str(key_file) if key_file else None,
        "customers": customers,
        "orders": orders,
    }
    sys.stdout.write(json.dumps(line) + "\n")
    sys.stdout.flush()


def _ended(*, with_input: bool) -> threading.Event:
    """An event that SIGTERM and SIGINT set, and the end of standard input where asked for.

    It stands before anybody is told that the shop listens.
    """
    ended = threading.Event()

    def end(_number: int, _frame: FrameType | None) -> None:
        ended.set()

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, end)
    if with_input:
        threading.Thread(target=_end_with_input, args=(ended,), daemon=True).start()
    return ended


def _end_with_input(ended: threading.Event) -> None:
    """A parent that dies, however it dies, closes the pipe it held."""
    # Past sys.stdin: a thread that waits in its buffer holds a lock the interpreter needs to end.
    while os.read(0, 4096):
        pass
    ended.set()
