"""Edits on their way to a shop that answers late, hides, changes or refuses: each effect once."""

import random
import re
from collections import Counter

import pytest

import regulars_store
from agent_world import LOST, World, is_write
from edits_world import WHO, carried, choose, customer, edits_of, profiles, vouch, write
from regulars_agent import add_property, set_field, unanswered
from regulars_agent._by_hand import EDITED
from regulars_mapping import PermanentError, Property, PropertyType
from regulars_sandbox import Request, Response
from regulars_store import Store
from webhook_world import ToldWorld


@pytest.fixture
def store(sqlite_store: Store) -> Store:
    """On SQLite only: what is asked of the database is asked on both in ``test_edits_to_shops``."""
    return sqlite_store


def test_what_is_sent_and_never_answered_is_looked_up_and_has_one_effect(told: World) -> None:
    def lose(request: Request, response: Response) -> Response:
        return LOST if is_write(request) else response

    write(told, 3, given_name="Ольга")
    told.plan()
    told.front.after = lose
    assert told.apply().unanswered == 1
    told.front.after = lambda _, response: response
    write(told, 3, given_name="Оля")
    assert told.plan().waiting == 1
    told.settled()
    carried(told)
    assert customer(told, 3)["first_name"] == "Оля"
    assert told.plan(everybody=True).empty
    told.reread(3)
    assert told.plan().empty


def test_a_request_that_never_reached_the_shop_is_sent_again(told: World) -> None:
    write(told, 3, given_name="Ольга")
    told.plan()
    told.front.before = lambda request: LOST if is_write(request) else None
    assert told.apply().unanswered == 1
    told.front.before = lambda _: None
    told.settled()
    assert told.apply().complete
    assert customer(told, 3)["first_name"] == "Ольга"


def test_what_is_changed_in_the_shop_later_is_left_and_told_until_it_is_written_anew(told: World) -> None:
    write(told, 3, given_name="Ольга")
    carried(told)
    told.staff("PUT", "customers/3", {"first_name": "Оксана"})
    told.reread(3)
    plan = told.plan()
    assert plan.empty
    assert told.plan().edits == ()
    (said,) = plan.edits
    assert said.startswith("given_name of customer 3 was changed in the shop")
    assert "Оксана" not in said
    write(told, 3, given_name=None)
    write(told, 3, given_name="Ольга")
    carried(told)
    assert customer(told, 3)["first_name"] == "Ольга"


def test_a_firm_shop_gets_it_back_and_the_plan_says_that_it_was_edited_there(told: World) -> None:
    choose(told, edits="firm")
    write(told, 3, given_name="Ольга")
    carried(told)
    told.staff("PUT", "customers/3", {"first_name": "Оксана"})
    plan = told.plan(everybody=True)
    assert edits_of(told, plan.id) == [("3", {"given_name": "Оксана"}, {"given_name": "Ольга"})]
    assert told.operations(plan.id)[0].reason.startswith(f"{EDITED}; given_name: written by hand")
    assert told.apply().complete
    assert told.plan(everybody=True).empty


def test_what_changes_between_plan_and_apply_is_not_overwritten_before_a_plan_has_shown_it(
    told: World,
) -> None:
    write(told, 3, given_name="Ольга")
    told.plan()
    told.staff("PUT", "customers/3", {"first_name": "Оксана"})
    assert told.apply().drifted == 1
    assert customer(told, 3)["first_name"] == "Оксана"
    plan = told.plan()
    assert edits_of(told, plan.id) == [("3", {"given_name": "Оксана"}, {"given_name": "Ольга"})]
    assert told.apply().complete


def test_what_reads_in_the_shop_as_it_was_written_by_hand_needs_no_write(told: World) -> None:
    write(told, 3, given_name="Olena")
    assert told.plan().empty
    assert profiles(told) == {"3": {"given_name": "Olena"}}


def test_phones_go_only_where_it_is_known_whose_the_account_is_and_guests_get_nothing(told: World) -> None:
    address = {"first_name": "Olena", "email": "person3@example.com"}
    told.double.place_order(items=[(90_001, 1)], billing=address)
    told.refresh()
    carried(told)
    write(told, 3, given_name="Ольга", phone="+380671234567")
    plan = told.plan()
    assert edits_of(told, plan.id) == [("3", {"given_name": "Olena"}, {"given_name": "Ольга"})]
    (said,) = plan.edits
    assert "it is not known whose the accounts are: 1." in said
    assert "regulars shop set tea --option checks_emails=yes" in said
    assert told.apply().complete
    vouch(told)
    assert customer(told, 3)["billing"]["phone"] == "+380671234567"


def test_an_account_beside_a_guest_s_orders_is_told_nothing_unless_it_is_named_itself(told: World) -> None:
    address = {"first_name": "Olena", "email": "person3@example.com"}
    told.double.place_order(items=[(90_001, 1)], billing=address)
    told.refresh()
    carried(told)
    set_field(told.workspace, "person3@example.com", "given_name", "Ольга", who=WHO)
    plan = told.plan()
    assert plan.empty
    assert "regulars person set ACCOUNT FIELD VALUE" in plan.edits[0]
    set_field(told.workspace, "person4@example.com", "given_name", "Марта", who=WHO)
    write(told, 3, given_name="Ольга")
    carried(told)
    assert [customer(told, number)["first_name"] for number in (3, 4)] == ["Ольга", "Марта"]


