"""Offers of a shop that is read over the wire, held against what it sent."""

from sqlalchemy import select, update

from agent_world import RICHER, World
from regulars_agent import disable_programme, enable_programme, proofs
from regulars_store import tables

grant = tables.grant


def test_offers_of_a_shop_agree_with_what_it_sent_after_every_change(told: World) -> None:
    found = proofs.check_everybody(told.workspace)
    assert (found.offers, found.waiting, found.disagreements) == (6, 0, [])
    told.buy(1, 700)
    told.staff("PUT", "orders/10004", {"status": "cancelled"})
    told.staff("POST", "orders/10003/refunds", {"amount": "4500.00", "api_refund": False})
    told.staff("DELETE", "customers/5?force=true&reassign=0")
    told.staff("DELETE", "orders/10006?force=true")
    told.clock.forward(minutes=5)
    told.recount()
    found = proofs.check_everybody(told.workspace)
    # The orders of the one who is gone are a guest's now.
    assert (found.offers, found.waiting, found.disagreements) == (6, 0, [])
    shown = proofs.show_offers(told.workspace, "1:1")
    said = [each.reason.replace("\xa0", " ") for each in shown.offers]
    assert said == ["3 %: bought for 1,200.00 ₴ with this account."]
    assert shown.check.offers == 1


def test_codes_agree_with_their_offers_before_while_and_after_the_shop_is_told(told: World) -> None:
    def said() -> list[str]:
        return [str(each) for each in proofs.check_everybody(told.workspace).disagreements]

    told.buy(2, 4000)
    assert said() == [], "not planned yet"
    plan = told.plan()
    assert (plan.empty, said()) == (False, [])
    told.apply(plan.id)
    assert said() == []
    disable_programme(told.workspace, "regulars", who="the owner")
    enable_programme(told.workspace, {**RICHER, "goods": {"products": ["no such"]}}, who="the owner")
    told.plan()
    assert said() == [], "what stands there is taken away, since nothing of it is to be had"
    told.apply(told.plan().id)
    assert said() == []
    enable_programme(told.workspace, RICHER, who="the owner")
    told.apply(told.plan().id)
    assert said() == []
    with told.store.write() as connection:
        given = select(grant.c.id).where(grant.c.state == "given").order_by(grant.c.id).limit(1)
        connection.execute(update(grant).where(grant.c.id == given.scalar_subquery()).values(percent=9_900))
    (found,) = said()
    assert "percent is 9900, but should be" in found
