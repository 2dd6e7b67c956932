"""Objects as a shop would show them, and a shop in a store to land them in."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from hashlib import blake2b
from typing import Any

from sqlalchemy import Table, select

from regulars_mapping import (
    Address,
    CanonicalObject,
    Contact,
    Customer,
    Kind,
    Order,
    OrderLine,
    OrderStatus,
    Product,
    Refund,
    RefundLine,
    Review,
    UnmappableError,
)
from regulars_store import (
    CheckpointUpdate,
    Landed,
    Lease,
    Observed,
    Shop,
    Store,
    add_shop,
    compress,
    digest,
    digest_parts,
    land,
    land_tombstones,
    tables,
)

DAY_0 = datetime(2026, 1, 1, 12, tzinfo=UTC)


def day(number: float) -> datetime:
    """Noon of that day after 1 January 2026."""
    return DAY_0 + timedelta(days=number)


def contact(who: str, **words: str) -> Contact:
    """A generated person's contact."""
    given = {"email": f"{who}@example.com", "given_name": who.title(), "family_name": "Example"}
    return Contact(**given | words)


def address(street: str, **words: str) -> Address:
    """A generated address."""
    return Address(**{"line1": street, "city": "Kyiv", "country": "UA"} | words)


def observed(
    kind: Kind, external_id: str, changed: float | None, mapped: CanonicalObject | UnmappableError | None
) -> Observed:
    """A version of an object; its digest covers content and change time."""
    content = (
        mapped.model_dump_json()
        if isinstance(mapped, (Customer, Order, Refund, Product, Review))
        else str(mapped)
    )
    payload = compress({"id": external_id, "changed": changed, "content": content})
    fingerprint = blake2b(payload, digest_size=16).digest()
    changed_at = None if changed is None else day(changed)
    return Observed(kind, external_id, changed_at, fingerprint, payload, mapped)


def customer(external_id: str = "7", changed: float | None = 0, **fields: Any) -> Observed:
    """A registered customer's version."""
    defaults: dict[str, Any] = {"contact": contact(f"customer{external_id}")}
    changed_at = None if changed is None else day(changed)
    found = Customer(external_id=external_id, changed_at=changed_at, **defaults | fields)
    return observed(Kind.CUSTOMER, external_id, changed, found)


def order(external_id: str = "1", changed: float | None = 0, **fields: Any) -> Observed:
    """An order's version: a guest's, of two lines, completed."""
    lines = tuple(
        OrderLine(external_id=number, product_id=number, quantity=Decimal("1.5"), gross=500, net=500)
        for number in ("1", "2")
    )
    defaults: dict[str, Any] = {
        "contact": contact("guest"),
        "status": OrderStatus.COMPLETED,
        "shop_status": "completed",
        "currency": "UAH",
        "placed_at": day(0),
        "goods": 1_000,
        "total": 1_200,
        "lines": lines,
    }
    changed_at = None if changed is None else day(changed)
    found = Order(external_id=external_id, changed_at=changed_at, **defaults | fields)
    return observed(Kind.ORDER, external_id, changed, found)


def refund(external_id: str = "90", changed: float | None = 0, **fields: Any) -> Observed:
    """A refund's version, of one line of order 1."""
    line = RefundLine(external_id="1", order_line_id="1", quantity=Decimal(1), net=300)
    defaults = {"order_id": "1", "refunded_at": day(3), "amount": 300, "goods": 300, "lines": (line,)}
    return observed(Kind.REFUND, external_id, changed, Refund(external_id=external_id, **defaults | fields))


def product(external_id: str = "50", changed: float | None = 0, **fields: Any) -> Observed:
    """A product's version."""
    defaults: dict[str, Any] = {"name": "Coffee", "price": 500, "categories": ("Drinks",)}
    return observed(Kind.PRODUCT, external_id, changed, Product(external_id=external_id, **defaults | fields))


def review(external_id: str = "22", changed: float | None = 0, **fields: Any) -> Observed:
    """A review's version: four stars."""
    defaults: dict[str, Any] = {
        "product_id": "50",
        "contact": contact("reader"),
        "stars": 4,
        "published": True,
        "written_at": day(0),
    }
    return observed(Kind.REVIEW, external_id, changed, Review(external_id=external_id, **defaults | fields))


def skipped(kind: Kind, external_id: str, changed: float | None) -> Observed:
    """A version that is no business of the customer base."""
    return observed(kind, external_id, changed, None)


def unmappable(kind: Kind, external_id: str, changed: float | None, *, path: str = "total") -> Observed:
    """A version that cannot be mapped."""
    return observed(kind, external_id, changed, UnmappableError(path, "is not an amount of money"))


@dataclass(frozen=True)
class Counter:
    """A shop in a store, and short words for landing and looking."""

    store: Store
    shop: Shop

    def land(
        self,
        *page: Observed,
        via: str = "changes",
        now: datetime = DAY_0,
        lease: Lease | None = None,
        checkpoint: CheckpointUpdate | None = None,
    ) -> Landed:
        """Land a page in a transaction of its own."""
        with self.store.write() as connection:
            return land(connection, self.shop, page, via=via, now=now, lease=lease, checkpoint=checkpoint)

    def bury(self, kind: Kind, *ids: str, now: datetime) -> int:
        """Land tombstones."""
        with self.store.write() as connection:
            return land_tombstones(connection, self.shop, kind, ids, via="read", now=now, lease=None)

    def rows(self, table: Table, **wanted: object) -> Sequence[Mapping[str, Any]]:
        """The rows of a table that have these values, in the order of their keys."""
        query = select(table).where(*(table.c[name] == value for name, value in wanted.items()))
        with self.store.read() as connection:
            return connection.execute(query.order_by(*table.primary_key)).mappings().all()

    def row(self, table: Table, **wanted: object) -> Mapping[str, Any]:
        """The one row of a table that has these values."""
        (found,) = self.rows(table, **wanted)
        return found

    def marks(self, stage: str) -> set[str]:
        """The marked keys of a stage."""
        return {row["key"] for row in self.rows(tables.dirty, stage=stage)}

    def forget_marks(self) -> None:
        """As if everything had been derived."""
        with self.store.write() as connection:
            connection.execute(tables.dirty.delete())

    def digest(self) -> str:
        """The store's digest."""
        with self.store.read() as connection:
            return digest(connection)

    def parts(self) -> dict[str, str]:
        """The store's digest by table."""
        with self.store.read() as connection:
            return digest_parts(connection)


def open_counter(store: Store, *, name: str = "main") -> Counter:
    """A new shop in a store."""
    with store.write() as connection:
        url = f"https://{name}.example"
        shop = add_shop(connection, name=name, platform="woocommerce", url=url, options={}, now=DAY_0)
    return Counter(store, shop)
