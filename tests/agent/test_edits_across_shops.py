"""One edit of a person reaches every registered account, in each platform's own way."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from regulars_agent import (
    OwnershipLinks,
    Workspace,
    add_property,
    apply_plan,
    change_shop_options,
    erase_person,
    export_evidence,
    make_plan,
    merge_persons,
    ownership_link,
    set_field,
    undo_decision,
    withdraw_ownership,
)
from regulars_connectors import Target
from regulars_mapping import Property, PropertyType
from regulars_store import Store, operations_of, standing_of_keys
from two_shops_world import BOUTIQUE, MARKET, TwoShops, two_shops

WHO = "anna"


@pytest.fixture
def store(sqlite_store: Store) -> Store:
    """On SQLite only: what is asked of the database is asked on both in ``test_edits_to_shops``."""
    return sqlite_store


@pytest.fixture
def shops(empty_workspace: Workspace) -> Iterator[TwoShops]:
    with two_shops(empty_workspace) as made:
        yield made


def profile(shops: TwoShops, shop: str, number: int, *fields: str) -> dict[str, str]:
    with shops.workspace.connector(shops.shop(shop)) as connector:
        (found,) = connector.read_back([Target("profile", str(number), fields=fields)])
    assert found.document is not None
    return dict(found.document)


def test_names_reach_every_account_and_phones_only_those_whose_owner_is_known(shops: TwoShops) -> None:
    one = shops.market.register("olena@example.com", billing={"first_name": "Олена"})
    other = shops.boutique.register("olena@example.com", first_name="Олена")
    shops.buy(BOUTIQUE, 3_000, email="olena@example.com", first_name="Олена")
    shops.learn()
    shops.push()
    add_property(shops.workspace, Property("roast", "Roast", PropertyType.TEXT, push_to="roast"), who=WHO)
    for field, value in (
        ("given_name", "Ольга"),
        ("phone", "067 123 45 67"),
        ("language", "en"),
        ("property:roast", "dark"),
    ):
        set_field(shops.workspace, shops.account(MARKET, one), field, value, who=WHO)
    shops.push()
    assert profile(shops, MARKET, one, "given_name", "phone", "property:roast") == {
        "given_name": "Ольга",
        "phone": "",
        "property:roast": "dark",
    }
    assert profile(shops, BOUTIQUE, other, "given_name", "phone", "language", "property:roast") == {
        "given_name": "Ольга",
        "phone": "+380671234567",
        "language": "en",
        "property:roast": "dark",
    }
    shops.learn()
    for name in (MARKET, BOUTIQUE):
        assert make_plan(shops.workspace, shops.shop(name)).empty
    told = make_plan(shops.workspace, shops.shop(MARKET), everybody=True)
    (said,) = told.edits
    assert "not known whose the accounts are: 1." in said


VICTIM = "olena@example.com"
HIDDEN = ("given_name", "family_name", "property:roast")


def stranger_and_victim(shops: TwoShops) -> tuple[int, int]:
    """Somebody registered in the market with the e-mail of a customer of the boutique, which checks them. The
    market's account is the one that gives the person's id."""
    stranger = shops.market.register(VICTIM)
    victim = shops.boutique.register(VICTIM, first_name="Олена")
    shops.learn()
    shops.push()
    add_property(shops.workspace, Property("roast", "Roast", PropertyType.TEXT, push_to="roast"), who=WHO)
    return stranger, victim


@pytest.mark.parametrize("by", ["account", "e-mail", "person"])
def test_a_stranger_with_the_victim_s_e_mail_reads_nothing_of_what_was_written_about_the_victim(
    shops: TwoShops, by: str
) -> None:
    stranger, victim = stranger_and_victim(shops)
    account = shops.account(BOUTIQUE, victim)
    person = str(shops.card(BOUTIQUE, victim).person["id"])
    named = {"account": account, "e-mail": VICTIM, "person": person}[by]
    for field, value in (("given_name", "Ольга"), ("family_name", "Шевченко"), ("property:roast", "dark")):
        set_field(shops.workspace, named, field, value, who=WHO)
    plan = make_plan(shops.workspace, shops.shop(MARKET))
    assert plan.empty
    (said,) = plan.edits
    assert "not known whose the accounts are: 3." in said
    shops.push()
    assert profile(shops, MARKET, stranger, *HIDDEN) == dict.fromkeys(HIDDEN, "")
    assert profile(shops, BOUTIQUE, victim, *HIDDEN) == {
        "given_name": "Ольга",
        "family_name": "Шевченко",
        "property:roast": "dark",
    }


def mallory_and_victim(shops: TwoShops) -> tuple[int, int]:
    """Somebody of a known e-mail of their own registered in the market under a victim's name and phone."""
    change_shop_options(shops.workspace, MARKET, {"checks_emails": "yes", "edits_email": "yes"}, who=WHO)
    names = {"first_name": "Олена", "last_name": "Коваль"}
    mallory = shops.market.register("mallory@example.net", billing={**names, "phone": "0687654321"})
    victim = shops.boutique.register(VICTIM, **names, phone="+380687654321")
    shops.learn()
    shops.push()
    assert shops.card(MARKET, mallory).person["id"] == shops.card(BOUTIQUE, victim).person["id"]
    add_property(shops.workspace, Property("roast", "Roast", PropertyType.TEXT, push_to="roast"), who=WHO)
    return mallory, victim


PRIVATE = {
    "given_name": "Ольга",
    "family_name": "Шевченко",
    "phone": "+380671234567",
    "email": "olha@example.com",
    "property:roast": "dark",
}


