"""The options of a shop: what they may say, how they change, and what follows."""

from typing import Any

import pytest
from pydantic import SecretStr
from sqlalchemy import select

import regulars_store as store
from offer_rows import give_offer
from purchases import World
from regulars_agent import OptionsChange, Workspace, change_shop_options, check_options, emails_hint
from regulars_agent._derive import EVERYBODY
from regulars_mapping import MisconfiguredError
from regulars_store import tables


@pytest.fixture
def people(empty_workspace: Workspace) -> World:
    """Two shops; one person has two accounts in the first, another one in the second."""
    made = World(empty_workspace.store)
    for number, name in enumerate(("tea", "cake"), 1):
        made.shop(number, name)
        with made.store.write() as connection:
            store.set_options(connection, number, {})
    for person, shop in (("p1", 1), ("p1", 1), ("p2", 2)):
        give_offer(made.store, made.account(person, shop=shop))
    return made


def change(workspace: Workspace, *, dry_run: bool = False, **options: str) -> OptionsChange:
    return change_shop_options(workspace, "tea", options, who="the owner", dry_run=dry_run)


def options_of(workspace: Workspace, shop: str = "tea") -> dict[str, Any]:
    with workspace.store.read() as connection:
        return dict(store.shop_named(connection, shop).options)


def due(workspace: Workspace) -> dict[str, set[str]]:
    with workspace.store.read() as connection:
        found: dict[str, set[str]] = {}
        for row in connection.execute(select(tables.dirty.c.stage, tables.dirty.c.key)):
            found.setdefault(row.stage, set()).add(row.key)
        return found


def test_options_are_those_of_every_shop_and_of_the_platform() -> None:
    check_options("woocommerce", {"home_url": "http://a.example", "language": "uk", "settle_seconds": "5"})
    check_options("shopify", {"page_size": "50", "combines_with": "order"})
    with pytest.raises(MisconfiguredError, match=r"no option 'page_size' of woocommerce.*home_url, language"):
        check_options("woocommerce", {"page_size": "50"})
    with pytest.raises(MisconfiguredError, match="one of: en, uk, ru, de"):
        check_options("woocommerce", {"language": "fr"})


@pytest.mark.parametrize("platform", ["woocommerce", "shopify"])
@pytest.mark.parametrize("value", ["yes", "no"])
def test_every_shop_may_say_whether_it_checks_e_mails(platform: str, value: str) -> None:
    check_options(platform, {"checks_emails": value})


@pytest.mark.parametrize("value", ["", "YES", "true", "1", "maybe", "yes\x00"])
def test_no_other_word_says_it(value: str) -> None:
    with pytest.raises(MisconfiguredError, match="checks_emails is one of: yes, no"):
        check_options("woocommerce", {"checks_emails": value})


@pytest.mark.parametrize("given", ["soon", "0", "-5", "nan", "inf", "1e9", "", "86401"])
def test_a_settle_time_that_is_none_is_refused(given: str) -> None:
    with pytest.raises(MisconfiguredError, match="settle_seconds must be a number of seconds up to 86400"):
        check_options("woocommerce", {"settle_seconds": given})


@pytest.mark.parametrize("given", ["0.5", "30", "86400"])
def test_a_settle_time_is_a_bounded_number_of_seconds(given: str) -> None:
    check_options("shopify", {"settle_seconds": given})


def test_an_option_is_set_beside_the_others_and_taken_away(empty_workspace: Workspace, people: World) -> None:
    change(empty_workspace, language="uk")
    done = change(empty_workspace, settle_seconds="30")
    assert (done.shop, done.before, done.after) == (
        "tea",
        {"language": "uk"},
        {"language": "uk", "settle_seconds": "30"},
    )
    assert (
        change(empty_workspace, language="").after == options_of(empty_workspace) == {"settle_seconds": "30"}
    )
    assert options_of(empty_workspace, "cake") == {}


def test_that_a_shop_checks_e_mails_makes_everybody_due_and_its_own_people_to_be_planned(
    empty_workspace: Workspace, people: World
) -> None:
    assert change(empty_workspace, checks_emails="yes").recompute
    assert due(empty_workspace) == {EVERYBODY: {"options:1"}, "identity": {"1:1", "1:2"}, "offers:1": {"p1"}}
    with empty_workspace.store.read() as connection:
        assert store.checks_emails(store.shop_named(connection, "tea").options)


