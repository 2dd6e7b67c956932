"""The same deeds in a Shopify shop: its codes and labels go through the same contract."""

from collections.abc import Iterator
from typing import Any

import pytest

from regulars_agent import Workspace, apply_plan, make_plan, verify
from regulars_agent._by_hand import DELETED, EDITED
from regulars_connectors import Operation, Outcome, Target, Verb
from regulars_store import operations_of
from two_shops_world import BOUTIQUE, TwoShops, two_shops


@pytest.fixture
def boutique(empty_workspace: Workspace) -> Iterator[TwoShops]:
    """A Shopify shop with three customers who have codes and labels."""
    with two_shops(empty_workspace) as made:
        for name in ("anna", "vera", "nina"):
            number = made.boutique.register(f"{name}@example.com", first_name=name.title())
            made.buy(BOUTIQUE, 3_000, customer=number)
        made.learn()
        made.push()
        yield made


def does(shops: TwoShops, verb: Verb, target: Target, document: Any = None) -> None:
    """Somebody of the staff writes this, with the same tool that we have."""
    with shops.workspace.connector(shops.shop(BOUTIQUE)) as connector:
        (result,) = connector.push([Operation("by-hand", verb, target, document)])
    assert result.outcome is Outcome.DONE


def test_codes_edited_and_deleted_and_labels_edited_by_hand_are_seen_shown_and_put_right(
    boutique: TwoShops,
) -> None:
    shop = boutique.shop(BOUTIQUE)
    first, second, third = boutique.codes(BOUTIQUE).values()
    assert first.account in boutique.codes(BOUTIQUE)
    does(boutique, Verb.UPDATE, first.target, {**(first.document or {}), "usage_limit": 3})
    does(boutique, Verb.DELETE, second.target)
    with boutique.workspace.connector(shop) as connector:
        labels = [found for batch in connector.marked("label") for found in batch]
    label = next(found for found in labels if found.target.key == third.account)
    edited = {**(label.document or {}), "level": "Friend"}
    does(boutique, Verb.UPDATE, label.target, edited)
    report = verify(boutique.workspace, BOUTIQUE)
    assert report.by_hand is not None
    assert (report.by_hand.edited, report.by_hand.deleted) == (2, 1)
    plan = make_plan(boutique.workspace, shop)
    with boutique.workspace.store.read() as connection:
        said = {each.target_key: each.reason.partition(";")[0] for each in operations_of(connection, plan.id)}
    assert said == {first.target.key: EDITED, second.target.key: DELETED, label.target.key: EDITED}
    assert apply_plan(boutique.workspace, shop, plan.id, confirmed=True).complete
    assert {key: found.document for key, found in boutique.codes(BOUTIQUE).items()} == {
        found.account: found.document for found in (first, second, third)
    }
    assert make_plan(boutique.workspace, shop, everybody=True).empty


def test_a_renamed_code_is_made_again_and_the_renamed_one_goes(boutique: TwoShops) -> None:
    shop = boutique.shop(BOUTIQUE)
    before = boutique.codes(BOUTIQUE)
    renamed = next(iter(before.values()))
    does(boutique, Verb.UPDATE, renamed.target, {**(renamed.document or {}), "code": "vip-sale"})
    plan = make_plan(boutique.workspace, shop, everybody=True)
    assert plan.counts == {"create coupon": 1, "discard coupon": 1}
    assert apply_plan(boutique.workspace, shop, plan.id, confirmed=True).complete
    after = boutique.codes(BOUTIQUE)
    assert {found.target.key for found in after.values()} == {found.target.key for found in before.values()}
    assert make_plan(boutique.workspace, shop, everybody=True).empty
