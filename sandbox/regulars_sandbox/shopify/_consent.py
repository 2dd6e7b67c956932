"""Marketing consent, written by apps: by e-mail and by text message."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any, Final

from regulars_sandbox.shopify._call import Call, Handler
from regulars_sandbox.shopify._core import Core
from regulars_sandbox.shopify._errors import not_modelled, user_error
from regulars_sandbox.shopify._sales import Account
from regulars_sandbox.shopify._state import Record, Row, number, seconds, text_moment

__all__ = ["Consents"]

_STATES: Final = frozenset({"SUBSCRIBED", "UNSUBSCRIBED", "PENDING"})
Arguments = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class _Channel:
    """One way to reach people: the input's name, the account's fields by their prefix, what is told."""

    given: str
    prefix: str
    contact: str
    said: str
    topic: str


_EMAIL: Final = _Channel(
    "emailMarketingConsent", "email", "email", "an email address", "CUSTOMERS_EMAIL_MARKETING_CONSENT_UPDATE"
)
_SMS: Final = _Channel(
    "smsMarketingConsent", "sms", "phone", "a phone number", "CUSTOMERS_MARKETING_CONSENT_UPDATE"
)


class Consents:
    """``customerEmailMarketingConsentUpdate`` and ``customerSmsMarketingConsentUpdate``.

    Of two words the one that was said later stands, whichever comes later; of one moment the one that comes
    later.  What is older changes nothing and is answered with what stands.
    """

    def __init__(self, core: Core) -> None:
        self._core = core

    def handlers(self) -> dict[str, Handler]:
        """The root fields answered here, by name."""
        return {
            "customerEmailMarketingConsentUpdate": partial(self._update, _EMAIL),
            "customerSmsMarketingConsentUpdate": partial(self._update, _SMS),
        }

    def _update(self, channel: _Channel, _call: Call, arguments: Arguments) -> Record:
        given = arguments["input"]
        wanted = given[channel.given]
        if wanted.get("sourceLocationId") is not None:
            raise not_modelled("consent collected at a location")
        row = self._core.customers.get(number(given["customerId"], "Customer"))
        if row is None:
            return _refused(["input", "customerId"], "Customer does not exist.", "INVALID")
        if not getattr(row.state, channel.contact):
            return _refused(["input", "customerId"], f"Customer must have {channel.said}.", "INVALID")
        if wanted["marketingState"] not in _STATES:
            place = ["input", channel.given, "marketingState"]
            return _refused(place, "Marketing state is not accepted.", "INCLUSION")
        self._say(channel, row, wanted)
        return {"customer": self._core.show_customer(row), "userErrors": []}

    def _say(self, channel: _Channel, row: Row[Account], wanted: Arguments) -> None:
        now, account = self._core.now(), row.state
        at = wanted.get("consentUpdatedAt")
        said = seconds(text_moment(at)) if at else now
        if said > now:
            raise not_modelled("consent given in the future")
        known = getattr(account, f"{channel.prefix}_consent_at")
        if known is not None and said < known:
            return
        setattr(account, f"{channel.prefix}_consent", wanted["marketingState"])
        setattr(account, f"{channel.prefix}_consent_at", said)
        if wanted.get("marketingOptInLevel"):
            setattr(account, f"{channel.prefix}_opt_in", wanted["marketingOptInLevel"])
        self._core.touch(row)
        self._core.emit("CUSTOMERS_UPDATE", row)
        self._core.emit(channel.topic, row)


def _refused(place: list[str], message: str, code: str) -> Record:
    return {"customer": None, "userErrors": [user_error(place, message, code)]}
