"""Erasing where things are not as they should be: payloads that nobody understands any more, ids that are
none, a history of decisions, persons who share what they are known by."""

from collections.abc import Collection, Iterator
from pathlib import Path

import pytest
from sqlalchemy import select, update

import regulars_store as store
from agent_world import COFFEE
from erasure_world import (
    BILLING,
    FIRST,
    OTHER,
    SECOND,
    STREET,
    Known,
    forget_cursors,
    known,
    net,
    sums,
    traces,
)
from regulars_agent import (
    Workspace,
    add_interaction,
    backfill,
    derive,
    erase_person,
    export_evidence,
    find_persons,
    keep_apart,
    merge_persons,
    readmit,
    split_person,
    sync,
    undo_decision,
)
from regulars_mapping import SkipError
from two_shops_world import BOUTIQUE, MARKET, two_shops

SAID = {"who": "Olha", "why": "asked for it"}
SEEN = store.tables.observation
ON_A_FILE = pytest.mark.parametrize("store", ["sqlite"], indirect=True)


@pytest.fixture
def one(empty_workspace: Workspace) -> Iterator[Known]:
    with two_shops(empty_workspace) as shops:
        made = known(shops)
        shops.learn()
        yield made


def age(workspace: Workspace, *, kinds: Collection[str]) -> None:
    """The payloads of these kinds are of a form that the connectors do not understand any more."""
    with workspace.store.write() as connection:
        rows = connection.execute(select(SEEN.c.id, SEEN.c.payload).where(SEEN.c.kind.in_(kinds))).all()
        for id_, payload in rows:
            former = store.compress({"form": 0, "was": store.decompress(payload)})
            connection.execute(update(SEEN).where(SEEN.c.id == id_).values(payload=former))


@pytest.mark.parametrize("kinds", [("order",), ("customer", "order", "refund", "review")])
def test_what_no_connector_understands_any_more_is_erased_and_counts_on(
    one: Known, kinds: Collection[str]
) -> None:
    workspace = one.workspace
    before, spent = sums(workspace), net(workspace, one.account)
    age(workspace, kinds=kinds)
    done = erase_person(workspace, FIRST, **SAID)
    assert (done.objects["customer"], done.objects["order"]) == (2, 8)
    assert traces(workspace) == {}
    assert sums(workspace) == before
    assert done.before == done.after and net(workspace, done.person) == spent
    assert erase_person(workspace, done.token, **SAID).already
    for name in (MARKET, BOUTIQUE):
        forget_cursors(workspace, one.shops.shop(name).id)
        assert backfill(workspace, name).complete
    derive(workspace)
    assert (traces(workspace), sums(workspace)) == ({}, before)


@pytest.mark.parametrize(
    "text", ["", " ", "\0", "\ud800", "x" * 5_000, "1:\0", "nobody@example.com", "9:77", "+1"]
)
def test_nobody_is_refused_in_plain_words(empty_workspace: Workspace, text: str) -> None:
    for refused in (
        lambda: erase_person(empty_workspace, text, **SAID),
        lambda: readmit(empty_workspace, text, who="Olha"),
        lambda: export_evidence(empty_workspace, text, Path("nowhere.zip"), who="Olha"),
    ):
        with pytest.raises(SkipError) as told:
            refused()
        assert len(str(told.value)) < 400 and str(told.value).isprintable()


def offered_to_erased(workspace: Workspace) -> list[str]:
    """Offers of accounts that stand for somebody erased."""
    tables = store.tables
    erased = select(tables.erased_account.c.account_id)
    with workspace.store.read() as connection:
        return list(connection.scalars(select(tables.offer.c.id).where(tables.offer.c.id.in_(erased))))


def total(workspace: Workspace) -> int:
    """What everybody spent."""
    with workspace.store.read() as connection:
        return sum(connection.scalars(select(store.tables.person_fact.c.net)))


def digest(workspace: Workspace) -> str:
    with workspace.store.read() as connection:
        return store.digest(connection)


def guest_of(workspace: Workspace, email: str) -> str:
    accounts = store.tables.account
    with workspace.store.read() as connection:
        query = select(accounts.c.id).where(accounts.c.email_folded == email, ~accounts.c.registered)
        return connection.scalars(query).one()


