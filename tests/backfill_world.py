"""Shops whose past lies in many months, a workspace to read them into, and what may go wrong on the way."""

import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from sqlalchemy import select

from agent_visits import connect
from agent_world import ENVIRON, QUICK, Clock, Front, a_history, served
from regulars_agent import Settings, SyncReport, Workspace, backfill, open_workspace
from regulars_agent._settings import PullSettings
from regulars_mapping import Kind
from regulars_sandbox import (
    OrderStatus,
    Request,
    Response,
    RunningServer,
    ShopAddress,
    ShopLine,
    ShopOrder,
)
from regulars_store import Checkpoint, Shop, checkpoints_below, shop_named, tables

ADDRESS = ShopAddress(first_name="Olena", email="person1@example.com")
LINES = (ShopLine("Coffee", 1, 10_000, 10_000),)


def orders_at(times: Iterable[datetime], *, first: int = 10_001) -> tuple[ShopOrder, ...]:
    """An order of a guest at each of these moments, with ids from ``first`` on."""
    return tuple(
        ShopOrder(number, OrderStatus.COMPLETED, at, at, ADDRESS, LINES)
        for number, at in enumerate(times, start=first)
    )


def spread(count: int, start: datetime, end: datetime) -> list[datetime]:
    """So many moments at whole seconds, evenly from ``start`` to before ``end``."""
    return [start + timedelta(seconds=int((end - start).total_seconds() * at / count)) for at in range(count)]


def month(year: int, number: int) -> datetime:
    return datetime(year, number, 1, tzinfo=UTC)


@dataclass
class Past:
    """A workspace beside a shop that has not been read yet."""

    workspace: Workspace
    front: Front
    server: RunningServer

    @property
    def shop(self) -> Shop:
        with self.workspace.store.read() as connection:
            return shop_named(connection, "tea")

    def backfill(self, **given: Any) -> SyncReport:
        return backfill(self.workspace, "tea", **given)

    def landed(self) -> set[int]:
        with self.workspace.store.read() as connection:
            return {int(number) for number in connection.scalars(select(tables.order.c.external_id))}

    def stretches(self) -> dict[str, Checkpoint]:
        with self.workspace.store.read() as connection:
            found = checkpoints_below(connection, self.shop.id, Kind.ORDER, "history:")
        return {one.scan.partition(":")[2]: one for one in found}


@contextmanager
def past(place: Path, orders: Sequence[ShopOrder], *, readers: Any = 1, landing: int = 500) -> Iterator[Past]:
    """The shop served over TLS, and a workspace on SQLite that knows it."""
    place.mkdir(exist_ok=True)
    plain = Settings(directory=place, keyring_cost=QUICK)
    batches = plain.batches.model_copy(update={"landing": landing})
    settings = plain.model_copy(update={"pull": PullSettings(readers=readers), "batches": batches})
    with (
        served(a_history({}, orders=tuple(orders))) as (front, server),
        open_workspace(settings, clock=Clock(), environ=ENVIRON) as workspace,
    ):
        workspace.store.upgrade()
        connect(workspace, "tea", server)
        yield Past(workspace, front, server)


@dataclass(frozen=True)
class Asked:
    """A request for orders, taken apart."""

    query: dict[str, str]

    @property
    def windowed(self) -> bool:
        return not self.query.keys().isdisjoint({"after", "before"})

    @property
    def is_count(self) -> bool:
        return self.query.get("per_page") == "1"

    @property
    def is_page(self) -> bool:
        return "_fields" not in self.query and "include" not in self.query

    def starts(self, moment: datetime) -> bool:
        """Whether it asks for what was placed from this moment on."""
        before = (moment - timedelta(seconds=1)).replace(tzinfo=None).isoformat()
        return self.query.get("after") == before


def asked_for_orders(request: Request) -> Asked | None:
    parts = urlsplit(request.target)
    is_list = request.method == "GET" and parts.path.endswith("/orders")
    return Asked(dict(parse_qsl(parts.query))) if is_list else None


Change = Callable[[Asked, Response], Response]


def meddling(change: Change) -> Callable[[Request, Response], Response]:
    """For ``Front.after``: something before the shop that changes its lists of orders."""

    def after(request: Request, response: Response) -> Response:
        asked = asked_for_orders(request)
        return response if asked is None else change(asked, response)

    return after


def total_plus(response: Response, more: int) -> Response:
    """The same answer with another word on how many there are."""
    headers = tuple(
        (name, str(max(0, int(text) + more)) if name == "X-WP-Total" else text)
        for name, text in response.headers
    )
    return replace(response, headers=headers)


def without(response: Response, number: int) -> Response:
    """The same answer without an order that stands in it."""
    items = [item for item in json.loads(response.body) if item["id"] != number]
    return replace(response, body=json.dumps(items).encode())
