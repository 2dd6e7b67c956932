import ast
from collections.abc import Iterator
from inspect import getsource
from types import ModuleType
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from purchases import fact, proof_of, tiers, welcome
from regulars_marketing import (
    Fact,
    Proof,
    Scope,
    TierProgramme,
    _verify,
    _verify_gifts,
    _verify_stack,
    _verify_tiers,
    verify_proof,
)
from regulars_marketing._proof import sealed

_VERIFIERS = [_verify, _verify_gifts, _verify_stack, _verify_tiers]


@st.composite
def purchases(draw: st.DrawFn) -> list[Fact]:
    currencies = draw(st.lists(st.sampled_from(["EUR", "JPY", "UAH"]), unique=True))
    amounts = st.integers(0, 30_000_00)
    return [
        fact(draw(amounts), currency=currency, refunded=draw(amounts), orders=draw(st.integers(1, 99)))
        for currency in sorted(currencies)
    ]


@st.composite
def ladders(draw: st.DrawFn) -> TierProgramme:
    count = draw(st.integers(1, 6))
    several = {"min_size": count, "max_size": count, "unique": True}
    thresholds = sorted(draw(st.lists(st.integers(1, 30_000_00), **several)))
    percents = sorted(draw(st.lists(st.integers(1, 10_000), **several)))
    steps = [
        {"threshold": threshold, "percent": f"{percent / 100:.2f}", "level": f"Level {number}"}
        for number, (threshold, percent) in enumerate(zip(thresholds, percents, strict=True))
    ]
    return tiers(tiers=steps)


