"""One person whom two shops, the owner and the machinery know by many names, and a search for all of them."""

import zlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path
from typing import Any
from unittest.mock import patch

from sqlalchemy import Connection, LargeBinary, delete, insert, select

import regulars_marketing as marketing
import regulars_store as store
from agent_world import COFFEE, LOST, is_write
from regulars_agent import (
    Workspace,
    add_interaction,
    add_property,
    add_reminder,
    add_stop,
    apply_plan,
    change_shop_options,
    derive,
    export_evidence,
    lift_stop,
    make_birthday_reminders,
    make_plan,
    person_card,
    set_field,
)
from regulars_agent._leases import visit
from regulars_agent._pull import Pulled, land_records
from regulars_agent._second_process import ready_to_land
from regulars_connectors import RawRecord
from regulars_mapping import Kind, Property, PropertyType
from regulars_sandbox import Request, Response
from two_shops_world import BOUTIQUE, MARKET, TwoShops

FIRST, SECOND = "zenobia.q@example.com", "ZQ.private@example.org"
PHONE, SPOKEN = "+380671112233", "067 111-22-33"
NAMES = {"first_name": "Zenobia", "last_name": "Quillfeather"}
STREET = "Hidden Lane 17"
BILLING = {**NAMES, "phone": SPOKEN, "address_1": STREET, "city": "Kyiv", "country": "UA"}
OTHER = "olena.other@example.com"
WORDS = (
    *("zenobia", "quillfeather", "hidden lane", "zq.private", "671112233", "111-22-33"),
    *("allergic", "77001234", "1987-06-05", "kept bees"),
)
"""What of the person must be nowhere, in small letters."""
SAID = {"who": "Olha"}


