"""What the shops themselves sent about an account: the newest payload that counts of each object, read anew.

Nothing derived is believed. Which orders are looked at is found by the account's rows, and which refunds by
theirs and by what the orders list; what they say comes from the payloads alone.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import datetime
from types import TracebackType
from typing import Any, Self

from pydantic import SecretStr
from sqlalchemy import Connection, select, tuple_

import regulars_store as store
from regulars_agent._workspace import Workspace, connector_options
from regulars_connectors import Connector, ConnectorConfig, RawRecord, connector_class
from regulars_mapping import CanonicalObject, Kind, Order, Refund, RegularsError

observation, tombstone = store.tables.observation, store.tables.tombstone
order, refund = store.tables.order, store.tables.refund
_AT_ONCE = 200
_MAPPED, _UNMAPPABLE, _GONE = "mapped", "unmappable", "gone"
_ORDER = ("account_id", "bought", "currency", "placed_at", "goods", "goods_tax", "shipping", "shipping_tax")
_REFUND = ("refunded_at", "amount", "goods")
_ALWAYS_BOUGHT = ("processing", "completed", "refunded")


@dataclass(frozen=True, slots=True)
class Newest:
    """An object as its newest payload that counts says; None where there is none, or ``trouble`` says why it
    cannot be read. ``seen_at`` is when it was last heard of."""

    model: CanonicalObject | None
    gone: bool
    seen_at: datetime
    trouble: str = ""


@dataclass(frozen=True, slots=True)
class GivenBack:
    """A refund that counts."""

    at: datetime
    amount: int
    goods: int | None


@dataclass(frozen=True, slots=True)
class Purchase:
    """An order that was bought, in minor units of its currency, and what of it was given back."""

    currency: str
    placed_at: datetime
    goods: int
    goods_tax: int
    shipping: int
    shipping_tax: int
    total: int
    given_back: tuple[GivenBack, ...]


@dataclass(frozen=True, slots=True)
class Odd:
    """Something in the store that is not as the shop sent it."""

    place: str
    thing: str
    stated: object
    due: object


@dataclass(slots=True)
class Bought:
    """What one account bought, by its payloads."""

    purchases: list[Purchase] = field(default_factory=list)
    odd: list[Odd] = field(default_factory=list)
    seen_at: datetime | None = None

    def heard(self, at: datetime) -> None:
        """Note when something of it was last heard of."""
        self.seen_at = at if self.seen_at is None else max(self.seen_at, at)


class Payloads:
    """Reads payloads within one connection; a context manager. Asks no shop, and reads no secret."""

    def __init__(self, connection: Connection, workspace: Workspace) -> None:
        self._connection = connection
        self._workspace = workspace
        self._shops = {shop.id: shop for shop in store.every_shop(connection)}
        self._connectors: dict[int, Connector] = {}
        self._open = ExitStack()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._open.close()

    def customer(self, shop_id: int, external_id: str) -> Newest | None:
        """The customer's own word; None where none ever came."""
        return self._newest(shop_id, Kind.CUSTOMER, [external_id]).get(external_id)

    def bought(self, account_id: str) -> Bought:
        """What the account bought, and where the rows of its orders and refunds say otherwise."""
        found = Bought()
        for rows in _orders_of(self._connection, account_id):
            self._take(found, rows)
        return found

    def _take(self, found: Bought, rows: Sequence[Mapping[str, Any]]) -> None:
        shop_id = rows[0]["shop_id"]
        orders = self._newest(shop_id, Kind.ORDER, [row["external_id"] for row in rows])
        listed = {name for each in orders.values() for name in _listed(each) or ()}
        named = [f"{shop_id}:{name}" for name in listed]
        stored = _refunds_of(self._connection, [row["id"] for row in rows], named)
        refunds = self._newest(shop_id, Kind.REFUND, sorted(stored.keys() | listed))
        for row in rows:
            newest = orders.get(row["external_id"])
            model = _readable(found, newest, f"order {row['id']}")
            if newest is None or not isinstance(model, Order):
                continue
            back = list(_given_back(found, shop_id, model, stored, refunds))
            found.odd += _order_odds(row, model, gone=newest.gone)
            if not newest.gone and _is_bought(model):
                found.purchases.append(_purchase(model, back))

    def _newest(self, shop_id: int, kind: Kind, ids: Collection[str]) -> dict[str, Newest]:
        found: dict[str, Newest] = {}
        wanted = list(ids)
        for start in range(0, len(wanted), _AT_ONCE):
            versions = _versions(self._connection, shop_id, kind, wanted[start : start + _AT_ONCE])
            counting = {
                mapped["id"]: external_id
                for external_id, each in versions.items()
                if (mapped := _counting(each)) is not None
            }
            models = self._models(shop_id, kind, counting)
            for external_id, each in versions.items():
                model, trouble = models.get(external_id, (None, ""))
                seen_at = max(version["observed_at"] for version in each)
                found[external_id] = Newest(model, _is_gone(each), seen_at, trouble)
        return found

    def _models(
        self, shop_id: int, kind: Kind, counting: Mapping[int, str]
    ) -> dict[str, tuple[CanonicalObject | None, str]]:
        columns = (observation.c[name] for name in ("id", "changed_at", "digest", "payload"))
        query = select(*columns).where(observation.c.id.in_(list(counting)))
        return {
            counting[row.id]: self._model(shop_id, kind, counting[row.id], row)
            for row in (self._connection.execute(query) if counting else ())
        }

    def _model(
        self, shop_id: int, kind: Kind, external_id: str, row: Any
    ) -> tuple[CanonicalObject | None, str]:
        payload = store.decompress(row.payload)
        try:
            record = RawRecord(kind, external_id, row.changed_at, row.digest, payload)
            return self._connector(shop_id).translate(record), ""
        except RegularsError as error:
            return None, str(error)

    def _connector(self, shop_id: int) -> Connector:
        if shop_id not in self._connectors:
            shop = self._shops[shop_id]
            made = connector_class(shop.platform)
            # Translating needs no way in: what the keyring holds stays there.
            nothing = {name: SecretStr("none") for name in made.credential_names}
            http, options = self._workspace.settings.http.options(), connector_options(shop)
            config = ConnectorConfig(url=shop.url, credentials=nothing, http=http, options=options)
            self._connectors[shop_id] = self._open.enter_context(made.open(config))
        return self._connectors[shop_id]