def figures(node: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Paths of all integers in a document."""
    items = node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ()
    for key, value in items:
        yield from figures(value, (*path, key))
    if isinstance(node, int):
        yield path


def planted(document: dict[str, Any], path: tuple[Any, ...], by: int) -> Proof:
    node: Any = document
    for key in path[:-1]:
        node = node[key]
    node[path[-1]] += by
    return Proof.model_validate(document)


def resealed(proof: Proof) -> Proof:
    return sealed(proof)[0]


@given(purchases(), ladders(), st.sampled_from(["person", "account"]))
def test_the_proof_of_every_decision_holds(facts: list[Fact], programme: TierProgramme, scope: Scope) -> None:
    proof = proof_of(*facts, programme=programme, scope=scope)
    assert proof.scope == scope
    assert verify_proof(proof) == []
    assert verify_proof(Proof.model_validate_json(proof.model_dump_json())) == []


@given(purchases(), ladders(), st.data())
def test_a_figure_off_by_one_is_always_caught(
    facts: list[Fact], programme: TierProgramme, data: st.DataObject
) -> None:
    document = proof_of(*facts, programme=programme).document()
    path = data.draw(st.sampled_from(list(figures(document))))
    assert verify_proof(planted(document, path, data.draw(st.sampled_from([-1, 1]))))


@given(purchases(), ladders(), st.data())
def test_a_cent_off_is_caught_by_the_arithmetic_even_under_a_new_checksum(
    facts: list[Fact], programme: TierProgramme, data: st.DataObject
) -> None:
    proof = proof_of(*facts, programme=programme)
    if proof.no_rate:
        return
    document = proof.document()
    own = programme.currency
    money = [
        path
        for path in figures(document)
        if path[0] in {"counted", "percent", "amount", "steps", "reached", "next_step"}
        or (path[0] == "facts" and path[-1] != "orders" and document["facts"][path[1]]["currency"] == own)
        or path[-1] == "threshold"
    ]
    path = data.draw(st.sampled_from(money))
    forged = resealed(planted(document, path, data.draw(st.sampled_from([-1, 1]))))
    assert verify_proof(forged)


@pytest.mark.parametrize(
    ("changes", "fault"),
    [
        ({"counted": 12_400_01}, "counted 1240001 is not 1240000, the net spend in UAH"),
        ({"percent": 1000}, "the percent is 700 hundredths, not 1000"),
        ({"reached": None}, "the tier reached is the one from 1000000 at 700 hundredths, not none"),
        ({"next_step": None}, "the next step is (760000, 1000, 0, 'Gold'), not None"),
        ({"steps": ()}, "0 steps are written down where the arithmetic has 5"),
        ({"no_rate": ("EUR",)}, "without a rate are none, not EUR"),
        ({"rule": 1}, "rule version 1 is not known to this verifier"),
        ({"scope": "household"}, "scope household is not known to this verifier"),
    ],
)
def test_each_contradiction_is_named(changes: dict[str, Any], fault: str) -> None:
    forged = resealed(proof_of(fact(12_400_00)).model_copy(update=changes))
    assert fault in verify_proof(forged)


@given(st.integers(1, 10_000), st.sampled_from(["person", "account"]))
def test_the_proof_of_every_welcome_holds(percent: int, scope: Scope) -> None:
    proof = proof_of(programme=welcome(percent=f"{percent / 100:.2f}"), scope=scope)
    assert (proof.percent, verify_proof(proof)) == (percent, [])
    assert Proof.model_validate_json(proof.model_dump_json()) == proof


@given(st.data())
def test_a_figure_of_a_welcome_off_by_one_is_always_caught(data: st.DataObject) -> None:
    document = proof_of(programme=welcome()).document()
    path = data.draw(st.sampled_from(list(figures(document))))
    assert verify_proof(planted(document, path, data.draw(st.sampled_from([-1, 1]))))


@pytest.mark.parametrize(
    ("changes", "fault"),
    [
        (
            {"facts": proof_of(fact(1)).facts},
            "a welcome is for those who have bought nothing, yet purchases are named",
        ),
        ({"counted": 1}, "a welcome counts nothing, yet something is counted"),
        ({"no_rate": ("EUR",)}, "a welcome counts nothing, yet something is counted"),
        ({"steps": proof_of().steps}, "a welcome counts nothing, yet something is counted"),
        ({"next_step": proof_of().next_step}, "a welcome has no tiers, yet one is named"),
        ({"reached": proof_of(fact(6_000_00)).reached}, "a welcome has no tiers, yet one is named"),
        ({"percent": 1001}, "the percent is 1000 hundredths, not 1001"),
        ({"scope": "household"}, "scope household is not known to this verifier"),
    ],
)
def test_each_contradiction_of_a_welcome_is_named(changes: dict[str, Any], fault: str) -> None:
    forged = proof_of(programme=welcome()).model_copy(update=changes)
    assert fault in verify_proof(forged)


def test_a_welcome_of_a_percent_that_no_programme_may_have_is_named() -> None:
    document = proof_of(programme=welcome()).document()
    document["percent"] = document["programme"]["percent"] = 10_001
    assert "the welcome has a percent or an amount that no programme may have" in verify_proof(
        resealed(Proof.model_validate(document))
    )


def test_a_change_that_no_arithmetic_shows_is_caught_by_the_checksum() -> None:
    forged = proof_of(fact(12_400_00, orders=3)).document()
    forged["facts"][0]["orders"] = 4
    assert verify_proof(Proof.model_validate(forged)) == ["the checksum is not that of the proof"]


def test_a_proof_says_how_it_was_worked_out() -> None:
    proof = proof_of(fact(12_400_00, refunded=100_00, orders=3))
    assert [(step.name, step.left, step.right, step.result) for step in proof.steps] == [
        ("net", 12_500_00, 100_00, 12_400_00),
        ("tier", 12_400_00, 5_000_00, 1),
        ("tier", 12_400_00, 10_000_00, 1),
        ("tier", 12_400_00, 20_000_00, 0),
        ("missing", 20_000_00, 12_400_00, 7_600_00),
    ]
    assert (proof.programme.key, proof.programme.version, proof.rule) == ("regulars", 1, 4)


@pytest.mark.parametrize("verifier", _VERIFIERS)
def test_the_verifier_shares_no_code_with_the_decision(verifier: ModuleType) -> None:
    tree = ast.parse(getsource(verifier))
    ours = [
        node.module
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("regulars")
    ]
    shapes = [
        name.name
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom) and node.module == "regulars_marketing._proof"
        for name in node.names
    ]
    assert set(ours) <= {"regulars_marketing._proof", *(each.__name__ for each in _VERIFIERS)}
    assert shapes
    assert all(name.startswith("Proof") for name in shapes)