@pytest.mark.parametrize("after", ["no", ""])
def test_that_it_checks_them_no_more_makes_everybody_due_too(
    empty_workspace: Workspace, people: World, after: str
) -> None:
    change(empty_workspace, checks_emails="yes")
    people.clean()
    assert change(empty_workspace, checks_emails=after).recompute
    assert due(empty_workspace) == {EVERYBODY: {"options:1"}, "identity": {"1:1", "1:2"}, "offers:1": {"p1"}}


def test_saying_no_where_nothing_was_said_changes_nobody_s_offer(
    empty_workspace: Workspace, people: World
) -> None:
    assert not change(empty_workspace, checks_emails="no").recompute
    assert due(empty_workspace) == {}
    assert options_of(empty_workspace) == {"checks_emails": "no"}


def test_another_language_is_brought_to_everybody_of_that_shop(
    empty_workspace: Workspace, people: World
) -> None:
    assert not change(empty_workspace, language="uk").recompute
    assert due(empty_workspace) == {"offers:1": {"p1"}}


def test_what_is_set_so_already_changes_nothing_and_is_not_noted(
    empty_workspace: Workspace, people: World
) -> None:
    change(empty_workspace, checks_emails="yes")
    people.clean()
    assert not change(empty_workspace, checks_emails="yes").changed
    assert due(empty_workspace) == {}
    with empty_workspace.store.read() as connection:
        (noted,) = connection.execute(select(tables.audit)).all()
    assert (noted.who, noted.subject, noted.detail["after"]) == ("the owner", "tea", {"checks_emails": "yes"})


def test_a_rehearsal_says_the_same_and_keeps_nothing(empty_workspace: Workspace, people: World) -> None:
    said = change(empty_workspace, dry_run=True, checks_emails="yes")
    assert (said.before, said.after, said.recompute) == ({}, {"checks_emails": "yes"}, True)
    assert (options_of(empty_workspace), due(empty_workspace)) == ({}, {})


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"checks_emails": "perhaps"}, "one of: yes, no"),
        ({"page_size": "50"}, "no option 'page_size'"),
        ({"page_size": ""}, "no option 'page_size'"),
        ({"settle_seconds": "-1"}, "settle_seconds must be"),
        ({"language": "uk", "bogus": "1"}, "no option 'bogus'"),
    ],
)
def test_what_means_nothing_is_refused_and_nothing_of_it_is_kept(
    empty_workspace: Workspace, people: World, options: dict[str, str], said: str
) -> None:
    with pytest.raises(MisconfiguredError, match=said):
        change(empty_workspace, **options)
    assert (options_of(empty_workspace), due(empty_workspace)) == ({}, {})


def test_what_only_the_connector_understands_is_tried_on_it(
    empty_workspace: Workspace, people: World
) -> None:
    for name in ("consumer_key", "consumer_secret"):
        empty_workspace.secrets.set("tea", name, SecretStr(f"ck_{name}"))
    with pytest.raises(MisconfiguredError, match="certificates were to be in"):
        change(empty_workspace, certificates="nowhere.pem")
    with pytest.raises(MisconfiguredError):
        change(empty_workspace, home_url="ftp://tea.example.com")
    assert options_of(empty_workspace) == {}


def test_an_option_that_no_release_knows_any_more_can_be_taken_away(
    empty_workspace: Workspace, people: World
) -> None:
    with empty_workspace.store.write() as connection:
        store.set_options(connection, 1, {"of_old": "1", "language": "uk"})
    assert change(empty_workspace, of_old="").after == {"language": "uk"}


def test_a_shop_that_is_not_there_has_no_options(empty_workspace: Workspace) -> None:
    with pytest.raises(MisconfiguredError, match="no shop named tea"):
        change(empty_workspace, language="uk")


def test_only_where_nobody_says_it_an_owner_is_told_what_follows() -> None:
    hint = emails_hint("tea house", "woocommerce", {})
    assert "gets only what it bought itself" in hint
    assert hint.endswith("regulars shop set 'tea house' --option checks_emails=yes")
    assert emails_hint("tea", "woocommerce", {"checks_emails": "no"}) == ""
    assert emails_hint("tea", "shopify", {}) == ""