@dataclass
class Known:
    """What the test needs to know of them."""

    shops: TwoShops
    market: int
    boutique: int
    refunded: int
    orders: list[int] = field(default_factory=list)

    @property
    def workspace(self) -> Workspace:
        return self.shops.workspace

    @property
    def account(self) -> str:
        return self.shops.account(MARKET, self.market)

    def buys(self, hryvnias: int, *, as_: int = 0, **form: str) -> int:
        """They buy in the market; a guest without ``as_``. The order's number."""
        items, billing = [(COFFEE, hryvnias // 100)], BILLING | form
        number = self.shops.market.place_order(
            items=items, customer_id=as_, billing=billing, note="ring twice"
        )
        self.orders.append(number)
        return number


def known(shops: TwoShops) -> Known:
    """Zenobia has an account in both shops, bought in both, also as a guest, by phone and under another
    address; and is written about. Olena is somebody else, who shares nothing."""
    market, boutique = shops.market, shops.boutique
    customer = market.register(FIRST, billing={**BILLING, "email": FIRST}, shipping=BILLING)
    other = market.register(OTHER, billing={"first_name": "Olena", "email": OTHER})
    there = boutique.register(FIRST, first_name="Zenobia", last_name="Quillfeather", phone=PHONE)
    one = Known(shops, customer, there, 0)

    buys = one.buys
    buys(1_000, as_=customer, email=FIRST)
    buys(2_000, email=FIRST.upper())
    buys(3_000, email=SECOND)
    buys(4_000)
    buys(500)
    one.refunded = buys(900, email=FIRST)
    market.refund_order(one.refunded, 30_000, reason="Zenobia kept bees")
    market.place_order(items=[(COFFEE, 1)], billing=BILLING | {"email": SECOND}, status="checkout-draft")
    market.write_review(COFFEE, email=FIRST, rating=5, name="Zenobia Q.", text="Zenobia likes it")
    boutique.place_order(items=[(COFFEE, 20)], customer_id=there)
    market.place_order(items=[(COFFEE, 15)], customer_id=other, billing={"email": OTHER})
    return one


def written_about(one: Known) -> None:
    """The owner writes into the record, and gives."""
    workspace, person = one.workspace, one.account
    change_shop_options(workspace, MARKET, {"checks_emails": "yes"}, who="the owner")
    derive(workspace)
    add_property(workspace, Property("dog", "Dog", PropertyType.TEXT), who="the owner")
    set_field(workspace, person, "family_name", "Quillfeather-Zu", why="Zenobia said so", **SAID)
    set_field(workspace, person, "email", SECOND, **SAID)
    set_field(workspace, person, "birth_date", "1987-06-05", **SAID)
    set_field(workspace, person, "card_number", "77001234", **SAID)
    set_field(workspace, person, "property:dog", "Zenobia's dog", **SAID)
    set_field(workspace, person, "language", "uk", **SAID)
    add_interaction(workspace, person, "Zenobia is allergic", **SAID)
    add_reminder(workspace, person, date(2027, 1, 2), text="call Zenobia on 067 111-22-33", **SAID)


def troubled(one: Known, evidence: Path) -> None:
    """Everything goes wrong that may: objects that nobody understands, answers that are lost, plans that are
    half carried out; and what people and the machinery keep beside the record."""
    workspace, shops = one.workspace, one.shops
    market, clock = shops.shop(MARKET), workspace.clock
    with visit(workspace, market, resource="pull") as at:
        for kind, number, wrong in (
            (Kind.ORDER, one.orders[0], {"total": "Zenobia"}),
            (Kind.CUSTOMER, one.market, {"id": "Zenobia"}),
        ):
            (record,) = at.connector.read(kind, [str(number)]).records
            torn = replace(record, payload={**record.payload, **wrong}, digest=bytes(15) + b"1")
            land_records(at, [torn], via="read", pulled=Pulled())
    stopped = add_stop(workspace, one.account, "Zenobia is allergic to paying", **SAID)
    lift_stop(workspace, stopped.entry.number, why="Zenobia paid", **SAID)
    make_birthday_reminders(workspace)
    export_evidence(workspace, FIRST, evidence, **SAID)
    other = account_of(workspace, OTHER)
    pair = store.Suggested(one.account, other, 7.5, 0.99, {"words": "Zenobia kept bees"})
    with workspace.store.write() as connection:
        store.put_notices(connection, market.id, Kind.CUSTOMER, [(str(one.market), clock())], now=clock())
        store.replace_suggestions(connection, [pair], model="m", now=clock())
        run = store.begin_run(connection, shop_id=market.id, command="sync", now=clock())
        told = f"the shop said: {SECOND} has no number {SPOKEN}"
        store.end_run(connection, run, now=clock(), complete=False, counts={}, problem=told)
        detail = {"was": [FIRST.upper()], PHONE: None}
        store.write_audit(connection, action="said", subject=FIRST, detail=detail, now=clock(), **SAID)
        proof = {"account_id": one.account, "email_folded": FIRST, "how": "mail", "evidence": {}}
        connection.execute(insert(store.tables.ownership_proof).values(**proof, at=clock()))
    one.buys(9_000, as_=one.market, email=FIRST)
    shops.learn()
    with answers_lost(shops):
        plan = make_plan(workspace, market)
        assert not apply_plan(workspace, market, plan.id, confirmed=True).complete
    assert not make_plan(workspace, shops.shop(BOUTIQUE)).empty


@contextmanager
def answers_lost(shops: TwoShops) -> Iterator[None]:
    """The market does what it is told, and nobody hears of it."""
    heard = shops.market.respond

    def respond(request: Request) -> Response:
        answer = heard(request)
        return LOST if is_write(request) else answer

    with patch.object(shops.market, "respond", respond):
        yield


def account_of(workspace: Workspace, email: str) -> str:
    accounts = store.tables.account
    with workspace.store.read() as connection:
        query = select(accounts.c.id).where(accounts.c.email_folded == email, accounts.c.registered)
        return str(connection.scalars(query).first())


def columns(workspace: Workspace) -> Iterator[tuple[str, Any]]:
    """Every value of every row, by its table and column; payloads decompressed."""
    with workspace.store.read() as connection:
        for table in store.tables.metadata.sorted_tables:
            for row in connection.execute(select(table)).mappings():
                for column in table.c:
                    value = row[column.name]
                    packed = isinstance(column.type, LargeBinary) and column.name == "payload"
                    yield f"{table.name}.{column.name}", zlib.decompress(value) if packed else value


def traces(workspace: Workspace) -> dict[str, str]:
    """Where anything of Zenobia is left, and a word of it."""
    found = {}
    for place, value in columns(workspace):
        text = (value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value)).lower()
        for word in WORDS:
            if word in text:
                found[place] = word
    return found


def files_with_traces(workspace: Workspace) -> dict[str, str]:
    """Files of the workspace, of the store and beside it, in which a word of theirs stands as it is."""
    found = {}
    settings = workspace.settings
    folders = [settings.directory, (settings.store_file or settings.queue_file).parent]
    for path in sorted(path for folder in folders for path in folder.rglob("*")):
        content = path.read_bytes().lower() if path.is_file() else b""
        for word in WORDS:
            if word.encode() in content:
                found[path.name] = word
    return found


def sums(workspace: Workspace) -> Mapping[str, Any]:
    """The totals of the whole store."""
    with workspace.store.read() as connection:
        facts, orders, refunds = (
            connection.execute(select(table).order_by(*order)).mappings().all()
            for table, order in (
                (store.tables.person_fact, (store.tables.person_fact.c.net,)),
                (store.tables.order, (store.tables.order.c.id,)),
                (store.tables.refund, (store.tables.refund.c.id,)),
            )
        )
    kept = ("status", "bought", "currency", "goods", "discount", "shipping", "total", "gone", "placed_at")
    return {
        "facts": [{name: row[name] for name in row if name != "person_id"} for row in facts],
        "orders": {row["id"]: tuple(row[name] for name in kept) for row in orders},
        "refunds": {row["id"]: (row["amount"], row["goods"], row["gone"]) for row in refunds},
    }


def forget_cursors(workspace: Workspace, shop_id: int) -> None:
    """So that the whole history is read again."""
    with workspace.store.write() as connection:
        connection.execute(
            delete(store.tables.checkpoint).where(store.tables.checkpoint.c.shop_id == shop_id)
        )


def net(workspace: Workspace, person: str | None) -> int:
    """What they spent, in minor units."""
    card = person_card(workspace, person or "")
    assert card is not None
    return sum(fact["net"] for fact in card.facts)


def replayed(workspace: Workspace, fresh: store.Store) -> None:
    """Everything derived again, in an empty store, from the inputs alone: without one call to a shop."""
    fresh.upgrade()
    with workspace.store.read() as old, fresh.write() as new:
        for table in INPUTS:
            rows = [dict(row) for row in old.execute(select(table)).mappings()]
            if rows:
                new.execute(insert(table), rows)
        shops = {shop.id: shop for shop in store.every_shop(old)}
        seen = store.tables.observation
        for row in old.execute(select(seen).order_by(seen.c.id)).mappings():
            land_again(workspace, new, shops[row["shop_id"]], row)
        gone = store.tables.tombstone
        for row in old.execute(select(gone)).mappings():
            shop, ids = shops[row["shop_id"]], [row["external_id"]]
            store.land_tombstones(
                new, shop, row["kind"], ids, via=row["via"], now=row["version_at"], lease=None
            )
    store.resolve_all(fresh)
    marketing.compute_all(fresh, now=workspace.clock(), chunk=500, pause=0)


def land_again(workspace: Workspace, new: Connection, shop: store.Shop, row: Mapping[str, Any]) -> None:
    """A stored payload lands as it landed once."""
    with workspace.connector(shop) as connector:
        kind, payload = Kind(row["kind"]), store.decompress(row["payload"])
        digest = connector.digest(kind, payload)
        assert digest == row["digest"]
        record = RawRecord(kind, row["external_id"], row["changed_at"], digest, payload)
        ready = ready_to_land(shop, connector, record)
    store.land(new, shop, [ready], via=row["via"], now=row["observed_at"], lease=None, checkpoint=None)


INPUTS = (
    store.tables.shop,
    store.tables.identity_decision,
    store.tables.programme,
    store.tables.grant,
    store.tables.push_state,
    store.tables.property_definition,
    store.tables.record_edit,
    store.tables.record_rule,
    store.tables.ownership_proof,
    store.tables.interaction,
    store.tables.reminder,
    store.tables.stop_list_entry,
    store.tables.consent,
    store.tables.sending,
    store.tables.exposure,
    store.tables.programme_budget,
    store.tables.product_cost,
    store.tables.erased_account,
    store.tables.suppression,
)
