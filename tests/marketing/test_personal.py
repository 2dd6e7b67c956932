"""The personal discount: for the person of a named account, until a moment, with the reason why."""

from datetime import timedelta
from typing import Any

import pytest

from purchases import NOW, World, gift, gift_proof, refused
from regulars_marketing import Known, Proof, reason, sentence, verify_proof
from regulars_store import tables

UNTIL = (NOW + timedelta(days=5)).isoformat()


def personal(account: str, **changes: Any) -> Any:
    given = {"percent": "20", "account": account, "valid_until": UNTIL, "why": "Sorry for the wait"}
    return gift("personal", **{**given, **changes})


def test_the_person_of_the_account_has_it_wherever_their_ownership_is_known(world: World) -> None:
    world.shop(2, "coffee")
    mine, named, other = world.account("ann"), world.account("ann", registered=False), world.account("bob")
    unowned = world.account("ann", shop=2)
    world.change(tables.shop, 2, options={})
    world.programme(personal(named))
    world.compute("ann", "bob")
    assert [*world.offers()] == [mine]
    row = world.offers()[mine]
    proof = Proof.model_validate(row.proof)
    assert (row.percent, row.valid_until, verify_proof(proof)) == (2000, NOW + timedelta(days=5), [])
    assert named not in str(row.proof)
    world.programme(personal(unowned, key="second", percent=30))
    world.compute("ann", "bob")
    assert {key: each.percent for key, each in world.offers().items()} == {mine: 3000, unowned: 3000}
    assert other not in world.offers()


def test_it_follows_the_account_through_a_merge_and_a_split(world: World) -> None:
    ann, bob = world.account("ann"), world.account("bob")
    world.programme(personal(bob))
    given = []
    for person in ("bob", "ann", "bob"):
        world.change(tables.account, bob, person_id=person)
        world.compute("ann", "bob")
        given.append({*world.offers()})
    assert given == [{bob}, {ann, bob}, {bob}]


def test_it_ends_at_its_moment(world: World) -> None:
    account = world.account("ann")
    world.programme(personal(account))
    world.compute("ann", now=NOW + timedelta(days=5))
    assert world.offers() == {}


@pytest.mark.parametrize(
    ("language", "said", "why"),
    [
        ("en", "20 %, for you personally.", "20 %, given by hand: Sorry for the wait"),
        ("uk", "20 %, особисто для вас.", "20 %, надано вручну: Sorry for the wait"),
        ("ru", "20 %, лично для вас.", "20 %, выдано вручную: Sorry for the wait"),
        ("de", "20 %, für Sie persönlich.", "20 %, von Hand vergeben: Sorry for the wait"),
    ],
)
def test_why_is_for_staff_only(language: str, said: str, why: str) -> None:
    proof = gift_proof(personal("1:7"), Known(by_hand=frozenset({"personal"})))
    assert (sentence(proof, language=language), reason(proof, language=language)) == (said, why)


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"account": "Ann"}, "account: must be the id of an account, like 1:57"),
        ({"valid_until": None}, "valid_until: is missing or no moment; write it like"),
        ({"why": "Ask ann@example.com"}, "why: holds an e-mail or a phone; write why, and name nobody"),
        ({"why": "Call (050) 123-45-67"}, "why: holds an e-mail or a phone"),
        ({"why": " "}, "why: is empty; fill it in"),
    ],
)
def test_what_is_wrong_is_named_with_its_place(changes: dict[str, Any], said: str) -> None:
    given = {"percent": "20", "account": "1:7", "valid_until": UNTIL, "why": "Sorry for the wait"}
    assert said in refused("personal", **{**given, **changes})
