"""An erased person's e-mail and phone in what strangers typed: the word goes, the strangers stay."""

from pathlib import Path

import pytest
from sqlalchemy import select

import regulars_store as store
from agent_world import COFFEE
from erasure_world import (
    BILLING,
    FIRST,
    PHONE,
    SPOKEN,
    columns,
    forget_cursors,
    replayed,
    sums,
    traces,
)
from regulars_agent import (
    Workspace,
    add_interaction,
    backfill,
    derive,
    erase_person,
    find_persons,
    keep_apart,
    readmit,
)
from two_shops_world import BOUTIQUE, MARKET, two_shops

SAID = {"who": "Olha", "why": "asked for it"}
STRANGER, NEARLY = "stranger@example.net", f"x{FIRST}"
HIDDEN = FIRST.replace("@", "\u200b\uff20")


def strangers_in(workspace: Workspace) -> dict[str, tuple[str, str]]:
    """Everybody's name and address, by account."""
    accounts = store.tables.account
    columns = (accounts.c.id, accounts.c.given_name, accounts.c.email)
    with workspace.store.read() as connection:
        return {id_: (name, email) for id_, name, email in connection.execute(select(*columns)).all()}


def read_again(workspace: Workspace, *names: str) -> None:
    with workspace.store.read() as connection:
        shops = [store.shop_named(connection, name) for name in names]
    for shop in shops:
        forget_cursors(workspace, shop.id)
        assert backfill(workspace, shop.name).complete
    derive(workspace)


def test_what_strangers_typed_hinders_no_erasure_and_is_not_brought_back(
    empty_workspace: Workspace, tmp_path: Path
) -> None:
    with two_shops(empty_workspace) as shops:
        workspace, market, boutique = empty_workspace, shops.market, shops.boutique
        hers = market.register(FIRST, billing=BILLING | {"email": FIRST})
        market.place_order(items=[(COFFEE, 5)], customer_id=hers, billing=BILLING | {"email": FIRST})
        named = boutique.register(STRANGER, first_name=FIRST.upper(), last_name=SPOKEN, phone="+380509998877")
        boutique.place_order(items=[(COFFEE, 2)], customer_id=named, note=f"ask {FIRST} or {PHONE}")
        nearly = boutique.register(NEARLY, first_name="Ann", last_name="A")
        form = {"first_name": HIDDEN, "last_name": "O", "address_1": f"c/o {FIRST}", "city": "Lviv"}
        form |= {"phone": "0631234567", "country": "UA"}
        guest = market.place_order(items=[(COFFEE, 3)], billing=form, note=f"{SPOKEN}!")
        letter = market.register("a@example.org", billing={"first_name": "Z", "email": "a@example.org"})
        shops.learn()
        add_interaction(workspace, STRANGER, f"Friend of Zenobia {FIRST}, {FIRST}; {SPOKEN}", who="Olha")
        keep_apart(workspace, STRANGER, NEARLY, who="Olha", why=f"one is {FIRST}")
        before = sums(workspace)
        done = erase_person(workspace, FIRST, **SAID)
        accounts = strangers_in(workspace)
        assert accounts[shops.account(BOUTIQUE, named)] == ("[erased]", STRANGER)
        assert accounts[shops.account(BOUTIQUE, nearly)] == ("Ann", NEARLY)
        assert accounts[shops.account(MARKET, letter)] == ("Z", "a@example.org")
        tables = store.tables
        with workspace.store.read() as connection:
            (note,) = connection.scalars(select(tables.interaction.c.text))
            why = connection.scalars(select(tables.identity_decision.c.why)).all()
            spent = connection.execute(
                select(tables.order.c.account_id).where(tables.order.c.id == shops.account(MARKET, guest))
            ).scalar_one()
        assert note == "Friend of Zenobia [erased], [erased]; [erased]"
        assert "one is [erased]" in why and done.token not in note
        assert accounts[spent][0] == "[erased]"
        left = {place: word for place, word in traces(workspace).items() if place != "interaction.text"}
        assert set(left.values()) <= {"zenobia"}, left
        assert all(FIRST not in str(each).replace(NEARLY, "") for each in rows(workspace))
        assert sums(workspace) == before
        with workspace.store.read() as connection:
            now = store.digest_parts(connection)
        fresh = store.open_store(f"sqlite:///{tmp_path}/again.sqlite3")
        replayed(workspace, fresh)
        with fresh.read() as new:
            assert store.digest_parts(new) == now
        fresh.close()
        count = observations(workspace)
        read_again(workspace, MARKET, BOUTIQUE)
        assert observations(workspace) == count, "what comes again is the same again"
        boutique.register("another@example.net", first_name=f"is {FIRST}", last_name="067-1112233")
        shops.learn()
        assert all(FIRST not in str(each).replace(NEARLY, "") for each in rows(workspace))
        assert "671112233" not in str(strangers_in(workspace))
        assert erase_person(workspace, done.token, **SAID).already


def rows(workspace: Workspace) -> list[object]:
    return [value for _, value in columns(workspace)]


def observations(workspace: Workspace) -> int:
    with workspace.store.read() as connection:
        return len(connection.execute(select(store.tables.observation.c.id)).all())


@pytest.mark.parametrize("store", ["sqlite"], indirect=True)
def test_another_spelling_of_the_mailbox_is_the_person_too(empty_workspace: Workspace) -> None:
    with two_shops(empty_workspace) as shops:
        workspace, market = empty_workspace, shops.market
        market.place_order(
            items=[(COFFEE, 1)], billing={"first_name": "Z", "email": "ZQ.alias+shop@gmail.com"}
        )
        mum, dad = "fam.ily+mum@gmail.com", "family+dad@gmail.com"
        for email, name in ((mum, "Olha"), (dad, "Taras")):
            market.register(email, billing={"first_name": name, "last_name": "Fieldman", "email": email})
        shops.learn()
        token = erase_person(workspace, "zq.alias+shop@gmail.com", **SAID).token
        erase_person(workspace, mum, **SAID)
        for email in ("zqalias@gmail.com", "z.q.alias@googlemail.com"):
            market.place_order(items=[(COFFEE, 1)], billing={"first_name": "Zed", "email": email})
        market.place_order(items=[(COFFEE, 1)], billing={"first_name": "Taras", "email": dad})
        shops.learn()
        assert not any("alias" in str(each).lower() for each in strangers_in(workspace).values())
        assert find_persons(workspace, dad), "a family may share a mailbox by tags"
        assert erase_person(workspace, "z.q.alias@gmail.com", **SAID).token == token
        assert readmit(workspace, "zqalias@googlemail.com", who="Olha").lifted