def test_no_edit_changes_the_login_unless_the_owner_lets_it(told: World) -> None:
    vouch(told)
    write(told, 3, email="new@example.com")
    assert told.plan().empty
    choose(told, edits_email="yes")
    carried(told)
    assert customer(told, 3)["email"] == "new@example.com"
    told.reread(3)
    assert not edits_of(told, told.plan().id)


def test_a_property_never_writes_what_is_not_the_owners(told: World) -> None:
    rights = Property("mine", "Mine", PropertyType.TEXT, push_to="wp_capabilities")
    with pytest.raises(PermanentError, match="No connected shop takes a field of the name wp_capabilities"):
        add_property(told.workspace, rights, who=WHO, dry_run=True)
    with told.workspace.store.write() as connection:
        regulars_store.save_property(connection, rights, ended=False, who=WHO, now=told.clock())
    write(told, 3, property_mine="administrator")
    plan = told.plan()
    assert plan.empty
    (said,) = plan.edits
    assert said.startswith("the property wp_capabilities stays here: the shop takes no field of this name")


def test_where_metadata_is_hidden_names_travel_all_the_same(told: World) -> None:
    add_property(told.workspace, Property("mine", "Mine", PropertyType.TEXT, push_to="mine"), who=WHO)
    write(told, 3, given_name="Ольга", property_mine="x")

    def hide(request: Request, response: Response) -> Response:
        if "customers" not in request.target or request.method != "GET":
            return response
        return Response(response.status, response.headers, response.body.replace(b'"meta_data"', b'"hidden"'))

    told.front.after = hide
    plan = told.plan()
    assert edits_of(told, plan.id) == [("3", {"given_name": "Olena"}, {"given_name": "Ольга"})]
    assert "metadata" in plan.edits[0]


def test_a_name_that_the_shop_stores_otherwise_is_refused_and_said(told: World) -> None:
    write(told, 3, given_name="a<b>c")
    told.plan()
    applied = told.apply()
    assert applied.refused == 1
    assert applied.reasons == ["profile 3: the shop stored another value (given_name)"]


def test_ampersands_come_back_as_they_were_written(told: World) -> None:
    write(told, 3, family_name="Smith & Sons")
    carried(told)
    assert customer(told, 3)["last_name"] == "Smith &amp; Sons"
    assert told.plan(everybody=True).empty
    assert profiles(told)["3"] == {"family_name": "Smith & Sons"}
    assert set_field(told.workspace, f"{told.shop.id}:3", "family_name", "Smith & Sons", who=WHO).already


def test_a_property_changed_in_the_shop_is_noticed_when_its_customer_is_read(told: World) -> None:
    add_property(told.workspace, Property("mine", "Mine", PropertyType.TEXT, push_to="mine"), who=WHO)
    write(told, 3, property_mine="x")
    carried(told)
    told.reread(3)
    told.plan()
    told.staff("PUT", "customers/3", {"meta_data": [{"key": "mine", "value": "y"}]})
    told.reread(3)
    plan = told.plan()
    assert plan.empty
    assert plan.edits[0].startswith("mine of customer 3 was changed in the shop")


def test_the_agent_brings_an_edit_by_itself_and_its_echo_writes_nothing_more(quiet: ToldWorld) -> None:
    world = quiet.world
    write(world, 3, given_name="Ольга")
    quiet.tick(hours=2)
    assert customer(world, 3)["first_name"] == "Ольга"
    assert quiet.deliver() == ["customer.updated 3"]
    quiet.tick(minutes=11)
    quiet.tick(hours=2)
    assert quiet.given_name(3) == "Ольга"
    assert world.front.writes() == ["customers/batch"]


@pytest.mark.parametrize("seed", [0, 2])
def test_whatever_happens_meanwhile_each_edit_is_written_once_and_the_shop_s_newer_word_stands(
    told: World, seed: int
) -> None:
    """Edits, givings-back, changes in the shop, lost answers, lost requests and plans in any order. What the
    shop must show in the end is ``wanted``: the newer of the last edit and the last change there."""
    chance = random.Random(seed)
    wanted = dict.fromkeys((3, 4), "Olena")
    effects: Counter[str] = Counter()

    def shop_sees(request: Request, response: Response) -> Response:
        if is_write(request, "customers/batch") and response.status == 200:
            effects.update(re.findall(r'"first_name": ?"(w\d+)"', request.body.decode()))
            return LOST if chance.random() < 0.3 else response
        return response

    told.front.after = shop_sees
    told.front.before = lambda asked: LOST if is_write(asked) and chance.random() < 0.2 else None
    for step in range(25):
        number = chance.choice((3, 4))
        deed = chance.choice(("edit", "edit", "change", "plan", "apply", "apply", "back"))
        if deed == "edit":
            write(told, number, given_name=f"w{step}")
            wanted[number] = f"w{step}"
        elif deed == "change":
            _all_settled(told)
            told.double.edit_customer(number, first_name=f"s{step}")
            told.reread(number)
            wanted[number] = f"s{step}"
        elif deed == "back":
            _all_settled(told)
            write(told, number, given_name=None)
        elif deed == "plan":
            told.plan()
        elif told.plan().operations:
            told.apply()
    _all_settled(told)
    assert {number: customer(told, number)["first_name"] for number in wanted} == wanted
    assert set(effects.values()) == {1}
    told.reread(3, 4)
    assert told.plan(everybody=True).operations == 0


def _all_settled(world: World) -> None:
    """Everything that waits has come to its end, however often that takes."""
    for _ in range(30):
        plan = world.plan()
        if plan.empty and not unanswered(world.workspace, world.shop).count:
            return
        world.apply()
        world.settled()
    raise AssertionError("it never settled")
