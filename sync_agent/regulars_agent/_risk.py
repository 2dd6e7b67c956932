"""Risk: the limits of the settings beyond which a plan is applied only once a person has confirmed it."""

from collections.abc import Sequence
from decimal import Decimal
from math import floor

from regulars_agent._settings import RiskSettings
from regulars_mapping import MisconfiguredError


def beyond(limits: RiskSettings, *, touched: int, accounts: int, deletions: int) -> tuple[str, ...]:
    """The limits that a plan is beyond, in words; none where it is within, which is also at them.

    ``touched`` counts the accounts that the plan changes, ``accounts`` those it could change.
    """
    # In decimals: 0.29 of 100 is 29, and not a hair less.
    changeable = floor(Decimal(str(limits.max_share_changed)) * accounts)
    said = []
    if touched > changeable:
        said.append(
            f"it changes {touched} of {accounts} accounts, and risk.max_share_changed = "
            f"{limits.max_share_changed:g} lets it change {changeable} unconfirmed"
        )
    if deletions > limits.max_deletions:
        said.append(
            f"it deletes {deletions} things, and risk.max_deletions lets it delete "
            f"{limits.max_deletions} unconfirmed"
        )
    return tuple(said)


def confirming(shop: str, plan_id: str) -> str:
    """The command by which an owner confirms and applies a plan."""
    return f"regulars apply {shop} {plan_id} --confirm"


def refuse_beyond(shop: str, plan_id: str, limits: Sequence[str]) -> None:
    """Raises MisconfiguredError, with what to do, where a plan is beyond any limit."""
    if limits:
        raise MisconfiguredError(
            f"{shop}: plan {plan_id} is beyond the limits for what is applied unconfirmed: "
            f"{'; '.join(limits)}. Nothing was written. Look it over, then: {confirming(shop, plan_id)}"
        )
