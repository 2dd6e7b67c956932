"""Who is at a piece of work that one process at a time does, in words for whoever wanted to do it too."""

import re
from collections.abc import Mapping

from regulars_agent._owner import Holder, holder_of
from regulars_store import LeaseHeldError

_WORK = {
    "derive:facts": "Figures, segments and offers are being computed",
    "derive:identity": "Who is who is being worked out",
    "status hooks": "Others are being told of order status changes",
    "suggest": "Suggestions of who may be the same are being looked for",
    "stop-list": "Suggestions for the stop-list are being looked for",
    "offers checked": "Offers are being held against what the shops sent",
}
_OF_A_SHOP = {"pull": "is being read", "push": "is being written to", "agent": "is being looked after"}
_SHOP = re.compile(r"([a-z]+):([0-9]+)")


def busy_words(error: LeaseHeldError, shops: Mapping[str, str]) -> str:
    """What is being done, by whom, and what to do. ``shops`` are names by id."""
    holder = holder_of(error.owner)
    said = f"{_work(error.resource, shops)} by {_who(holder)}."
    said += " It goes on by itself; try again when it has ended."
    if holder.is_here:
        return said
    return f"{said} Should that machine have died, this is free again at {error.until:%Y-%m-%d %H:%M} UTC."


def _work(resource: str, shops: Mapping[str, str]) -> str:
    shop = _SHOP.fullmatch(resource)
    if shop is not None and shop[1] in _OF_A_SHOP:
        name = f"The shop {shops[shop[2]]}" if shop[2] in shops else "A shop"
        return f"{name} {_OF_A_SHOP[shop[1]]}"
    return _WORK.get(resource, f"'{resource}' is being worked on")


def _who(holder: Holder) -> str:
    if not holder.is_here:
        return f"Regulars on the machine {holder.host} (process {holder.pid})"
    since = f", running since {holder.since:%Y-%m-%d %H:%M} UTC" if holder.since else ""
    return f"another process of Regulars here (process {holder.pid}{since})"
