"""What a shop can do comes and goes with its plug-in and its key; what a check cannot tell stays as known."""

from collections.abc import Iterator

import pytest

from agent_world import COFFEE, KEY, SPENT, World, a_history, connected, credentials, served
from regulars_agent import Workspace, check_shop, rotate_credentials
from regulars_sandbox import ApiKey, Response

MANAGER = ApiKey("ck_manager", "cs_manager", role="shop_manager")


@pytest.fixture
def managed(world: World) -> World:
    """The small shop by the key of a shop manager, which sees no labels."""
    world.double.add_key(MANAGER)
    assert rotate_credentials(world.workspace, "tea", credentials(MANAGER)).usable
    assert world.shop.capabilities == ("labels-hidden",)
    return world


def checked(world: World, *, companion: bool, index: bool = True) -> tuple[str, ...]:
    world.double.site.companion = companion
    world.double.site.open_index = index
    assert check_shop(world.workspace, "tea").usable
    return tuple(each for each in world.shop.capabilities if each != "companion-terms")


@pytest.mark.parametrize("index", [True, False], ids=["open index", "closed index"])
def test_the_key_of_an_administrator_lifts_what_a_managers_could_not_see(managed: World, index: bool) -> None:
    managed.double.site.open_index = index
    assert check_shop(managed.workspace, "tea").usable
    assert managed.shop.capabilities == ("labels-hidden",)
    assert rotate_credentials(managed.workspace, "tea", credentials(KEY)).usable
    assert managed.shop.capabilities == ()


@pytest.mark.parametrize("index", [True, False], ids=["open index", "closed index"])
def test_the_plug_in_is_taken_up_and_let_go(world: World, index: bool) -> None:
    assert checked(world, companion=True, index=index) == ("companion-plugin",)
    assert checked(world, companion=False, index=index) == ()


def test_what_nobody_may_see_any_more_stays_as_it_was_known(world: World) -> None:
    closed = Response(401, (("Content-Type", "application/json"),), b'{"code":"rest_cannot_access"}')
    assert checked(world, companion=True) == ("companion-plugin",)
    world.front.before = lambda request: closed if "/regulars/v1" in request.target else None
    assert checked(world, companion=False, index=False) == ("companion-plugin",)
    world.front.before = lambda _: None
    assert checked(world, companion=False, index=False) == ()


def test_a_manager_s_key_and_the_plug_in_are_two_things(managed: World) -> None:
    assert checked(managed, companion=True) == ("companion-plugin", "labels-hidden")
    assert rotate_credentials(managed.workspace, "tea", credentials(KEY)).usable
    assert "labels-hidden" not in managed.shop.capabilities
    assert "companion-plugin" in managed.shop.capabilities


def settled(world: World) -> None:
    world.plan()
    applied = world.apply()
    if "labels-hidden" not in world.shop.capabilities:
        assert applied.complete
        assert world.plan(everybody=True).empty


def discounts(world: World) -> dict[int, int]:
    """How many discounts each customer of the small shop has in the cart, the personal code typed too."""
    codes = {str((each.document or {})["mark"]): [each.target.key] for each in world.coupons()}
    cart = world.double.cart
    return {number: len(cart(number, coupon_codes=codes.get(str(number), []))) for number in SPENT}


ONE_EACH = {number: int(spent >= 1_000) for number, spent in SPENT.items()}


def test_nobody_has_two_discounts_whatever_comes_and_goes(world: World) -> None:
    settled(world)
    world.double.add_key(MANAGER)
    assert discounts(world) == ONE_EACH
    for companion, key, index in (
        (True, KEY, True),
        (True, MANAGER, True),
        (False, MANAGER, False),
        (True, MANAGER, False),
        (True, KEY, False),
        (False, KEY, False),
        (True, KEY, True),
    ):
        world.double.site.companion, world.double.site.open_index = companion, index
        assert rotate_credentials(world.workspace, "tea", credentials(key)).usable
        settled(world)
        assert discounts(world) == ONE_EACH, (companion, key.role, index)


def test_labels_that_are_seen_no_more_stay_and_hold_up_no_coupon(managed: World) -> None:
    """They were written by an administrator's key."""
    assert rotate_credentials(managed.workspace, "tea", credentials(KEY)).usable
    settled(managed)
    assert rotate_credentials(managed.workspace, "tea", credentials(MANAGER)).usable
    managed.double.place_order(items=[(COFFEE, 20)], customer_id=1)
    managed.refresh()
    plan = managed.plan()
    applied = managed.apply()
    assert (applied.refused, applied.unanswered) == (5, 0)
    assert any("administrator" in reason for reason in applied.reasons)
    assert managed.coupon_of(1).document is not None
    assert managed.states(plan.id)["confirmed"] == plan.counts["create coupon"]
    managed.double.place_order(items=[(COFFEE, 60)], customer_id=1)
    managed.refresh()
    managed.plan()
    assert managed.apply().refused == 0, "what was refused is not tried at each visit"
    assert rotate_credentials(managed.workspace, "tea", credentials(KEY)).usable
    settled(managed)
    managed.assert_settled()


@pytest.fixture
def closed(empty_workspace: Workspace) -> Iterator[World]:
    """A shop whose index was never open."""
    with served(a_history(SPENT)) as (front, server):
        front.shop.site.open_index = False
        front.shop.site.companion = True
        yield connected(empty_workspace, front, server)


def test_a_shop_that_never_showed_its_index_has_its_plug_in_too(closed: World) -> None:
    assert "companion-plugin" in closed.shop.capabilities
    (way,) = closed.plan().mechanisms
    assert way.startswith("companion")
