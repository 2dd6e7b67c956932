"""Segments that are worked out already, to be switched on as they are or changed."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

from sqlalchemy import Connection

import regulars_store as store
from regulars_mapping import PermanentError, from_minor
from regulars_marketing._sentence import LANGUAGES, catalogue, language_of

_TOP = "{top}"
_TENTHS = 1
_GRACE = 30
"""Days after the usual pause in which an order is due; after them it is missing."""


@dataclass(frozen=True, slots=True)
class ReadySegment:
    """A segment of the catalogue. ``expression`` holds ``{top}`` where a sum stands that the store's own
    buyers give when it is switched on."""

    key: str
    expression: str
    titles: Mapping[str, str]
    """By language."""

    def title(self, language: str) -> str:
        """In the language of a tag (``uk``, ``de-AT``); one without a catalogue reads English."""
        return self.titles[language_of(language)]


def _(title: str) -> str:
    """Marks a title for the catalogues."""
    return title


_WITHIN_A_YEAR = "last_order_date >= -365d AND frequency != 'regular'"
"""The others who went silent are lost."""
_NO_MESSAGES = "sms_subscription_status = 'unsubscribed'"
_HEARD_ENOUGH = "next_mail_date >= today"
"""Today in: whoever may be written to from this evening on may not be now."""
_READY = (
    ("regulars", _("Regulars"), "frequency = 'regular'"),
    ("new", _("New customers"), "first_order_date >= -30d"),
    ("one_off", _("Bought once"), "frequency = 'one_off'"),
    ("due", _("Due to buy again"), f"next_order_date BETWEEN -{_GRACE}d AND today"),
    (
        "lapsing",
        _("Lapsing"),
        f"number_of_orders >= 2 AND next_order_date < -{_GRACE}d AND {_WITHIN_A_YEAR}",
    ),
    ("lost", _("Lost"), "last_order_date < -365d AND frequency != 'regular'"),
    ("top", _("Top tenth by spend"), "amount_spent >= {top}"),
    ("wholesale", _("Wholesale"), "kind = 'company'"),
    ("discount_hunters", _("Discount hunters"), "number_of_orders >= 2 AND discount_share >= 60%"),
    ("birthdays_soon", _("Birthdays soon"), "anniversary(birth_date) BETWEEN today AND +7d"),
    (
        "quiet",
        _("Quiet"),
        f"email_subscription_status = 'unsubscribed' OR {_NO_MESSAGES} OR {_HEARD_ENOUGH}",
    ),
    ("incomplete", _("Incomplete cards"), "status = 'control'"),
)


def _made() -> Iterator[tuple[str, ReadySegment]]:
    for key, title, expression in _READY:
        titles = {language: catalogue(language).gettext(title) for language in LANGUAGES}
        yield key, ReadySegment(key, expression, MappingProxyType(titles))


def ready_segments() -> Sequence[ReadySegment]:
    """The catalogue, in the order in which it is shown."""
    return [made for _key, made in _made()]


def ready_segment(key: str) -> ReadySegment:
    """One of the catalogue. Raises PermanentError that names those there are."""
    known = dict(_made())
    if key not in known:
        raise PermanentError(f"There is no ready-made segment {key[:63]!r}. There are: {', '.join(known)}")
    return known[key]


def ready_expression(connection: Connection, ready: ReadySegment, *, currency: str | None) -> str:
    """Its expression for this store. ``currency`` is that of the profiles' sums.

    Raises PermanentError where it takes a sum from the buyers, and nobody bought yet.
    """
    if _TOP not in ready.expression:
        return ready.expression
    least = store.segments.least_of_top(connection, _TENTHS)
    if least is None or not currency:
        raise PermanentError(
            f"{ready.key} takes its sum from what was bought, and nobody bought anything yet."
        )
    return ready.expression.replace(_TOP, f"{from_minor(least, currency):f}")