def _orders_of(connection: Connection, account_id: str) -> Iterator[Sequence[Mapping[str, Any]]]:
    """The rows of an account's orders, some at a time."""
    place = (order.c.placed_at, order.c.id)
    query = select(order).where(order.c.account_id == account_id).order_by(*place).limit(_AT_ONCE)
    rows = [dict(row) for row in connection.execute(query).mappings()]
    while rows:
        yield rows
        behind = tuple_(*place) > (rows[-1]["placed_at"], rows[-1]["id"])
        rows = [dict(row) for row in connection.execute(query.where(behind)).mappings()]


def _refunds_of(
    connection: Connection, order_ids: Collection[str], named: Sequence[str]
) -> dict[str, Mapping[str, Any]]:
    """The rows of the refunds of these orders, and of those that are named, by external id."""
    found: dict[str, Mapping[str, Any]] = {}
    for column, wanted in ((refund.c.order_id, list(order_ids)), (refund.c.id, named)):
        for start in range(0, len(wanted), _AT_ONCE):
            query = select(refund).where(column.in_(wanted[start : start + _AT_ONCE]))
            found |= {row["external_id"]: row for row in connection.execute(query).mappings()}
    return found


def _versions(
    connection: Connection, shop_id: int, kind: Kind, ids: Collection[str]
) -> dict[str, list[dict[str, Any]]]:
    """Everything that was ever heard of these objects, without the payloads."""
    common = ("external_id", "version_at", "sequence", "observed_at")
    found: dict[str, list[dict[str, Any]]] = {}
    for table, more in ((observation, ("id", "outcome")), (tombstone, ())):
        of_them = (table.c.shop_id == shop_id, table.c.kind == kind.value, table.c.external_id.in_(list(ids)))
        columns = (table.c[name] for name in (*common, *more))
        for row in connection.execute(select(*columns).where(*of_them)).mappings():
            found.setdefault(row["external_id"], []).append({"outcome": _GONE, **row})
    return found


