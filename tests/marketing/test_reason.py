"""What staff read of a proof: the shopper's figures, addressed to nobody."""

from typing import Literal

import pytest

from purchases import fact, proof_of
from regulars_marketing import LANGUAGES, reason

NBSP = "\u00a0"
Scope = Literal["person", "account"]


@pytest.mark.parametrize(
    ("net", "scope", "said"),
    [
        (12_400_00, "person", "7 %: bought for 12,400.00_₴ in all shops."),
        (12_400_00, "account", "7 %: bought for 12,400.00_₴ with this account."),
        (1_00, "person", "No discount yet: bought for 1.00_₴ in all shops."),
        (1_00, "account", "No discount yet: bought for 1.00_₴ with this account."),
    ],
)
def test_the_reason_names_the_sum_and_whose_it_is(net: int, scope: Scope, said: str) -> None:
    assert reason(proof_of(fact(net), scope=scope)) == said.replace("_", NBSP)


def test_who_bought_nothing_and_whose_currency_has_no_rate_are_told_so() -> None:
    assert reason(proof_of()) == "No discount yet: nothing was bought."
    undecided = reason(proof_of(fact(5_00, currency="EUR")))
    assert undecided == "Not decided: no exchange rate for what was bought in EUR."


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_reason_is_told_in_every_language(language: str) -> None:
    said = reason(proof_of(fact(12_400_00)), language=language)
    assert said.startswith("7 %: ")
    assert ("12,400.00" in said) == (language == "en")
