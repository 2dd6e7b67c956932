"""What is written into a record by hand travels to the shop's customers by plan and apply, and stands."""

from dataclasses import replace

import pytest

from agent_world import World
from edits_world import WHO, carried, choose, customer, edits_of, meta_of, profiles, vouch, write
from regulars_agent import add_property
from regulars_mapping import MisconfiguredError, PermanentError, Property, PropertyType


def test_a_name_and_a_phone_are_planned_with_their_reason_and_travel_once(
    told: World,
) -> None:
    vouch(told)
    write(told, 3, family_name="Шевченко", phone="067 123 45 67")
    plan = told.plan()
    wanted = {"family_name": "Шевченко", "phone": "+380671234567"}
    assert edits_of(told, plan.id) == [("3", {"family_name": "", "phone": ""}, wanted)]
    (operation,) = told.operations(plan.id)
    assert operation.reason == f"family_name, phone: written by hand by {WHO} on {told.clock():%Y-%m-%d}"
    assert (plan.counts, plan.accounts, plan.calls) == ({"update profile": 1}, 1, 1)
    assert told.front.writes() == []
    assert told.apply().complete
    shown = customer(told, 3)
    assert (shown["first_name"], shown["last_name"]) == ("Olena", "Шевченко")
    assert shown["billing"]["phone"] == "+380671234567"
    assert shown["email"] == "person3@example.com"
    assert told.front.writes() == ["customers/batch"]
    told.reread(3)
    assert told.plan().empty
    assert told.plan(everybody=True).empty
    assert profiles(told) == {"3": wanted}


def test_a_phone_that_the_shop_spells_otherwise_is_no_change(told: World) -> None:
    vouch(told)
    told.staff("PUT", "customers/3", {"billing": {"phone": "+38 (066) 288-33-09"}})
    told.reread(3)
    write(told, 3, phone="+380 66 288 33 09")
    assert told.plan().empty
    assert profiles(told) == {"3": {"phone": "+380662883309"}}
    write(told, 3, phone="+380 66 288 33 10")
    edited = {"phone": "+380662883310"}
    assert edits_of(told, told.plan().id) == [("3", {"phone": "+38 (066) 288-33-09"}, edited)]


def test_an_edit_beside_an_offer_moves_no_grant_and_withdraws_nothing(told: World) -> None:
    before, coupons, labels = told.grants_of(3), told.coupons(), told.labels()
    write(told, 3, given_name="Ольга")
    plan = told.plan()
    assert plan.counts == {"update profile": 1}
    assert told.apply().complete
    assert (told.grants_of(3), told.coupons(), told.labels()) == (before, coupons, labels)
    told.reread(3)
    told.buy(3, 6000)
    assert told.plan().counts == {"update coupon": 1, "update label": 1}


def test_giving_a_field_back_leaves_the_shop_as_it_is_and_owns_it_no_more(told: World) -> None:
    write(told, 3, given_name="Ольга", family_name="Шевченко")
    carried(told)
    write(told, 3, given_name=None)
    assert told.plan().empty
    assert profiles(told) == {"3": {"family_name": "Шевченко"}}
    told.staff("PUT", "customers/3", {"first_name": "Оксана"})
    told.reread(3)
    plan = told.plan(everybody=True)
    assert plan.empty
    assert not plan.edits
    write(told, 3, family_name=None)
    assert told.plan().empty
    assert profiles(told) == {}
    assert customer(told, 3)["last_name"] == "Шевченко"
    assert told.front.writes() == ["customers/3"]


def test_a_plan_that_another_replaces_loses_no_edit(told: World) -> None:
    write(told, 3, given_name="Ольга")
    told.plan()
    write(told, 4, given_name="Марта")
    plan = told.plan()
    assert [one[0] for one in edits_of(told, plan.id)] == ["3", "4"]


def test_the_option_off_keeps_every_edit_here_and_on_again_brings_it(told: World) -> None:
    choose(told, edits="off")
    write(told, 3, given_name="Ольга")
    assert told.plan().empty
    choose(told, edits="")
    assert told.plan().counts == {"update profile": 1}
    with pytest.raises(MisconfiguredError, match="edits is one of"):
        choose(told, edits="perhaps")


def test_a_property_with_a_name_for_the_shops_travels_as_metadata_and_empty_takes_it_away(
    told: World,
) -> None:
    roast = Property("roast", "Roast", PropertyType.CHOICE, ("dark", "light"), push_to="loyalty_roast")
    vip = Property("vip", "VIP", PropertyType.YES_NO, push_to="vip")
    note = Property("note", "Note", PropertyType.TEXT, sensitive=True)
    with pytest.raises(PermanentError, match="cannot be both"):
        add_property(told.workspace, replace(note, push_to="note"), who=WHO)
    here = Property("here", "Here", PropertyType.TEXT)
    for defined in (roast, vip, note, here):
        add_property(told.workspace, defined, who=WHO)
    write(told, 3, property_roast="Dark", property_vip="no", property_note="allergic", property_here="x")
    plan = told.plan()
    wanted = {"property:loyalty_roast": "dark", "property:vip": "no"}
    assert edits_of(told, plan.id) == [("3", dict.fromkeys(wanted, ""), wanted)]
    assert told.apply().complete
    assert (meta_of(told, 3, "loyalty_roast"), meta_of(told, 3, "vip")) == ("dark", "no")
    assert meta_of(told, 3, "note") is None
    told.reread(3)
    assert told.plan(everybody=True).empty
    add_property(told.workspace, Property("here", "Here", PropertyType.TEXT, push_to="here"), who=WHO)
    carried(told)
    assert meta_of(told, 3, "here") == "x"
    write(told, 3, property_here="")
    carried(told)
    assert meta_of(told, 3, "here") is None


def test_a_customer_who_is_gone_is_forgotten(told: World) -> None:
    write(told, 3, given_name="Ольга")
    carried(told)
    told.staff("DELETE", "customers/3?force=true")
    told.recount()
    carried(told)
    assert profiles(told) == {}
