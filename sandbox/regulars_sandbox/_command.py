"""The command that serves a double: ``python -m regulars_sandbox woocommerce``."""

from __future__ import annotations

import argparse
import json
import os
import secrets
import signal
import sys
import threading
from collections.abc import Sequence
from dataclasses import fields
from datetime import UTC, datetime
from pathlib import Path
from types import FrameType

from regulars_sandbox._faults import Faults, Noise
from regulars_sandbox._server import RunningServer, serve
from regulars_sandbox.population import generate
from regulars_sandbox.woocommerce import ApiKey, WooCommerceShop

__all__ = ["main"]

_KEY_VARIABLE, _SECRET_VARIABLE = "REGULARS_SANDBOX_KEY", "REGULARS_SANDBOX_SECRET"


def main(argv: Sequence[str]) -> int:
    """Serve a generated shop until SIGTERM or SIGINT; returns the exit status.

    Prints one line of JSON when it listens: ``url``, ``certificate`` (a path or null), ``key_file`` (a path
    or null), ``customers``, ``orders``.  The REST key is taken from the environment or written to
    ``--key-file`` (mode 0600), never printed.
    """
    options = _parser().parse_args(argv)
    try:
        key = _key(options.key_file)
    except ValueError as problem:
        sys.stderr.write(f"{problem}\n")
        return 2
    now = datetime.fromisoformat(options.now) if options.now else datetime.now(UTC)
    population = generate(seed=options.seed, customers=options.customers, orders=options.orders, now=now)
    shop = WooCommerceShop.of(population.history, home=options.home)
    shop.add_key(key)
    ended = _ended(with_input=options.until_input_ends)
    with serve(
        shop, host=options.host, port=options.port, tls=options.tls, faults=_faults(options)
    ) as server:
        _announce(server, options.key_file, len(population.history.customers), len(population.history.orders))
        while not ended.wait(options.deliver_every or None):
            shop.deliver_webhooks()
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m regulars_sandbox", description="Serve a storefront double."
    )
    shops = parser.add_subparsers(required=True, metavar="PLATFORM")
    shop = shops.add_parser("woocommerce", help="a shop that behaves as WooCommerce 10.5 does")
    shop.add_argument("--host", default="127.0.0.1")
    shop.add_argument("--port", type=int, default=0, help="0 takes a free port")
    shop.add_argument("--tls", action="store_true", help="HTTPS with a self-signed certificate")
    shop.add_argument("--home", default="", help="the URL the shop is configured with (default: its own)")
    shop.add_argument("--seed", type=int, default=1)
    shop.add_argument("--customers", type=int, default=500)
    shop.add_argument("--orders", type=int, default=None, help="default: as many as such customers make")
    shop.add_argument("--now", default="", help="when the history ends, ISO 8601 with offset")
    shop.add_argument("--key-file", type=Path, default=None, help="where to write a new REST key as JSON")
    shop.add_argument(
        "--deliver-every", type=float, default=0.0, metavar="SECONDS", help="send webhooks (0: never)"
    )
    shop.add_argument(
        "--until-input-ends", action="store_true", help="end with standard input: with whoever started it"
    )
    for name, default in _fault_defaults():
        _add_fault(shop, name, default)
    return parser


def _add_fault(parser: argparse.ArgumentParser, name: str, default: object) -> None:
    option = f"--{name.replace('_', '-')}"
    if isinstance(default, bool):
        parser.add_argument(option, action="store_true")
    elif isinstance(default, Noise):
        parser.add_argument(option, type=Noise, choices=list(Noise), default=default)
    elif name == "retry_after":
        parser.add_argument(option, type=_seconds_or_none, default=default, metavar="SECONDS|none")
    else:
        parser.add_argument(option, type=type(default), default=default)


def _fault_defaults() -> list[tuple[str, object]]:
    plain = Faults()
    return [(field.name, getattr(plain, field.name)) for field in fields(Faults)]


def _faults(options: argparse.Namespace) -> Faults:
    return Faults(**{name: getattr(options, name) for name, _ in _fault_defaults()})


def _seconds_or_none(text: str) -> int | None:
    return None if text == "none" else int(text)


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
    path.unlink(missing_ok=True)
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        json.dump({"consumer_key": key.consumer_key, "consumer_secret": key.consumer_secret}, file)
    return key


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
