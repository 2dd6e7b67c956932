"""What a discount is and on what terms, as offers, grants and programmes keep it."""

from collections.abc import Mapping
from typing import Any, NamedTuple


class Gift(NamedTuple):
    """A discount: ``percent`` in hundredths, or ``amount`` in minor units of ``currency``. False for none."""

    percent: int
    amount: int | None = None
    currency: str | None = None

    def __bool__(self) -> bool:
        return bool(self.percent or self.amount)


def limit_of(rules: Mapping[str, Any], key: str) -> str:
    """By what the uses of a discount are counted, '' where they are not: codes of different limits are never
    made one another. ``rules`` are a programme's, as it is defined or as a proof states it.

    All welcomes are of one limit, since a person gets one; else it is the programme's own.
    """
    if rules.get("kind") == "welcome":
        return "welcome"
    return f"orders of {key}" if rules.get("orders") is not None else ""


def stated_terms(rules: Mapping[str, Any]) -> Mapping[str, Any]:
    """On what terms a discount is given, besides what its `limit_of` says; ``rules`` as there."""
    names = ("goods", "minimum") if rules.get("kind") == "welcome" else ("goods", "minimum", "orders")
    return {name: rules[name] for name in names if rules.get(name) is not None}


def orders_of(proof: Mapping[str, Any]) -> int | None:
    """For how many orders the offer of a proof serves: one for a welcome, None for any number. Of several
    that are added up the fewest."""
    stated = (proof.get("programme", {}), *(each["programme"] for each in proof.get("added", ())))
    counted = (1 if rules.get("kind") == "welcome" else rules.get("orders") for rules in stated)
    return min((each for each in counted if each is not None), default=None)
