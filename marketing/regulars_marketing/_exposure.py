"""What an offer may cost at most, as its owner reckons. Whole numbers only. Pure."""

from collections.abc import Iterator, Mapping
from typing import Any

from regulars_marketing._draft import Draft

_WHOLE = 10_000
"""A whole in hundredths of a percent."""


def half_up(numerator: int, denominator: int) -> int:
    """The quotient of a sum that is not negative, to the nearest whole number, a half upwards."""
    return (2 * numerator + denominator) // (2 * denominator)


def cost_of_order(percent: int, amount: int, *, reckoned_order: int | None) -> int:
    """What one order may cost: the ``amount``, or the ``percent`` (hundredths) of ``reckoned_order``; all in
    minor units of one currency."""
    return amount or half_up(percent * (reckoned_order or 0), _WHOLE)


def exposure_of(
    percent: int, amount: int, *, reckoned_order: int | None, orders: int | None
) -> tuple[int, int]:
    """What a discount may cost, and for how many orders that is: one where their number is not limited."""
    counted = orders or 1
    return cost_of_order(percent, amount, reckoned_order=reckoned_order) * counted, counted


def shares_of(proof: Draft) -> Iterator[tuple[str, int, int]]:
    """What each programme gives to an offer: its key, the percent in hundredths, the amount.

    Of what was added each counts with what it gives by itself, though a cap may leave less.
    """
    yield proof.programme.key, proof.own if proof.added else proof.percent, proof.amount
    for each in proof.added:
        yield each.programme.key, each.percent, each.amount


def shares_told(proof: Mapping[str, Any]) -> Iterator[tuple[str, int, int]]:
    """`shares_of` of a stored proof."""
    added = proof["added"]
    yield proof["programme"]["key"], proof["own"] if added else proof["percent"], proof["amount"]
    for each in added:
        yield each["programme"]["key"], each["percent"], each["amount"]
