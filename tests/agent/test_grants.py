"""What customers hold and ever held: used at the till, seen on the card, attached and moved by hand."""

from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from agent_world import COFFEE, World
from refused_orders import account
from regulars_agent import (
    HeldGrant,
    attach_code,
    change_shop_options,
    derive,
    enable_programme,
    find_code,
    grants_of,
    person_card,
    set_field,
    withdraw_grant,
)
from regulars_agent._chores import do_chores
from regulars_mapping import PermanentError, SkipError
from regulars_store import digest, tables

BIRTHDAY: dict[str, Any] = {
    "kind": "birthday",
    "key": "birthday",
    "title": "Birthdays",
    "percent": "15",
    "before": 3,
    "after": 1,
}
PAPER = {"code": "SPRING-2026", "discount_type": "percent", "amount": "12.5", "usage_limit": 1}


def grown(world: World) -> None:
    """What follows comes into the shop."""
    world.refresh()
    world.plan()
    assert world.apply().complete
    world.assert_settled()


def held(world: World, customer: int) -> list[HeldGrant]:
    return list(grants_of(world.workspace, account(world, customer)))


def offered(world: World, customer: int) -> str:
    rows = dict(world.rows("offer", "id", "programme_key"))
    return str(rows[account(world, customer)])


def audit(world: World) -> list[tuple[Any, ...]]:
    return [row for row in world.rows("audit", "action", "subject", "who") if row[0].startswith("grant ")]


@pytest.fixture
def celebrated(told: World) -> World:
    """The third customer, Silver, has a birthday's code."""
    change_shop_options(told.workspace, "tea", {"checks_emails": "yes"}, who="the owner")
    enable_programme(told.workspace, BIRTHDAY, who="the owner")
    today = told.clock().astimezone(ZoneInfo("Europe/Kyiv")).date()
    set_field(told.workspace, account(told, 3), "birth_date", f"1990{today:-%m-%d}", who="Olha")
    derive(told.workspace)
    grown(told)
    return told


def test_a_birthday_that_was_used_gives_way_to_the_tier_and_stays_in_the_list(celebrated: World) -> None:
    world = celebrated
    birthday, silver = held(world, 3)
    assert (birthday.state, birthday.title, birthday.percent, birthday.orders) == (
        "given",
        "Birthdays",
        1500,
        1,
    )
    assert birthday.valid_until is not None
    assert (silver.state, silver.replaced_by, silver.valid_until) == ("replaced", birthday.id, None)
    order = world.double.place_order(
        items=[(COFFEE, 1)],
        customer_id=3,
        billing={"email": "person3@example.com"},
        coupon_codes=[birthday.code.upper()],
        status="on-hold",
    )
    grown(world)
    # Not paid for yet, and used all the same.
    assert offered(world, 3) == "regulars"
    coupon = world.coupon_of(3).document
    assert coupon is not None
    assert (coupon["amount"], coupon["usage_limit"], coupon["code"] == birthday.code) == ("5.00", 0, False)
    tier, used, _ = held(world, 3)
    assert (tier.state, used.state, used.replaced_by) == ("given", "used", tier.id)
    assert [use.order for use in used.uses] == [f"{world.shop.id}:{order}"]
    card = person_card(world.workspace, account(world, 3))
    assert card is not None
    assert [grant.state for grant in card.grants] == ["given", "used", "replaced"]
    # The order comes to nothing: the shop gives the code back, and so do we, within its days.
    world.staff("PUT", f"orders/{order}", {"status": "cancelled"})
    grown(world)
    assert (offered(world, 3), [one.state for one in held(world, 3)][:2]) == (
        "birthday",
        ["given", "replaced"],
    )


def test_a_coupon_of_the_shop_is_attached_as_it_is_typed_and_withdrawn_again(told: World) -> None:
    world, mine = told, account(told, 2)
    world.staff("POST", "coupons", PAPER)
    before, codes = len(audit(world)), {each.target.key for each in world.coupons()}
    rehearsed = attach_code(world.workspace, mine, "spring-2026", who="Iryna", dry_run=True)
    assert (rehearsed.rehearsed, len(held(world, 2)), len(audit(world))) == (True, 1, before)
    made = attach_code(world.workspace, mine, " Spring-2026 ", who="Iryna").grant
    assert made is not None
    assert (made.kind, made.state, made.percent, made.orders) == ("by_hand", "given", 1250, 1)
    assert (made.who, made.programme_key, made.code) == ("Iryna", "", "spring-2026")
    assert attach_code(world.workspace, mine, "SPRING 2026", who="Iryna").already
    assert audit(world)[before:] == [("grant attach", mine, "Iryna")]
    # Nobody else's, unless that is said.
    with pytest.raises(PermanentError, match="somebody else's"):
        attach_code(world.workspace, account(world, 4), "spring2026", who="Iryna")
    assert not attach_code(world.workspace, account(world, 4), "spring2026", shared=True, who="Iryna").already
    moved = attach_code(world.workspace, account(world, 5), "spring2026", move=True, who="Iryna")
    assert moved.moved_from == account(world, 4)
    # No plan takes it for its own.
    world.recount()
    world.assert_settled()
    assert {each.target.key for each in world.coupons()} == codes
    gone = withdraw_grant(world.workspace, made.id, who="Olha")
    assert (gone.state, gone.who) == ("withdrawn", "Olha")
    assert [one.state for one in held(world, 2)] == ["withdrawn", "given"]
    with pytest.raises(SkipError, match="withdrawn already"):
        withdraw_grant(world.workspace, made.id, who="Olha")