@pytest.mark.parametrize("by", ["account", "e-mail", "person", "phone"])
def test_who_shares_a_phone_and_a_name_only_reads_nothing_of_what_is_written_about_the_other(
    shops: TwoShops, by: str, tmp_path: Path
) -> None:
    mallory, victim = mallory_and_victim(shops)
    account, person = shops.account(BOUTIQUE, victim), str(shops.card(BOUTIQUE, victim).person["id"])
    named = {"account": account, "e-mail": VICTIM, "person": person, "phone": "+380687654321"}[by]
    before = profile(shops, MARKET, mallory, *PRIVATE)
    for field, value in PRIVATE.items():
        set_field(shops.workspace, named, field, value, who=WHO)
    plan = make_plan(shops.workspace, shops.shop(MARKET))
    assert plan.empty
    (said,) = plan.edits
    assert "by a phone or a card alone" in said
    assert ": 5." in said
    shops.push()
    assert profile(shops, MARKET, mallory, *PRIVATE) == before
    known = profile(shops, BOUTIQUE, victim, "given_name", "property:roast")
    # Of a person as a whole, or of a phone, nobody said which of the two it is about.
    told = by in {"account", "e-mail"}
    assert (known == {"given_name": "Ольга", "property:roast": "dark"}) is told
    set_field(shops.workspace, shops.account(MARKET, mallory), "given_name", "Ольга", who=WHO)
    shops.push()
    assert profile(shops, MARKET, mallory, "given_name", "phone") == {
        "given_name": "Ольга",
        "phone": before["phone"],
    }
    apart = ((shops.account(MARKET, mallory),), (account,))
    assert export_evidence(shops.workspace, account, tmp_path / "all.zip", who=WHO).parts == apart
    assert erase_person(shops.workspace, account, who=WHO, why="asked", dry_run=True).parts == apart


def test_what_is_written_about_a_person_reaches_an_account_once_it_is_named_itself(shops: TwoShops) -> None:
    stranger, victim = stranger_and_victim(shops)
    set_field(shops.workspace, VICTIM, "given_name", "Ольга", who=WHO)
    shops.push()
    account = shops.account(MARKET, stranger)
    assert not set_field(shops.workspace, account, "given_name", "Ольга", who=WHO).already
    assert set_field(shops.workspace, account, "given_name", "Ольга", who=WHO).already
    shops.push()
    assert profile(shops, MARKET, stranger, "given_name") == {"given_name": "Ольга"}
    set_field(shops.workspace, shops.account(BOUTIQUE, victim), "given_name", "Оля", who=WHO)
    shops.push()
    assert profile(shops, MARKET, stranger, "given_name") == {"given_name": "Ольга"}
    assert profile(shops, BOUTIQUE, victim, "given_name") == {"given_name": "Оля"}


@pytest.mark.parametrize("how", ["link", "option"])
def test_edits_travel_when_it_becomes_known_whose_an_account_is_and_no_further_when_that_is_lost(
    shops: TwoShops, how: str
) -> None:
    def known() -> None:
        if how == "option":
            change_shop_options(shops.workspace, MARKET, {"checks_emails": "yes"}, who=WHO)
            return
        link = ownership_link(shops.workspace, account, site="https://example.com/r/", who=WHO)
        assert OwnershipLinks(shops.workspace).confirm(link.url.rpartition("/")[2]) is not None

    def lost() -> None:
        if how == "option":
            change_shop_options(shops.workspace, MARKET, {"checks_emails": ""}, who=WHO)
        else:
            assert withdraw_ownership(shops.workspace, account, who=WHO)

    one, _ = stranger_and_victim(shops)
    account = shops.account(MARKET, one)
    set_field(shops.workspace, VICTIM, "given_name", "Ольга", who=WHO)
    shops.push()
    known()
    shops.learn()
    shops.push()
    assert profile(shops, MARKET, one, "given_name") == {"given_name": "Ольга"}
    set_field(shops.workspace, VICTIM, "given_name", "Оля", who=WHO)
    planned = make_plan(shops.workspace, shops.shop(MARKET))
    assert "update profile" in planned.counts
    lost()
    applied = apply_plan(shops.workspace, shops.shop(MARKET), planned.id, confirmed=True)
    assert applied.reasons == ["a profile was left out because it is no longer to be written so"]
    with shops.workspace.store.read() as connection:
        (state,) = {
            each.state for each in operations_of(connection, planned.id) if each.target_kind == "profile"
        }
    assert state == "refused"
    shops.learn()
    shops.push()
    assert profile(shops, MARKET, one, "given_name") == {"given_name": "Ольга"}
    with shops.workspace.store.read() as connection:
        assert standing_of_keys(connection, shops.shop(MARKET).id, "profile", [str(one)]) == {}


def test_a_merge_brings_the_edits_to_the_other_account_and_undoing_it_lets_go_of_them(
    shops: TwoShops,
) -> None:
    one = shops.market.register("olena@example.com", billing={"first_name": "Олена"})
    other = shops.boutique.register("lena@example.net", first_name="Лена")
    shops.learn()
    shops.push()
    set_field(shops.workspace, shops.account(MARKET, one), "family_name", "Шевченко", who=WHO)
    shops.push()
    assert profile(shops, BOUTIQUE, other, "family_name") == {"family_name": ""}
    merged = merge_persons(
        shops.workspace, [shops.account(MARKET, one), shops.account(BOUTIQUE, other)], who=WHO, why="asked"
    )
    shops.push()
    assert profile(shops, BOUTIQUE, other, "family_name") == {"family_name": "Шевченко"}
    undo_decision(shops.workspace, merged.decisions[0], who=WHO, why="wrong")
    shops.push()
    with shops.workspace.store.read() as connection:
        assert standing_of_keys(connection, shops.shop(BOUTIQUE).id, "profile", [str(other)]) == {}
    assert profile(shops, BOUTIQUE, other, "family_name") == {"family_name": "Шевченко"}
