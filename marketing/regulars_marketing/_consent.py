"""How a person's consent stands, told from the words of the ledger. Pure.

For one address and purpose the newest explicit word counts; of two at one moment the withdrawal does. Who was
never asked has neither given nor taken, and neither has who was asked and did not confirm.

A topic is closed by a withdrawal from it, and by one from all advertising (``MARKETING``) that is not older
than the opt-in to the topic. It is open where it is not closed and there is an opt-in to it or to all.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from regulars_store import MARKETING, ConsentState

_EXPLICIT = frozenset({ConsentState.GRANTED, ConsentState.WITHDRAWN})


class Channel(StrEnum):
    """By what a person is written to; the kind of the address. Each has words of its own."""

    EMAIL = "email"
    PHONE = "phone"


class Standing(StrEnum):
    """What may be sent to an address on a topic."""

    OPEN = "open"
    CLOSED = "closed"
    UNASKED = "unasked"


@dataclass(frozen=True, slots=True)
class Said:
    """One word about one address."""

    purpose: str
    state: ConsentState
    at: datetime

    @classmethod
    def of(cls, row: Mapping[str, Any]) -> "Said":
        """The word of a row of the ledger."""
        return cls(row["purpose"], ConsentState(row["state"]), row["at"])


def newest_word(words: Iterable[Said], purpose: str) -> Said | None:
    """The word that counts for one purpose; None where nothing explicit was said."""
    said = (word for word in words if word.purpose == purpose and word.state in _EXPLICIT)
    return max(said, key=_weight, default=None)


def consent_standing(words: Iterable[Said], topic: str = MARKETING) -> Standing:
    """How an address stands on a topic by all words about it, whatever order they are in."""
    told = list(words)
    general, own = newest_word(told, MARKETING), newest_word(told, topic)
    if _is(own, ConsentState.WITHDRAWN):
        return Standing.CLOSED
    if general is not None and _is(general, ConsentState.WITHDRAWN) and not (own and own.at > general.at):
        return Standing.CLOSED
    return Standing.OPEN if own or general else Standing.UNASKED


def subscription(addresses: Iterable[Iterable[Said]]) -> str | None:
    """A person's subscription to advertising, by the words about each of their addresses, in the words of
    segments; None for one without an address."""
    told = [list(words) for words in addresses]
    if not told:
        return None
    stand = {consent_standing(words) for words in told}
    if Standing.CLOSED in stand:
        return "unsubscribed"
    if Standing.OPEN in stand:
        return "subscribed"
    asked = (word for words in told for word in words if word.purpose == MARKETING)
    return "pending" if any(word.state is ConsentState.PENDING for word in asked) else "not_subscribed"


def _is(word: Said | None, state: ConsentState) -> bool:
    return word is not None and word.state is state


def _weight(word: Said) -> tuple[datetime, bool]:
    return word.at, word.state is ConsentState.WITHDRAWN
