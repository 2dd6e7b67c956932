"""Marketing: what persons bought, the programmes that give discounts for it, and offers with their proof."""

from regulars_marketing._compute import Computed, compute, compute_all
from regulars_marketing._decide import Decision, decide
from regulars_marketing._facts import Fact, Facts, read_facts
from regulars_marketing._goods_words import GoodsWords
from regulars_marketing._programme import Programme, parse_programme
from regulars_marketing._programmes import (
    StoredProgramme,
    disable_programme,
    enable_programme,
    programmes,
    save_programme,
)
from regulars_marketing._proof import RULE_VERSION, Proof, Scope
from regulars_marketing._reason import reason
from regulars_marketing._sentence import (
    LANGUAGES,
    amount,
    confirmation,
    invitation,
    language_of,
    next_step,
    preparation,
    sentence,
)
from regulars_marketing._terms import terms, terms_of
from regulars_marketing._tier_programme import Tier, TierProgramme
from regulars_marketing._verify import verify_proof
from regulars_marketing._welcome_programme import WelcomeProgramme

__all__ = [
    "LANGUAGES",
    "RULE_VERSION",
    "Computed",
    "Decision",
    "Fact",
    "Facts",
    "GoodsWords",
    "Programme",
    "Proof",
    "Scope",
    "StoredProgramme",
    "Tier",
    "TierProgramme",
    "WelcomeProgramme",
    "amount",
    "compute",
    "compute_all",
    "confirmation",
    "decide",
    "disable_programme",
    "enable_programme",
    "invitation",
    "language_of",
    "next_step",
    "parse_programme",
    "preparation",
    "programmes",
    "read_facts",
    "reason",
    "save_programme",
    "sentence",
    "terms",
    "terms_of",
    "verify_proof",
]
