"""An order dated to the last day that there is goes through everything that the agent works out of it."""

from datetime import UTC, datetime

import pytest

from proof_world import NOW, PROGRAMMES, ProofWorld
from regulars_agent import Workspace, explain_rating, person_card
from regulars_agent._offer_card import show_offers

LAST = datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC)


@pytest.mark.parametrize(
    "kind", ["year", *(pytest.param(each, marks=pytest.mark.slow) for each in ("wholesale", "winback"))]
)
def test_who_ordered_on_the_last_day_there_is_gets_a_proof_that_the_payloads_bear_out(
    empty_workspace: Workspace, kind: str
) -> None:
    """In Kyiv that moment is beyond the calendar."""
    world = ProofWorld(empty_workspace)
    ahead = (NOW - LAST).total_seconds() / 86_400
    for email, days in (("ann@example.com", ahead), ("bob@example.com", ahead + 30), ("eve@example.com", 40)):
        customer = world.customer(email)
        world.write(f"1:{customer}", "kind", "company")
        number = next(world.numbers)
        back = world.refund(number, "500.00", days=days)
        world.order(customer, "9000.00", days=days, number=number, refunds=[back])
        if email != "bob@example.com":
            world.order(customer, "100.00", days=days, currency="EUR")
        world.order(customer, "9000.00", days=days + 9)
    world.rate("EUR", "UAH", {41: "48.20"})
    world.enable(PROGRAMMES[kind])
    assert world.said() == []
    assert len(world.offers()) == (1 if kind == "winback" else 3)
    for row in world.offers().values():
        assert person_card(empty_workspace, row.person_id) is not None
        assert explain_rating(empty_workspace, row.id)
        assert show_offers(empty_workspace, row.id).check.disagreements == []
    world.close()
