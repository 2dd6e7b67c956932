"""What the law has a shop demand is kept with its term, carried out by the agent, and told to the owner."""

import json
import logging
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import pytest
from pydantic import SecretStr
from sqlalchemy import select

import regulars_store as store
from agent_world import COFFEE
from erasure_world import FIRST, OTHER, Known, account_of, known, replayed, sums
from regulars_agent import (
    WebhookIntake,
    Workspace,
    add_interaction,
    bind,
    demands,
    derive,
    disconnect_shop,
    doctor,
    make_huey,
    merge_persons,
    person_card,
)
from regulars_agent._demand_intake import TERM
from regulars_agent._demands import carry_out_demands, demands_due
from regulars_mapping import PermanentError
from regulars_sandbox import Message
from regulars_store import erasing, tables
from regulars_store._erasure_shop import _OF_ACCOUNTS, _OF_SHOP
from two_shops_world import BOUTIQUE, MARKET, TOKEN, clock_of, two_shops

URL = "https://crm.example.com/regulars/webhooks/boutique"
SECRET = "shpss_of_the_app"
SAID = {"who": "Olha"}
# Each says the same statements on PostgreSQL as the tests that run there every day.
BOTH_NOW_AND_THEN = pytest.mark.parametrize(
    "store", ["sqlite", pytest.param("postgresql", marks=pytest.mark.slow)], indirect=True
)


@pytest.fixture
def one(empty_workspace: Workspace) -> Iterator[Known]:
    """Zenobia has an account in either shop, and the boutique's app has its address for the law's demands."""
    with two_shops(empty_workspace) as shops:
        made = known(shops)
        shops.learn()
        empty_workspace.secrets.set(BOUTIQUE, "webhook_secret", SecretStr(SECRET))
        yield made


def demand(one: Known, topic: str, customer: int | None = None, **terms: Any) -> list[int]:
    """Shopify says so; what the site answers."""
    intake = WebhookIntake(one.workspace)
    one.shops.boutique.demand_by_law(
        topic, URL, secret=terms.pop("secret", SECRET), customer=customer, **terms
    )

    def receive(message: Message) -> int:
        try:
            intake.receive(BOUTIQUE, message.headers, message.body)
        except PermanentError:
            return 401
        return 200

    return [each.status for each in one.shops.boutique.deliver_webhooks(receive)]


def unsubscribed(one: Known) -> None:
    """She signs out of the boutique's mails, by an address that the market knows her by, too."""
    one.shops.boutique.subscribe(one.boutique)
    one.shops.boutique.subscribe(one.boutique, subscribed=False)
    one.shops.learn()
    assert (one.shops.account(BOUTIQUE, one.boutique), FIRST, "withdrawn") in words(one)


def words(one: Known) -> list[Any]:
    word = tables.consent.c
    return rows(one.workspace, word.account_id, word.address_folded, word.state)


def listed(one: Known) -> list[demands.LegalDemand]:
    return demands.legal_demands(one.workspace, everything=True)


def rows(workspace: Workspace, *columns: Any, **where: Any) -> list[Any]:
    with workspace.store.read() as connection:
        return [tuple(row) for row in connection.execute(select(*columns).filter_by(**where))]


def assert_rebuilt_alike(workspace: Workspace, folder: Path) -> None:
    """A rebuild from the inputs that are left gives the same digest."""
    fresh = store.open_store(f"sqlite:///{folder}/again.sqlite3")
    replayed(workspace, fresh)
    with workspace.store.read() as old, fresh.read() as new:
        assert store.digest_parts(old) == store.digest_parts(new)
    fresh.close()


