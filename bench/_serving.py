"""The prepared shop in a process of its own: ``python -m bench._serving``, started by ``running_shop``."""

import argparse
import json
import os
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

# For a shop that lives on this machine for a minute; not a secret of anybody's.
KEY, SECRET = "ck_" + "b" * 40, "cs_" + "e" * 40


@dataclass(frozen=True, slots=True)
class ServedShop:
    """Where the shop listens and what it holds. ``bytes_an_order`` is the mean size of its JSON."""

    url: str
    certificate: str
    orders: int
    lines: int
    customers: int
    products: int
    refunds: int
    bytes_an_order: int


@contextmanager
def running_shop(orders: int, *, log: Path | None, slow: bool = False) -> Iterator[ServedShop]:
    """Prepare the shop and serve it over HTTPS until the block ends; ``slow``: as slowly as a real one, and
    of guests only."""
    command = [sys.executable, "-m", "bench._serving", "--orders", str(orders)]
    command += ["--log", str(log.resolve())] if log else []
    command += ["--slow"] if slow else []
    # It ends with its standard input, and so with this process, however that ends.
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    assert process.stdin is not None
    try:
        line = process.stdout.readline()
        if not line:
            raise SystemExit("the prepared shop did not start; the lines above say why")
        yield ServedShop(**json.loads(line))
    finally:
        process.stdin.close()
        process.wait(timeout=30)
        process.stdout.close()


def main(argv: Sequence[str]) -> None:
    """Prepare, serve, say where in one line of JSON, and stop when standard input ends."""
    parser = argparse.ArgumentParser(prog="python -m bench._serving")
    parser.add_argument("--orders", type=int, required=True)
    parser.add_argument("--log", type=Path)
    parser.add_argument("--slow", action="store_true")
    given = parser.parse_args(argv)
    # Whoever only asks for the shop's place must not pay for what makes it.
    from bench._population import generated, guests_only, logged
    from bench._slow_shop import SlowShop
    from bench._static_shop import StaticShop
    from regulars_sandbox import ApiKey, serve

    history = logged(given.log) if given.log else generated(given.orders)
    history = guests_only(history) if given.slow else history
    shop = StaticShop(history, ApiKey(KEY, SECRET))
    with serve(SlowShop(shop) if given.slow else shop, tls=True) as server:
        told = ServedShop(
            url=server.url,
            certificate=str(server.certificate),
            orders=len(history.orders),
            lines=sum(len(order.lines) for order in history.orders),
            customers=len(history.customers),
            products=len(history.products),
            refunds=sum(len(order.refunds) for order in history.orders),
            bytes_an_order=shop.bytes_an_order,
        )
        sys.stdout.write(json.dumps(asdict(told)) + os.linesep)
        sys.stdout.flush()
        sys.stdin.read()


if __name__ == "__main__":
    main(sys.argv[1:])