def _age(version: Mapping[str, Any]) -> tuple[datetime, int]:
    return version["version_at"], version["sequence"]


def _counting(versions: Sequence[Mapping[str, Any]]) -> Mapping[str, Any] | None:
    """The version whose payload counts: the newest one that could be understood."""
    return max((each for each in versions if each["outcome"] == _MAPPED), key=_age, default=None)


def _is_gone(versions: Sequence[Mapping[str, Any]]) -> bool:
    """Whether the newest word that says anything is that the object is not there, or no business of ours."""
    telling = [each for each in versions if each["outcome"] != _UNMAPPABLE]
    return bool(telling) and max(telling, key=_age)["outcome"] != _MAPPED


def _readable(found: Bought, newest: Newest | None, place: str) -> CanonicalObject | None:
    if newest is None:
        found.odd.append(Odd(place, "payload", "none", "one that the shop sent"))
        return None
    found.heard(newest.seen_at)
    if newest.trouble:
        found.odd.append(Odd(place, "payload", newest.trouble, "one that can be read"))
    return newest.model


def _listed(newest: Newest) -> tuple[str, ...] | None:
    return newest.model.refund_ids if isinstance(newest.model, Order) else None


def _given_back(
    found: Bought,
    shop_id: int,
    model: Order,
    stored: Mapping[str, Mapping[str, Any]],
    refunds: Mapping[str, Newest],
) -> Iterator[GivenBack]:
    """The refunds of an order that count; notes where the rows say otherwise."""
    order_id = f"{shop_id}:{model.external_id}"
    mine = {name for name, row in stored.items() if row["order_id"] == order_id}
    # What it lists and what never came in is not known yet.
    for name in sorted(mine | {*(model.refund_ids or ())} & (stored.keys() | refunds.keys())):
        place, newest = f"refund {shop_id}:{name}", refunds.get(name)
        told = _readable(found, newest, place)
        if newest is None or not isinstance(told, Refund):
            continue
        gone = newest.gone or (model.refund_ids is not None and name not in model.refund_ids)
        due = {"order_id": f"{shop_id}:{told.order_id}", "gone": gone}
        due |= {field: getattr(told, field) for field in _REFUND}
        if name in stored:
            found.odd += _odds(place, stored[name], due)
        else:
            found.odd.append(Odd(place, "row", "none", f"a refund of {told.amount} on order {order_id}"))
        if not gone and due["order_id"] == order_id:
            yield GivenBack(told.refunded_at, told.amount, told.goods)


def _order_odds(row: Mapping[str, Any], model: Order, *, gone: bool) -> Iterator[Odd]:
    guest = model.customer_id is None
    due = {name: getattr(model, name) for name in (*_ORDER[2:], "total")}
    due |= {"bought": _is_bought(model), "gone": gone}
    # Whose guest order it is follows from e-mail and phone, by the rules of identity.
    is_guests = row["account_id"].partition(":")[2].startswith("guest-")
    due["account_id"] = row["account_id"] if guest and is_guests else f"{row['shop_id']}:{model.customer_id}"
    return _odds(f"order {row['id']}", row, due)


def _odds(place: str, row: Mapping[str, Any], due: Mapping[str, object]) -> Iterator[Odd]:
    return (Odd(place, name, row[name], value) for name, value in due.items() if row[name] != value)


def _is_bought(model: Order) -> bool:
    status = model.status.value
    return not model.is_test and (
        status in _ALWAYS_BOUGHT or (status == "other" and model.paid_at is not None)
    )


def _purchase(model: Order, back: Sequence[GivenBack]) -> Purchase:
    return Purchase(
        currency=model.currency,
        placed_at=model.placed_at,
        goods=model.goods,
        goods_tax=model.goods_tax,
        shipping=model.shipping,
        shipping_tax=model.shipping_tax,
        total=model.total,
        given_back=tuple(back),
    )
