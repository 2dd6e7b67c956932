"""What keeps marketing from what it is set to: told by the doctor, and not brought about unasked."""

from collections.abc import Mapping
from datetime import UTC, datetime

import pytest

from purchases import World, gift
from regulars_agent import (
    Workspace,
    add_property,
    add_segment,
    disable_programme,
    disable_segment,
    doctor,
    end_property,
    properties,
    refresh_segments,
)
from regulars_agent._rates import set_rate
from regulars_mapping import PermanentError, Property, PropertyType
from regulars_marketing import write_profiles

OWNER = {"who": "the owner"}
VISION = Property("vision", "Eyesight", PropertyType.NUMBER)


@pytest.fixture
def world(empty_workspace: Workspace) -> World:
    made = World(empty_workspace.store)
    made.shop(1, "tea", zone="Europe/Kyiv")
    add_property(empty_workspace, VISION, **OWNER)
    add_property(empty_workspace, Property("visions", "Others", PropertyType.NUMBER), **OWNER)
    return made


def warned(workspace: Workspace) -> Mapping[str, tuple[str, str]]:
    found = doctor(workspace)
    kinds = ("rate", "segment", "programme")
    return {each.subject: (each.message, each.remedy) for each in found if each.subject.startswith(kinds)}


def test_a_field_that_is_asked_about_ends_only_anyway_and_the_doctor_says_who_describes_nobody_then(
    empty_workspace: Workspace, world: World
) -> None:
    workspace = empty_workspace
    add_segment(workspace, "keen", "Property.Vision > 2 AND number_of_orders >= 0", **OWNER)
    add_segment(workspace, "others", "property.visions > 2", **OWNER)
    world.programme(gift("birthday", percent=10, audience="property.vision > 2"))
    assert warned(workspace) == {}
    for dry_run in (True, False):
        with pytest.raises(PermanentError) as refused:
            end_property(workspace, "vision", dry_run=dry_run, **OWNER)
        assert "is asked about by: segment keen, programme birthday. Without it" in str(refused.value)
    assert set(properties(workspace)) == {"vision", "visions"}
    end_property(workspace, "vision", anyway=True, **OWNER)
    found = warned(workspace)
    assert set(found) == {"segment keen", "programme birthday"}
    assert "its members stand as they last were: At character 1" in found["segment keen"][0]
    assert "regulars segment change keen" in found["segment keen"][1]
    assert "Its audience describes nobody, so it gives nothing: At" in found["programme birthday"][0]
    add_property(workspace, VISION, **OWNER)
    assert warned(workspace) == {}


def test_a_field_ends_where_whoever_asks_about_it_is_off(empty_workspace: Workspace, world: World) -> None:
    workspace = empty_workspace
    add_segment(workspace, "keen", "property.vision > 2", **OWNER)
    world.programme(gift("birthday", percent=10, audience="property.vision > 2"))
    disable_segment(workspace, "keen", **OWNER)
    disable_programme(workspace, "birthday", **OWNER)
    assert end_property(workspace, "vision", **OWNER).key == "vision"
    assert warned(workspace) == {}
    refresh_segments(workspace)


def test_a_use_is_seen_also_where_the_expression_names_another_field_that_has_ended(
    empty_workspace: Workspace, world: World
) -> None:
    workspace = empty_workspace
    add_segment(workspace, "both", "property.vision > 2 OR property.visions > 2", **OWNER)
    end_property(workspace, "visions", anyway=True, **OWNER)
    with pytest.raises(PermanentError, match="segment both"):
        end_property(workspace, "vision", **OWNER)


def test_a_missing_rate_is_told_with_its_days_and_whose_sums_it_holds_back(
    empty_workspace: Workspace, world: World
) -> None:
    placed = datetime(2026, 3, 2, 12, tzinfo=UTC)
    for person, currency in (("anna", "USD"), ("olena", "USD"), ("petro", "EUR"), ("ivan", "UAH")):
        world.person(person)
        world.order(world.account(person), 1_000, currency=currency, placed_at=placed)
    with empty_workspace.store.write() as connection:
        write_profiles(connection, ["anna", "olena", "petro", "ivan"], now=placed)
    found = warned(empty_workspace)
    assert set(found) == {"rate EUR", "rate USD"}
    assert found["rate USD"][0] == (
        "There were orders in USD on 2026-03-02, and no rate to UAH is known for them. The sums of 2 persons "
        "are held back."
    )
    set_rate(empty_workspace, "USD", "UAH", "41.25", day=placed.date(), **OWNER)
    assert set(warned(empty_workspace)) == {"rate EUR"}
