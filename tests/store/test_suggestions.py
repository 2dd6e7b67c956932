"""The queue of suggestions: what it is made from, what stays in it, and what never comes back."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import insert, select

from identity_scene import CANNOT, MUST, Scene
from identity_world import NOW, Attributes
from regulars_mapping import DecisionKind, SkipError
from regulars_store import (
    Store,
    Suggested,
    decided_persons,
    described_accounts,
    digest,
    replace_suggestions,
    revoke,
    settle_suggestion,
    tables,
    waiting_suggestions,
)

ANNA = Attributes("anna@example.com", "", "Anna", "Koval")
WATERFALL = {"prior": -9.0, "steps": [["name", "same given and family name", 10.5]]}
A, B, C = "1:2", "2:10", "2:guest-a"


@pytest.fixture
def scene(store: Store) -> Scene:
    """Three accounts, three persons."""
    made = Scene(store)
    for id_, email in ((A, "anna@example.com"), (B, "koval@example.org"), (C, "annak@example.net")):
        made.put(id_, replace(ANNA, email_folded=email))
    return made.play([])


def suggest(scene: Scene, *pairs: tuple[str, str], day: int = 0) -> int:
    found = [Suggested(b, a, 9.5 - place, 0.9, WATERFALL) for place, (a, b) in enumerate(pairs)]
    with scene.store.write() as connection:
        return replace_suggestions(connection, found, model="m1", now=NOW + timedelta(days=day))


def waiting(scene: Scene) -> list[tuple[str, str]]:
    with scene.store.read() as connection:
        return [(row["account_a"], row["account_b"]) for row in waiting_suggestions(connection, limit=9)]


def rows(scene: Scene) -> dict[tuple[str, str], Any]:
    table = tables.identity_suggestion
    with scene.store.read() as connection:
        return {(row.account_a, row.account_b): row for row in connection.execute(select(table))}


def settle(scene: Scene, *pair: str, accepted: bool) -> int:
    with scene.store.write() as connection:
        return settle_suggestion(
            connection, rows(scene)[pair].id, accepted=accepted, who="t", why="t", now=NOW
        )


def decided(scene: Scene) -> set[frozenset[str]]:
    with scene.store.read() as connection:
        return {frozenset(pair) for pair in decided_persons(connection)}


def persons(scene: Scene, *ids: str) -> frozenset[str]:
    who = {id_: person for id_, _, person in scene.rows()["account"]}
    return frozenset(who[id_] for id_ in ids)


def test_accounts_are_told_with_the_three_addresses_most_was_delivered_to(scene: Scene) -> None:
    blank = dict.fromkeys(("given_name", "family_name", "company", "line2", "region", "country", "phone"), "")
    place = {**blank, "account_id": A, "city": "Lviv", "postcode": "79000"}
    with scene.store.write() as connection:
        for name in ("w", "x", "y", "z"):
            connection.execute(
                insert(tables.address).values(**place, id=f"{A}:{name}", line1=f"Street {name}")
            )
        connection.execute(insert(tables.order), [_delivered(f"{A}:{name}", name) for name in ("y", "z")])
        found = list(described_accounts(connection))
    assert [(row.id, row.line1) for row in found] == [
        (A, "Street y"),
        (A, "Street z"),
        (A, "Street w"),
        (B, None),
        (C, None),
    ]
    assert (found[0].city, found[0].email_folded) == ("Lviv", "anna@example.com")


def _delivered(place: str, number: str) -> dict[str, Any]:
    amounts = dict.fromkeys(("goods", "goods_tax", "discount", "shipping", "shipping_tax", "total"), 0)
    words = {"status": "completed", "shop_status": "completed", "payment_method": "", "shipping_method": ""}
    return {
        **amounts,
        **words,
        "id": f"1:{number}",
        "shop_id": 1,
        "external_id": number,
        "number": number,
        "account_id": A,
        "bought": True,
        "currency": "UAH",
        "placed_at": NOW,
        "changed_at": NOW,
        "coupon_codes": [],
        "source": {},
        "contact": {},
        "delivery_address_id": place,
    }


def test_an_account_that_is_gone_is_not_told(scene: Scene) -> None:
    scene.play([("lose", B)])
    with scene.store.read() as connection:
        assert [row.id for row in described_accounts(connection)] == [A, C]


def test_the_queue_has_the_likeliest_first_with_the_smaller_anchor_first(scene: Scene) -> None:
    assert suggest(scene, (A, C), (A, B)) == 2
    assert waiting(scene) == [(A, C), (A, B)]


def test_a_run_makes_the_queue_anew_and_what_waits_already_keeps_its_time(scene: Scene) -> None:
    suggest(scene, (A, B), (A, C))
    suggest(scene, (A, B), (B, C), day=3)
    assert {pair: row.at for pair, row in rows(scene).items()} == {
        (A, B): NOW,
        (B, C): NOW + timedelta(days=3),
    }


def test_a_refused_pair_is_kept_apart_whatever_accounts_of_the_two_are_compared(scene: Scene) -> None:
    suggest(scene, (A, B))
    settle(scene, A, B, accepted=False)
    scene.play([])
    assert waiting(scene) == []
    assert rows(scene)[A, B].state == "refused"
    assert decided(scene) == {persons(scene, A, B)}
    with scene.store.read() as connection:
        assert connection.scalar(select(tables.identity_decision.c.kind)) == DecisionKind.CANNOT_LINK.value


def test_a_refusal_holds_while_its_account_is_gone(scene: Scene) -> None:
    second = replace(ANNA, email_folded="koval@example.org")
    scene.put("2:11", second)
    scene.play([])
    before = persons(scene, A, "2:11")
    suggest(scene, (A, "2:11"))
    settle(scene, A, "2:11", accepted=False)
    scene.play([("lose", "2:11")])
    assert persons(scene, A, B) == before
    assert before in decided(scene)


def test_a_refusal_that_was_taken_back_may_be_suggested_again(scene: Scene) -> None:
    suggest(scene, (A, B))
    decision = settle(scene, A, B, accepted=False)
    with scene.store.write() as connection:
        revoke(connection, decision, who="t", why="t", now=NOW)
    scene.play([])
    assert decided(scene) == set()
    suggest(scene, (A, B))
    assert waiting(scene) == [(A, B)]


def test_an_accepted_pair_is_not_suggested_again_before_it_is_carried_out(scene: Scene) -> None:
    suggest(scene, (A, B))
    settle(scene, A, B, accepted=True)
    assert waiting(scene) == []
    assert decided(scene) == {persons(scene, A, B)}


def test_an_accepted_pair_becomes_one_person(scene: Scene) -> None:
    suggest(scene, (A, B))
    settle(scene, A, B, accepted=True)
    scene.play([])
    assert len(persons(scene, A, B)) == 1
    assert rows(scene)[A, B].state == "accepted"


def test_a_pair_that_became_one_person_meanwhile_waits_no_more_and_is_stale_after_the_next_run(
    scene: Scene,
) -> None:
    suggest(scene, (A, B))
    scene.say(MUST, (A, B))
    scene.play([])
    assert waiting(scene) == []
    assert suggest(scene, (A, B)) == 0
    assert rows(scene)[A, B].state == "stale"


def test_a_pair_that_a_human_kept_apart_meanwhile_waits_no_more(scene: Scene) -> None:
    suggest(scene, (A, B), (A, C))
    scene.say(CANNOT, (B, A))
    assert waiting(scene) == [(A, C)]


@pytest.mark.parametrize("accepted", [True, False])
def test_what_was_decided_or_changed_is_not_decided_again(scene: Scene, accepted: bool) -> None:
    suggest(scene, (A, B), (A, C))
    settle(scene, A, B, accepted=accepted)
    with pytest.raises(SkipError, match="does not wait any more"):
        settle(scene, A, B, accepted=True)
    scene.play([("lose", C)])
    with pytest.raises(SkipError, match="out of date"):
        settle(scene, A, C, accepted=accepted)
    with scene.store.write() as connection, pytest.raises(SkipError, match="no suggestion"):
        settle_suggestion(connection, "nothing", accepted=accepted, who="t", why="t", now=NOW)


def test_suggestions_are_no_part_of_the_digest_and_hold_no_value_of_anybody(scene: Scene) -> None:
    with scene.store.read() as connection:
        before = digest(connection)
    suggest(scene, (A, B))
    with scene.store.read() as connection:
        assert digest(connection) == before
    told = str(tuple(rows(scene)[A, B]))
    assert "anna" not in told.casefold()
    assert "example" not in told
