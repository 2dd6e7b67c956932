"""Offers of a shop that is read over the wire, held against what it sent."""

from agent_world import World
from regulars_agent import proofs


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