def test_a_redaction_erases_the_customer_s_accounts_of_that_shop_and_no_other(
    one: Known, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    workspace, there = one.workspace, one.shops.account(BOUTIQUE, one.boutique)
    merge_persons(workspace, [one.account, there], why="Zenobia in both", **SAID)
    add_interaction(workspace, there, "Zenobia likes tea", **SAID)
    add_interaction(workspace, one.account, "Zenobia likes coffee", **SAID)
    unsubscribed(one)
    one.shops.push()
    market = rows(
        workspace, tables.account.c.id, tables.account.c.email, tables.account.c.given_name, shop_id=1
    )
    before = sums(workspace)["orders"]
    assert demand(one, "customers/redact", one.boutique) == [200]
    assert demands_due(workspace)
    assert carry_out_demands(workspace) == 1
    (found,) = listed(one)
    assert (found.state, found.account, found.file) == ("done", there, "")
    assert "1 accounts in this shop" in found.note and f"({one.account}, " in found.note
    assert rows(workspace, tables.account.c.given_name, id=there) == [("",)]
    assert market == rows(
        workspace, tables.account.c.id, tables.account.c.email, tables.account.c.given_name, shop_id=1
    )
    assert sums(workspace)["orders"] == before
    assert sorted(rows(workspace, tables.interaction.c.text)) == [("",), ("Zenobia likes coffee",)]
    here, gone = person_card(workspace, one.account), person_card(workspace, there)
    assert here is not None and gone is not None
    assert (here.person["id"] != gone.person["id"], bool(here.erased), bool(gone.erased)) == (
        True,
        False,
        True,
    )
    assert ("", FIRST, "withdrawn") in words(one), (
        "what she withdrew stays withdrawn where she is still known"
    )
    assert_rebuilt_alike(workspace, tmp_path)
    one.shops.learn()
    assert rows(workspace, tables.account.c.given_name, id=there) == [("",)]
    said = caplog.text.lower()
    assert "zenobia" not in said and str(one.boutique) not in said


@BOTH_NOW_AND_THEN
def test_what_is_demanded_again_is_done_once_and_what_is_forged_never(one: Known) -> None:
    demand(one, "customers/redact", one.boutique)
    assert demand(one, "customers/redact", one.boutique) == [200]
    assert len(listed(one)) == 1, "the same is open"
    carry_out_demands(one.workspace)
    first = listed(one)
    assert demand(one, "customers/redact", one.boutique) == [200]
    assert carry_out_demands(one.workspace) == 1
    again, old = listed(one)
    assert [old] == first
    assert again.note.startswith("They were erased before")
    assert demand(one, "customers/data_request", one.boutique, request=7) == [200]
    assert demand(one, "customers/data_request", one.boutique, request=7) == [200]
    assert len(listed(one)) == 3
    assert demand(one, "customers/data_request", one.boutique, request=8, secret="somebody's") == [401]
    assert len(listed(one)) == 3


@BOTH_NOW_AND_THEN
def test_a_request_of_data_makes_the_file_of_evidence_that_waits_to_be_handed_over(one: Known) -> None:
    workspace = one.workspace
    demand(one, "customers/data_request", one.boutique, request=5)
    folder = workspace.settings.directory / "demands"
    folder.mkdir(mode=0o700)
    (folder / "data-request-1.zip").write_text("broken off before it was noted")
    assert carry_out_demands(workspace) == 0
    (found,) = listed(one)
    file = Path(found.file)
    assert (found.state, file.parent, found.term_at - found.came_at) == ("waiting", folder, TERM)
    assert [stat.S_IMODE(path.stat().st_mode) for path in (folder, file)] == [0o700, 0o600]
    with ZipFile(file) as archive:
        said = json.loads(archive.read("evidence.json"))
    assert {one.account, found.account} <= set(said["accounts"])
    assert not demands_due(workspace)
    clock_of(one.shops).forward(days=2)
    assert not demands_due(workspace)
    (told,) = (each for each in doctor(workspace) if each.subject == "demand 1 of boutique")
    assert str(file) in told.remedy and "--done 1" in told.remedy and FIRST not in told.message
    demands.settle_demand(workspace, 1, **SAID)
    demands.settle_demand(workspace, 1, **SAID)
    assert not file.exists()
    assert (listed(one)[0].state, demands.legal_demands(workspace)) == ("done", [])
    assert list(demands.demand_troubles(workspace)) == []


@BOTH_NOW_AND_THEN
def test_who_is_not_known_here_is_done_at_once_and_who_nobody_named_waits_for_the_owner(one: Known) -> None:
    for topic in ("customers/redact", "customers/data_request"):
        demand(one, topic, 77_777_777, request=3)
    assert carry_out_demands(one.workspace) == 2
    assert {(each.state, each.note) for each in listed(one)} == {
        ("done", "Nobody of that number is known here.")
    }
    with one.workspace.store.write() as connection:
        now = one.workspace.clock()
        nobody = {"account_id": "", "orders": [], "now": now, "term": now}
        erasing.demands.put_demand(connection, 2, "body 1", "customer_erasure", **nobody)
    assert carry_out_demands(one.workspace) == 0
    assert (listed(one)[0].state, listed(one)[0].late) == ("waiting", True)


@BOTH_NOW_AND_THEN
def test_the_guests_of_the_orders_that_it_counts_in_are_meant_too(one: Known) -> None:
    order = one.shops.boutique.place_order(
        items=[(COFFEE, 1)], billing={"email": "guest@example.com", "first_name": "Guest"}
    )
    other = one.shops.boutique.register("olena.b@example.com", first_name="Olena")
    hers = one.shops.boutique.place_order(items=[(COFFEE, 1)], customer_id=other)
    one.shops.learn()
    with one.workspace.store.write() as connection:
        now = one.workspace.clock()
        orders = {"orders": [str(order), str(hers)], "now": now, "term": now}
        erasing.demands.put_demand(connection, 2, "k", "customer_erasure", account_id="2:555555", **orders)
    assert carry_out_demands(one.workspace) == 1
    names = {name for (name,) in rows(one.workspace, tables.account.c.given_name, shop_id=2)}
    assert "Guest" not in names and "Olena" in names


@BOTH_NOW_AND_THEN
def test_nobody_is_erased_whose_e_mail_somebody_else_typed(one: Known) -> None:
    shop, workspace = one.shops.boutique, one.workspace
    other = shop.register("olena.b@example.com", first_name="Olena")
    typed = shop.place_order(items=[(COFFEE, 1)], billing={"email": "olena.b@example.com"})
    own = shop.place_order(items=[(COFFEE, 1)], billing={"email": FIRST, "first_name": "Zenobia"})
    one.shops.learn()
    theirs, hers = (one.shops.account(BOUTIQUE, each) for each in (other, one.boutique))
    merge_persons(workspace, [hers, theirs], why="the owner errs", **SAID)
    with workspace.store.write() as connection:
        now = workspace.clock()
        terms = {"orders": [str(typed)], "now": now, "term": now}
        for account in ("2:555555", hers):
            erasing.demands.put_demand(
                connection, 2, account, "customer_erasure", account_id=account, **terms
            )
    assert carry_out_demands(workspace) == 2
    assert rows(workspace, tables.account.c.given_name, id=theirs) == [("Olena",)]
    assert rows(workspace, tables.account.c.given_name, id=hers) == [("",)]
    (owner,) = rows(workspace, tables.order.c.account_id, id=f"2:{own}")
    assert rows(workspace, tables.account.c.email_folded, id=owner[0])[0][0].endswith("@erased.invalid")
    kept = person_card(workspace, theirs)
    assert kept is not None and not kept.erased


@BOTH_NOW_AND_THEN
def test_what_fails_is_tried_again_and_told(one: Known) -> None:
    demand(one, "customers/redact", one.boutique)
    with one.workspace.store.write() as connection:
        connection.execute(
            tables.account.update().where(tables.account.c.shop_id == 2).values(person_id=None)
        )
    assert carry_out_demands(one.workspace) == 0
    assert not demands_due(one.workspace)
    ((subject, said, remedy),) = demands.demand_troubles(one.workspace)
    assert (subject, "not worked out" in said, "agent" in remedy) == ("demand 1 of boutique", True, True)
    with one.workspace.store.write() as connection:
        store.mark_dirty(connection, "identity", [one.shops.account(BOUTIQUE, one.boutique)])
    derive(one.workspace)
    clock_of(one.shops).forward(minutes=2)
    assert carry_out_demands(one.workspace) == 1


def within_boutique(workspace: Workspace) -> dict[str, int]:
    """Where anything of the boutique is left: rows that name the shop, or an account or order of it."""
    found: dict[str, int] = {}
    with workspace.store.read() as connection:
        for table in tables.metadata.sorted_tables:
            for row in connection.execute(select(table)).mappings():
                named = any(isinstance(value, str) and value.startswith("2:") for value in row.values())
                if named or dict(row).get("shop_id") == 2:
                    found[table.name] = found.get(table.name, 0) + 1
    return found


@BOTH_NOW_AND_THEN
@pytest.mark.parametrize(
    "how",
    ["refused", *(pytest.param(how, marks=pytest.mark.slow) for how in ("by the owner's word", "removed"))],
)
def test_a_shop_is_erased_when_it_lets_us_in_no_more_or_the_owner_says_so(
    one: Known, how: str, tmp_path: Path
) -> None:
    workspace = one.workspace
    other = account_of(workspace, OTHER)
    merge_persons(workspace, [one.account, one.shops.account(BOUTIQUE, one.boutique)], why="same", **SAID)
    unsubscribed(one)
    one.shops.push()
    reserved_and_spent(one)
    demand(one, "shop/redact")
    assert carry_out_demands(workspace) == 0
    assert (listed(one)[0].state, within_boutique(workspace)["order"]) == ("waiting", 1)
    assert not demands_due(workspace)
    if how == "by the owner's word":
        demands.let_shop_be_erased(workspace, 1, **SAID)
    else:
        clock_of(one.shops).forward(days=2)
    if how == "removed":
        disconnect_shop(workspace, BOUTIQUE)
    if how == "refused":
        one.shops.boutique.revoke_token(TOKEN)
    market = sums(workspace)["orders"]
    assert carry_out_demands(workspace) == 1
    assert within_boutique(workspace).keys() <= {"demand", "consent", "audit"}
    assert sums(workspace)["orders"] == {key: value for key, value in market.items() if key[0] == "1"}
    here, hers = person_card(workspace, one.account), person_card(workspace, other)
    assert here is not None and hers is not None
    assert {each.partition(":")[0] for each in rows_of_person(workspace, here.person["id"])} == {"1"}
    assert ("", FIRST, "withdrawn") in words(one)
    persons = {person for (person,) in rows(workspace, tables.person.c.id)}
    for table in (tables.person_fact, tables.person_profile, tables.offer, tables.rating):
        assert {person for (person,) in rows(workspace, table.c.person_id)} <= persons, table.name
    derive(workspace)
    assert_rebuilt_alike(workspace, tmp_path)
    assert [name for (name,) in rows(workspace, tables.shop.c.name, removed_at=None)] == [MARKET]
    spent = rows(workspace, tables.exposure.c.account_id, tables.exposure.c.amount)
    assert (spent, rows(workspace, tables.programme_budget.c.issued)) == ([("", 300)], [(300,)])
    assert [(each.state, each.late) for each in listed(one)] == [("done", False)]


def reserved_and_spent(one: Known) -> None:
    """Of a budget of the boutique's customers."""
    account, now = one.shops.account(BOUTIQUE, one.boutique), one.workspace.clock()
    shared = {"programme_key": "p", "account_id": account, "currency": "UAH", "orders": 1}
    times = {"at": now, "changed_at": now}
    with one.workspace.store.write() as connection:
        for amount, state in ((300, "spent"), (500, "reserved"), (700, "released")):
            row = {**shared, **times, "amount": amount, "state": state}
            connection.execute(tables.exposure.insert().values(row))
        issued = {"programme_key": "p", "currency": "UAH", "issued": 800}
        connection.execute(tables.programme_budget.insert().values(issued))


def rows_of_person(workspace: Workspace, person: str) -> list[str]:
    return [account for (account,) in rows(workspace, tables.account.c.id, person_id=person)]


@BOTH_NOW_AND_THEN
def test_the_owner_s_word_is_for_a_shop_that_waits_and_for_nothing_else(one: Known) -> None:
    demand(one, "customers/data_request", one.boutique, request=1)
    for number in (1, 2):
        with pytest.raises(PermanentError, match="regulars shop demands"):
            demands.let_shop_be_erased(one.workspace, number, **SAID)
    with pytest.raises(PermanentError, match="no demand 2"):
        demands.settle_demand(one.workspace, 2, **SAID)


@BOTH_NOW_AND_THEN
def test_the_agent_carries_out_what_is_due_also_of_a_shop_that_is_removed(one: Known) -> None:
    huey = make_huey(one.workspace.settings)
    tasks = bind(huey, one.workspace)
    demand(one, "customers/redact", one.boutique)
    with one.workspace.store.write() as connection:
        connection.execute(tables.shop.update().values(removed_at=one.workspace.clock()))
    tasks.pulse()
    for _ in range(2):
        huey.execute(huey.dequeue())
    assert huey.dequeue() is None
    assert [each.state for each in listed(one)] == ["done"]
    huey.storage.close()


HANDLED_BY_HAND = {"account", "consent", "demand", "grant", "order", "refund"}


def test_every_table_that_names_a_shop_or_an_account_is_emptied_of_an_erased_shop() -> None:
    naming = {"shop_id", "account_id", "account_a"}
    found = {table.name for table in tables.metadata.sorted_tables if naming & set(table.c.keys())}
    handled = {table.name for table in (*_OF_SHOP, *_OF_ACCOUNTS)}
    assert found - handled == HANDLED_BY_HAND
