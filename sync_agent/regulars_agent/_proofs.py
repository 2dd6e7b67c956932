"""Offers and what they rest on: shown, and held against what the shops sent."""

from regulars_agent._offer_card import ShownOffer, ShownOffers, ShownPart, show_offers
from regulars_agent._proof_check import (
    MOST_NAMED,
    Disagreement,
    ProofCheck,
    check_everybody,
    check_person,
    check_persons,
    check_sample,
)

__all__ = [
    "MOST_NAMED",
    "Disagreement",
    "ProofCheck",
    "ShownOffer",
    "ShownOffers",
    "ShownPart",
    "check_everybody",
    "check_person",
    "check_persons",
    "check_sample",
    "show_offers",
]