@ON_A_FILE
def test_decisions_of_before_cannot_be_taken_back(one: Known) -> None:
    workspace, said = one.workspace, {"who": "Olha", "why": f"Zenobia wrote from {FIRST}"}
    second = guest_of(workspace, SECOND.lower())
    acts = [
        merge_persons(workspace, [FIRST, second], **said),
        split_person(workspace, FIRST, [second], **said),
        merge_persons(workspace, [FIRST, second, OTHER], **said),
    ]
    acts.append(undo_decision(workspace, acts[-1].decisions[0], **said))
    acts.append(keep_apart(workspace, FIRST, OTHER, **said))
    acts.append(merge_persons(workspace, [FIRST, second], **said))
    before, spent = sums(workspace), total(workspace)
    done = erase_person(workspace, FIRST, **SAID)
    assert (traces(workspace), sums(workspace)) == ({}, before)
    numbers = sorted({number for act in acts for number in act.decisions}, reverse=True)
    assert len(numbers) > 5
    stays = digest(workspace)
    for number in numbers:
        with pytest.raises(SkipError, match="erased person's"):
            undo_decision(workspace, number, who="Olha", why="never mind")
    assert (traces(workspace), total(workspace), digest(workspace)) == ({}, spent, stays)
    assert offered_to_erased(workspace) == []
    one.shops.learn()
    assert (traces(workspace), total(workspace)) == ({}, spent)
    assert find_persons(workspace, OTHER)
    assert erase_person(workspace, done.token, **SAID).token == done.token


@ON_A_FILE
def test_two_who_share_a_phone_and_a_mailbox_go_one_after_the_other(empty_workspace: Workspace) -> None:
    with two_shops(empty_workspace) as shops:
        workspace, shop, info = empty_workspace, shops.market, "info@quillfeather.example.org"
        his = {"first_name": "Zeno", "last_name": "Quillfeather", "phone": "0671112233", "address_1": STREET}
        wife = shop.register(FIRST, billing=BILLING | {"email": FIRST})
        husband = shop.register("zenobia.husband@example.com", billing=his)
        for who, form in ((wife, BILLING | {"email": FIRST}), (husband, his)):
            shop.place_order(items=[(COFFEE, 3)], customer_id=who, billing=form)
        for form in (BILLING, BILLING | {"first_name": "Z."}, his):
            shop.place_order(items=[(COFFEE, 5)], billing=form | {"email": info, "phone": ""})
        shops.learn()
        guests = accounts_under(workspace, info)
        assert len(guests) == 3
        made = [merge_persons(workspace, [FIRST, name], **SAID) for name in guests[:2]]
        made.append(merge_persons(workspace, guests[:2], **SAID))
        before, spent = sums(workspace), total(workspace)
        add_interaction(workspace, FIRST, f"they both have 067 111-22-33 and {info}", who="Olha")
        for meant in (FIRST, "zenobia.husband@example.com", guests[2]):
            erase_person(workspace, meant, **SAID)
            assert (sums(workspace), total(workspace)) == (before, spent)
        assert traces(workspace) == {}
        for number in sorted({each for act in made for each in act.decisions}):
            with pytest.raises(SkipError, match="erased person's"):
                undo_decision(workspace, number, who="Olha", why="never mind")
        shop.place_order(items=[(COFFEE, 1)], billing=his | {"email": ""})
        shops.learn()
        assert (traces(workspace), total(workspace)) == ({}, spent + 10_000)


def accounts_under(workspace: Workspace, email: str) -> list[str]:
    accounts = store.tables.account
    with workspace.store.read() as connection:
        query = select(accounts.c.id).where(accounts.c.email_folded == email, accounts.c.gone.is_(False))
        return list(connection.scalars(query.order_by(accounts.c.id)))


@ON_A_FILE
def test_erased_let_back_and_erased_again_without_a_visit_between_they_stay_away(
    empty_workspace: Workspace,
) -> None:
    with two_shops(empty_workspace) as shops:
        one = known(shops)
        assert backfill(empty_workspace, MARKET).complete
        derive(empty_workspace)
        done = erase_person(empty_workspace, FIRST, **SAID)
        lifted = readmit(empty_workspace, FIRST, who="Olha").lifted
        assert lifted and erase_person(empty_workspace, done.token, **SAID).token == done.token
        assert backfill(empty_workspace, BOUTIQUE).complete
        one.buys(100, email=SECOND)
        assert sync(empty_workspace, MARKET).complete
        derive(empty_workspace)
        assert traces(empty_workspace) == {}
        assert readmit(empty_workspace, SECOND, who="Olha").lifted >= lifted
