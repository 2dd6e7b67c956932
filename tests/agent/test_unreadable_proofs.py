"""A proof that somebody spoilt in the database: named, in nobody else's way, and made anew by computing."""

from collections.abc import Iterator

import pytest
from rich.console import Console
from sqlalchemy import text

from proof_world import PROGRAMMES, ProofWorld
from regulars_agent import Storefront, Workspace, anonymous_offer, person_card, proofs
from regulars_agent._derive import derive_anew
from regulars_cli._people import _print_offers
from regulars_mapping import SkipError

SPOILT = {
    "no JSON": "not json",
    "nested": "[" * 5_000 + "]" * 5_000,
    "empty": "{}",
    "of no programme": '{"programme": {}, "added": [{"programme": {"key": "x"}}]}',
    "a number": "7",
}


@pytest.fixture
def world(empty_workspace: Workspace) -> Iterator[ProofWorld]:
    made = ProofWorld(empty_workspace)
    for email in ("ann@example.com", "bob@example.com"):
        made.order(made.customer(email), "6000.00")
    made.enable(PROGRAMMES["tier"])
    yield made
    made.close()


def spoil(world: ProofWorld, account: str, proof: str) -> bool:
    """Whether this could be written: PostgreSQL takes no text that is not JSON."""
    postgresql = not world.workspace.store.url.startswith("sqlite")
    if postgresql and proof == SPOILT["no JSON"]:
        return False
    value = "CAST(:proof AS jsonb)" if postgresql else ":proof"
    with world.workspace.store.write() as connection:
        said = text(f"UPDATE offer SET proof = {value} WHERE id = :id")
        connection.execute(said, {"proof": proof, "id": account})
    return True


def test_an_unreadable_proof_is_named_stands_in_nobody_s_way_and_is_made_anew(world: ProofWorld) -> None:
    before = world.offers()
    mine, other = sorted(before)
    person = before[mine].person_id
    front = Storefront(world.workspace)
    remedy = f"regulars compute {person}"
    for proof in filter(lambda proof: spoil(world, mine, proof), SPOILT.values()):
        (said,) = world.said()
        assert said.startswith(f"Account {mine}, proof: cannot be read"), proof
        assert remedy in said
        assert (world.check().offers, world.check().wrong) == (2, 1)
        (shown,) = proofs.show_offers(world.workspace, mine).offers
        assert (shown.reason.endswith(remedy), shown.proof, shown.parts) == (True, {}, ())
        assert front.offer(front.shops()["tea"], "1000") == anonymous_offer()
        card = person_card(world.workspace, person)
        assert card is not None
        out = Console(record=True, width=300)
        _print_offers(out, card)
        assert remedy in out.export_text()
        derive_anew(world.workspace, "ann@example.com" if proof == "{}" else None)
        assert world.said() == []
        assert world.offers() == before, proof
    assert world.offers()[other] == before[other]


def test_computing_a_person_anew_changes_nothing_that_is_right(world: ProofWorld) -> None:
    before = world.offers()
    assert (derive_anew(world.workspace, "ann@example.com").persons, world.offers()) == (1, before)
    with pytest.raises(SkipError, match="There is no person"):
        derive_anew(world.workspace, "nobody@example.com")