def test_what_cannot_be_attached_or_withdrawn_is_refused_and_leaves_the_store_as_it_was(told: World) -> None:
    world, (silver,) = told, held(told, 3)
    set_field(world.workspace, account(world, 2), "card_number", "4006 3813-33931", who="Olha")
    derive(world.workspace)
    with world.store.read() as connection:
        before = digest(connection)
    for code, to, words in (
        ("nobody-has-it", 2, "has no coupon nobody-has-it"),
        (silver.code, 4, "personal code of the programme regulars"),
        ("4006381333931", 4, "number of a card of person"),
        ("x", 2, "3 to 64"),
        ("new\nline", 2, "printed"),
    ):
        with pytest.raises(PermanentError, match=words):
            attach_code(world.workspace, account(world, to), code, who="Iryna")
    assert attach_code(world.workspace, account(world, 2), "4006381333931", who="Iryna").already
    with pytest.raises(PermanentError, match="programme regulars"):
        withdraw_grant(world.workspace, silver.id, who="Iryna")
    with pytest.raises(SkipError, match="no grant"):
        withdraw_grant(world.workspace, "none", who="Iryna")
    found = find_code(world.workspace, "4006-3813 33931")
    assert ([card.account for card in found.cards], found.grants) == ([account(world, 2)], ())
    assert [one.id for one in find_code(world.workspace, silver.code.replace("-", " ")).grants] == [silver.id]
    with world.store.read() as connection:
        assert digest(connection) == before


@pytest.mark.slow
def test_a_moved_code_is_bound_to_its_new_holder_by_the_next_plan_and_the_former_gets_another(
    told: World,
) -> None:
    world, (silver,), (bronze,) = told, held(told, 3), held(told, 2)
    world.plan(everybody=True)
    done = attach_code(world.workspace, account(world, 2), silver.code, move=True, who="Iryna", dry_run=True)
    assert done.rehearsed
    assert held(world, 3) == [silver]
    done = attach_code(world.workspace, account(world, 2), silver.code, move=True, who="Iryna")
    assert (done.moved_from, done.grant and done.grant.kind) == (account(world, 3), "by_hand")
    world.plan()
    assert world.apply().complete
    world.assert_settled()
    mine, other = world.coupon_of(2).document, world.coupon_of(3).document
    assert mine is not None
    assert other is not None
    assert (mine["code"], mine["amount"], mine["email_restrictions"]) == (
        silver.code,
        "3.00",
        ["person2@example.com"],
    )
    assert (other["amount"], other["code"] in {silver.code, bronze.code}) == ("5.00", False)
    states = {each.code: each.state for each in reversed(held(world, 2))}
    assert (states[silver.code], states[bronze.code]) == ("given", "replaced")
    # Whose offer has no use for it keeps their own.
    with pytest.raises(PermanentError, match="cannot be moved"):
        attach_code(world.workspace, account(world, 1), silver.code, move=True, who="Iryna")


def test_what_was_attached_expires_by_itself(told: World) -> None:
    ends = (told.clock() + timedelta(days=2)).replace(microsecond=0, tzinfo=None)
    told.staff("POST", "coupons", {**PAPER, "date_expires": f"{ends.isoformat()}Z"})
    attach_code(told.workspace, account(told, 1), "SPRING-2026", who="Iryna")
    attach_code(told.workspace, account(told, 1), "4006381333931", unchecked=True, who="Iryna")
    told.clock.forward(days=3)
    assert sorted(one.state for one in held(told, 1)) == ["expired", "given"]
    assert do_chores(told.workspace)["grants_expired"] == 1
    assert "grants_expired" not in do_chores(told.workspace)
    rows = told.rows("grant", "code", "state")
    assert ("spring-2026", "expired") in rows
    assert tables.grant_use.name not in {name for name, *_ in audit(told)}
