"""What Shopify's orders say beyond sums: the codes that were used, and that an order was only a test."""

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pytest
from rich.console import Console

from agent_world import PROGRAMME
from regulars_agent import Workspace, apply_plan, enable_programme, make_plan, person_card
from regulars_agent._paid_otherwise import PaidOtherwise
from regulars_cli._people import print_card
from shopify_world import Boutique, a_boutique

pytestmark = pytest.mark.parametrize("store", ["sqlite"], indirect=True)


@pytest.fixture
def boutique(empty_workspace: Workspace) -> Iterator[Boutique]:
    """Anna, customer 90002, has bought for 1,500 and has a code for 3 %."""
    with a_boutique(empty_workspace) as made:
        anna = made.shop.register("anna@example.com", first_name="Anna")
        made.buy(15, anna)
        assert made.backfill()
        enable_programme(made.workspace, PROGRAMME, who="the owner")
        made.sync()
        plan = make_plan(made.workspace, made.stored)
        assert apply_plan(made.workspace, made.stored, plan.id, confirmed=True).complete
        yield made


def anna(boutique: Boutique) -> int:
    number = boutique.shop.customer_by_email("anna@example.com")
    assert number is not None
    return number


def code(boutique: Boutique) -> str:
    ((found,),) = boutique.rows("grant", "code")
    return str(found)


def uses(boutique: Boutique) -> list[tuple[str, int]]:
    return boutique.rows("grant_use", "order_id", "discount")


def test_an_order_with_our_code_leads_back_to_what_was_given(boutique: Boutique) -> None:
    order = boutique.buy(10, anna(boutique), discount_codes=[code(boutique)])
    boutique.sync()
    assert uses(boutique) == [(f"1:{order}", 30_00)]
    # A refund takes nothing back, and a cancelled order has used nothing.
    boutique.shop.refund_order(int(order), 1_000)
    boutique.sync()
    assert uses(boutique) == [(f"1:{order}", 30_00)]
    boutique.shop.cancel_order(int(order))
    boutique.sync()
    assert uses(boutique) == []


def test_a_code_is_known_whatever_its_letters(boutique: Boutique) -> None:
    order = boutique.buy(10, anna(boutique), discount_codes=[code(boutique).upper()])
    boutique.sync()
    assert [number for number, _ in uses(boutique)] == [f"1:{order}"]


def test_a_test_order_is_in_no_sum_and_moves_no_offer(boutique: Boutique) -> None:
    before = figures(boutique)
    order = boutique.buy(1_000, anna(boutique), test=True, discount_codes=[code(boutique)])
    boutique.sync()
    assert (order, False) in boutique.rows("order", "external_id", "bought")
    assert figures(boutique) == before
    assert make_plan(boutique.workspace, boutique.stored, everybody=True).empty


def figures(boutique: Boutique) -> tuple[Any, ...]:
    card = person_card(boutique.workspace, f"1:{anna(boutique)}")
    assert card is not None
    ((spent, orders, rating),) = boutique.rows("person_profile", "spent", "orders", "rating")
    return [dict(fact) for fact in card.facts], [dict(one) for one in card.offers], spent, orders, rating


def test_what_the_buyer_paid_in_another_currency_is_on_the_card_and_in_no_sum(boutique: Boutique) -> None:
    spent = figures(boutique)[2]
    order = boutique.buy(10, anna(boutique), presented=("USD", Decimal("0.0241")))
    boutique.sync()
    card = person_card(boutique.workspace, f"1:{anna(boutique)}")
    assert card is not None
    assert dict(card.paid_otherwise) == {f"1:{order}": PaidOtherwise(24_10, "USD")}
    assert figures(boutique)[2] == spent + 1_000_00
    console = Console(width=200)
    with console.capture() as captured:
        print_card(console, card)
    assert "1,000.00 UAH (paid as 24.10 USD), processing" in captured.get()
    assert captured.get().count("paid as") == 1
