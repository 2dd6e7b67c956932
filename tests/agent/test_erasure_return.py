"""An erased person stays one, whatever shops change; who is let back starts apart from what was erased."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from sqlalchemy import select

import regulars_store as store
from erasure_world import BILLING, FIRST, OTHER, PHONE, SECOND, WORDS, replayed
from regulars_agent import (
    Workspace,
    derive,
    erase_person,
    merge_persons,
    person_card,
    readmit,
    split_person,
    undo_decision,
)
from regulars_agent._balance import read_again
from regulars_agent._leases import visit
from regulars_agent._pull import Pulled
from regulars_mapping import Kind, SkipError
from two_shops_world import BOUTIQUE, MARKET, TwoShops, clock_of, two_shops

SAID = {"who": "Olha", "why": "asked for it"}
pytestmark = pytest.mark.parametrize("store", ["sqlite"], indirect=True)


@dataclass
class Both:
    """One person with an account in each shop, whom a phone and a name link, and no e-mail."""

    shops: TwoShops
    market: int
    boutique: int

    @property
    def workspace(self) -> Workspace:
        return self.shops.workspace

    @property
    def here(self) -> str:
        return self.shops.account(MARKET, self.market)

    @property
    def there(self) -> str:
        return self.shops.account(BOUTIQUE, self.boutique)

    def land(self, shop: str, number: int) -> None:
        """What the shop holds of the account comes in."""
        with visit(self.workspace, self.shops.shop(shop), resource="pull") as at:
            read_again(at, Kind.CUSTOMER, [str(number)], pulled=Pulled(), progress=lambda _: None)
        derive(self.workspace)

    def later(self) -> None:
        clock_of(self.shops).forward(minutes=6)


@pytest.fixture
def both(empty_workspace: Workspace) -> Iterator[Both]:
    with two_shops(empty_workspace) as shops:
        yield made(shops)


def made(shops: TwoShops, email: str = SECOND) -> Both:
    here = shops.market.register(FIRST, billing={**BILLING, "email": FIRST})
    there = shops.boutique.register(email, first_name="Zenobia", last_name="Quillfeather", phone=PHONE)
    other = shops.market.register(OTHER, billing={"first_name": "Olena", "email": OTHER})
    shops.buy(MARKET, 1_000, customer=here, **BILLING, email=FIRST)
    shops.buy(MARKET, 2_000, **BILLING, email=FIRST)
    shops.buy(BOUTIQUE, 3_000, customer=there)
    shops.buy(MARKET, 3_000, customer=other, email=OTHER)
    shops.learn()
    return Both(shops, here, there)


def persons(workspace: Workspace) -> dict[str, set[str]]:
    """Accounts by person."""
    table, found = store.tables.account, {}
    with workspace.store.read() as connection:
        for row in connection.execute(select(table.c.id, table.c.person_id)):
            found.setdefault(row.person_id, set()).add(row.id)
    return found


def person_of(workspace: Workspace, account: str) -> set[str]:
    return next(some for some in persons(workspace).values() if account in some)


def offered(workspace: Workspace) -> set[str]:
    with workspace.store.read() as connection:
        return set(connection.scalars(select(store.tables.offer.c.id)))


def names(workspace: Workspace, account: str) -> list[str]:
    """The words of theirs that the record of an account shows."""
    card = person_card(workspace, account)
    assert card is not None
    return [word for word in WORDS if word in str(card).lower()]


def assert_derived_alike(workspace: Workspace, folder: Path) -> None:
    """What followed step by step is what follows from scratch."""
    fresh = store.open_store(f"sqlite:///{folder}/again.sqlite3")
    replayed(workspace, fresh)
    with workspace.store.read() as old, fresh.read() as new:
        assert store.digest_parts(old) == store.digest_parts(new)
    fresh.close()


def test_an_erased_person_stays_one_when_an_email_changes_and_when_an_account_goes(
    empty_workspace: Workspace, tmp_path: Path
) -> None:
    with two_shops(empty_workspace) as shops:
        both = made(shops, FIRST)
        done = erase_person(empty_workspace, both.there, **SAID)
        one = persons(empty_workspace)[done.person or ""]
        assert len(one) == 3 and {both.here, both.there} < one
        with empty_workspace.store.read() as connection:
            said = [each.who for each in store.journal_about(connection, one)]
        assert said == ["erasure"] * 2, "though their e-mail holds them together, too"
        both.later()
        shops.boutique.edit_customer(both.boutique, email="new.mailbox@example.com")
        both.land(BOUTIQUE, both.boutique)
        assert person_of(empty_workspace, both.here) == one
        shops.market.delete_customer(both.market)
        both.land(MARKET, both.market)
        left = person_of(empty_workspace, both.there)
        assert one - {both.here} <= left and both.here not in left
        assert_derived_alike(empty_workspace, tmp_path)


def test_who_is_let_back_starts_apart_from_what_was_erased(both: Both, tmp_path: Path) -> None:
    workspace, shops = both.workspace, both.shops
    assert {both.here, both.there} < person_of(workspace, both.here)
    done = erase_person(workspace, both.here, **SAID)
    rest = person_of(workspace, both.here) - {both.there}
    assert readmit(workspace, SECOND, who="Olha").lifted
    derive(workspace)
    assert offered(workspace).isdisjoint(rest | {both.there}), "nobody is back yet"
    both.later()
    shops.boutique.edit_customer(both.boutique, first_name="Zenobia", note="moved to Lviv")
    both.land(BOUTIQUE, both.boutique)
    assert person_of(workspace, both.there) == {both.there} and names(workspace, both.there)
    assert person_of(workspace, both.here) == rest and not names(workspace, both.here)
    assert offered(workspace).isdisjoint(rest)
    assert both.there in offered(workspace)
    assert_as_any_other(both)
    assert_derived_alike(workspace, tmp_path)
    again = erase_person(workspace, both.there, **SAID)
    assert again.token == done.token and person_of(workspace, both.here) == rest | {both.there}
    assert not names(workspace, both.there) and offered(workspace).isdisjoint(rest | {both.there})


def assert_as_any_other(both: Both) -> None:
    """They are merged and split by hand, but with what was erased."""
    workspace, said = both.workspace, {"who": "Olha", "why": "the same"}
    merged = merge_persons(workspace, [both.there, OTHER], **said)
    assert len(person_of(workspace, both.there)) == 2
    undo_decision(workspace, merged.decisions[0], **said)
    merge_persons(workspace, [both.there, OTHER], **said)
    split_person(workspace, OTHER, [both.there], **said)
    assert person_of(workspace, both.there) == {both.there}
    with workspace.store.read() as connection:
        journal = store.journal_about(connection, [both.there, both.here])
    mixed = [each.decision.id for each in journal if each.who == "erasure"]
    assert mixed
    for number in mixed:
        with pytest.raises(SkipError, match="stays as it is"):
            undo_decision(workspace, number, **said)
    with pytest.raises(SkipError, match="stays as it is"):
        merge_persons(workspace, [both.there, both.here], **said)


@pytest.mark.parametrize("first", [MARKET, BOUTIQUE])
def test_in_which_order_accounts_come_back_is_of_no_account(both: Both, first: str, tmp_path: Path) -> None:
    """Also where a human had joined them: they are known again by their phone alone."""
    workspace = both.workspace
    merge_persons(workspace, [FIRST, OTHER], **SAID)
    merge_persons(workspace, [both.here, SECOND], **SAID)
    done = erase_person(workspace, both.here, **SAID)
    rest = persons(workspace)[done.person or ""] - {both.here, both.there}
    readmit(workspace, FIRST, who="Olha")
    both.later()
    back = {MARKET: both.market, BOUTIQUE: both.boutique}
    for shop in sorted(back, key=first.__ne__):
        both.land(shop, back[shop])
    assert len(rest) == 2 and rest in persons(workspace).values()
    assert person_of(workspace, both.here) == {both.here, both.there}
    assert offered(workspace) == {both.here, both.there}
    assert_derived_alike(workspace, tmp_path)
