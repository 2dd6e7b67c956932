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
