"""How fast orders land: ``python -m bench.land [--orders N] [--batch N] [--profile] [URL]``.

Without a URL the store is a SQLite file in a temporary folder. Prints orders a second of this process's
own time, for new orders of three lines, for changed ones, and for unchanged ones.
"""

import argparse
import cProfile
import pstats
import random
import tempfile
import time
from collections.abc import Iterable, Iterator
from contextlib import nullcontext
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from hashlib import blake2b

from regulars_mapping import Address, Contact, Kind, Order, OrderLine, OrderStatus
from regulars_store import Observed, Shop, Store, add_shop, compress, land, open_store

_START = datetime(2025, 1, 1, tzinfo=UTC)


def _order(number: int, draw: random.Random, *, edition: int) -> Order:
    buyer = draw.randrange(10**6) // 3
    names = {"given_name": f"Given{buyer % 977}", "family_name": f"Family{buyer % 4999}"}
    address = Address(**names, line1=f"Street {buyer}", city="Kyiv", postcode="01001", country="UA")
    lines = tuple(
        OrderLine(
            external_id=f"{number}{part}", product_id=str(draw.randrange(900)), name="Coffee, whole beans",
            quantity=Decimal(1 + part), gross=1_000, net=900, tax=180,
        )
        for part in range(3)
    )  # fmt: skip
    placed = _START + timedelta(minutes=number)
    contact = Contact(email=f"buyer{buyer}@example.com", phone=f"+38067{buyer:07d}", country="UA", **names)
    return Order(
        external_id=str(number), number=str(number), contact=contact, currency="UAH", lines=lines,
        customer_id=str(buyer) if buyer % 2 else None, status=OrderStatus.COMPLETED, shop_status="completed",
        placed_at=placed, changed_at=placed + timedelta(minutes=edition), goods=2_700, total=3_240,
        billing=address, delivery=address, payment_method="Cash on delivery", refund_ids=(),
    )  # fmt: skip


def _batches(count: int, size: int, *, edition: int) -> Iterator[list[Observed]]:
    draw = random.Random(7)
    for start in range(1, count + 1, size):
        numbers = range(start, min(start + size, count + 1))
        yield [_observed(_order(number, draw, edition=edition), edition) for number in numbers]


def _observed(order: Order, edition: int) -> Observed:
    payload = compress({"edition": edition, "body": order.model_dump_json()})
    digest = blake2b(payload, digest_size=16).digest()
    return Observed(Kind.ORDER, order.external_id, order.changed_at, digest, payload, order)


def _run(store: Store, shop: Shop, name: str, batches: Iterable[list[Observed]]) -> None:
    count, spent = 0, 0.0
    for batch in batches:
        started = time.process_time()
        with store.write() as connection:
            land(connection, shop, batch, via="history", now=_START, lease=None, checkpoint=None)
        spent += time.process_time() - started
        count += len(batch)
    print(f"{name}: {count / spent:,.0f} orders/s")


def main() -> None:
    """Run the benchmark."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--orders", type=int, default=20_000)
    parser.add_argument("--batch", type=int, default=500)
    parser.add_argument("--profile", action="store_true")
    parser.add_argument("url", nargs="?")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        store = open_store(given.url or f"sqlite:///{folder}/bench.sqlite3")
        store.upgrade()
        with store.write() as connection:
            shop = add_shop(
                connection, name="bench", platform="bench", url="https://b.example", options={}, now=_START
            )
        sizes = given.orders, given.batch
        profile = cProfile.Profile() if given.profile else None
        with profile or nullcontext():
            _run(store, shop, "new", _batches(*sizes, edition=0))
        if profile is not None:
            pstats.Stats(profile).sort_stats("tottime").print_stats(35)
        _run(store, shop, "changed", _batches(*sizes, edition=1))
        _run(store, shop, "unchanged", _batches(*sizes, edition=1))
        store.close()


if __name__ == "__main__":
    main()
