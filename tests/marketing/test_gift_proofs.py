"""Proofs of programmes of certain days: they read back, and nothing in them can be changed unseen."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from purchases import NOW, fact, gift, gift_proof
from regulars_marketing import Known, Proof, verify_proof
from regulars_marketing._proof import sealed

PROOFS = {
    "birthday": gift_proof(gift("birthday", percent="10"), Known(birth_date="--06-03")),
    "winback": gift_proof(
        gift("winback", percent="15", times="2.5"),
        Known(rhythm_days=17),
        fact(1, last=NOW - timedelta(days=45)),
    ),
    "seasonal": gift_proof(
        gift("seasonal", percent=5, first_day="2026-06-01", last_day="2026-06-02", level="Spring")
    ),
    "personal": gift_proof(
        gift("personal", percent=20, account="1:7", why="Sorry", valid_until="2026-07-01T00:00:00Z"),
        Known(by_hand=frozenset({"personal"})),
    ),
}
_TERMS = {"version", "rule", "orders", "least_days", "fallback_days", "first_day"}
"""Figures that others do not follow from: only the checksum tells them changed."""


def figures(node: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Paths of all integers in a document."""
    items = node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ()
    for key, value in items:
        yield from figures(value, (*path, key))
    if isinstance(node, int):
        yield path


@given(st.sampled_from([*PROOFS]), st.data())
def test_a_figure_off_by_one_is_caught_by_the_checksum_and_by_the_arithmetic(
    kind: str, data: st.DataObject
) -> None:
    document = PROOFS[kind].document()
    path = data.draw(st.sampled_from([*figures(document)]))
    node: Any = document
    for key in path[:-1]:
        node = node[key]
    node[path[-1]] += data.draw(st.sampled_from([-1, 1]))
    forged = Proof.model_validate(document)
    assert verify_proof(forged)
    if path[-1] not in _TERMS:
        assert verify_proof(sealed(forged)[0]), path


@pytest.mark.parametrize("kind", [*PROOFS])
def test_it_reads_back_and_another_end_or_purchase_is_a_contradiction(kind: str) -> None:
    proof = PROOFS[kind]
    assert verify_proof(Proof.model_validate_json(proof.model_dump_json())) == []
    for path, value in (
        (("programme", "valid_until"), "2026-06-30T12:00:00Z"),
        (("facts",), [{"currency": "UAH", "orders": 1, "goods": 1, "refunded": 0, "net": 1}]),
        (("next_step",), {"missing": 1, "percent": 1, "amount": 0, "level": "More"}),
        (("programme", "percent"), 10_001),
        (("programme", "amount"), 1),
    ):
        document = proof.document()
        node: Any = document
        for key in path[:-1]:
            node = node[key]
        node[path[-1]] = value
        assert verify_proof(sealed(Proof.model_validate(document))[0]), path


def test_days_that_no_calendar_has_are_named() -> None:
    document = PROOFS["birthday"].document()
    document["steps"][0]["left"] = 230
    assert "the days of the offer are none of the calendar" in verify_proof(Proof.model_validate(document))
    document = PROOFS["seasonal"].document()
    document["programme"]["zone"] = "Nowhere"
    assert "the days of the offer are none of the calendar" in verify_proof(Proof.model_validate(document))
