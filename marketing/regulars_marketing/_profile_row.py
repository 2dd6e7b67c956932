"""One person's profile as a row, from what they bought and what is known of them. Pure."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cached_property, lru_cache
from typing import Any
from urllib.parse import urlsplit

import orjson

from regulars_mapping import fold_text
from regulars_marketing._opening import NO_OPENING, Opening
from regulars_marketing._profile_orders import Bought
from regulars_marketing._profile_people import Known
from regulars_marketing._profile_rules import ProfileRules
from regulars_marketing._profile_sql import Place
from regulars_marketing._rates import MissingRate
from regulars_store._driver import Plain, json_text, utc

WINDOW = timedelta(days=365)
REGULAR_ORDERS = 3
LONGEST_PAUSE = timedelta(days=90)
"""Of a regular who buys often: whoever pauses longer than this, and than twice their rhythm, is rare."""
_LONGEST_WORD = 100
_DAY = len("2026-01-01")
_NOWHERE: Place = ("", "", "")
NAMES = (
    *("person_id", "currency", "spent", "spent_365d", "orders", "orders_365d", "average_order"),
    *("largest_order", "opening_balance", "opening_orders", "first_order_at", "last_order_at"),
    *("rhythm_days", "next_order_at", "frequency", "returned_orders", "refused_cod", "cod_share"),
    "discount_share",
    *("first_source", "last_source", "last_payment", "last_delivery", "country", "region", "city"),
    *("language", "birth_mmdd", "birth_year", "gender", "kind", "status", "stopped"),
    *("email_subscription", "sms_subscription", "next_mail_at"),
    *("shops", "labels", "categories", "properties", "held"),
)
"""The columns that are written here; the rest are others'."""
_NOTHING = Bought()
_NO_DOCUMENT = "{}"


@dataclass(frozen=True)
class Making:
    """Makes rows at a moment ``now``, by the rules."""

    rules: ProfileRules
    now: datetime

    @property
    def since(self) -> datetime:
        """Where the window of 365 days begins."""
        return self.now - WINDOW

    def row(
        self,
        person_id: str,
        known: Known,
        bought: Bought | None,
        refused: int,
        places: Mapping[str, Place],
        *,
        opening: Opening = NO_OPENING,
        categories: frozenset[str] = frozenset(),
    ) -> Plain:
        """The row, `NAMES`, as the driver takes it."""
        of = bought or _NOTHING
        held = None if of.lacking is None else self._held(of.lacking)
        place = places.get(of.address_id, _NOWHERE)
        birth_year, birth_mmdd = _birthday(known.birth_date)
        return (
            person_id,
            self.rules.money.currency or "",
            *_sums(of, held=held is not None),
            opening.balance,
            opening.orders,
            of.first_at,
            of.last_at,
            of.rhythm,
            _next_at(of),
            self._frequency(of),
            of.returned,
            refused,
            _share(of.on_delivery, of.orders),
            None if held else _share(of.discount, of.undiscounted),
            _source(of.first_source),
            _source(of.last_source),
            *map(_word, (of.last_payment, of.last_delivery, *place, known.language)),
            birth_mmdd,
            birth_year,
            known.gender or None,
            known.kind,
            known.status,
            known.stopped,
            known.email_subscription,
            known.sms_subscription,
            known.next_mail,
            _texts(known.shops),
            _texts(known.labels),
            _texts(categories),
            json_text(known.properties) if known.properties else _NO_DOCUMENT,
            held or (opening.lacking and self._held(opening.lacking)),
        )

    def _held(self, lacking: str) -> str:
        quote = self.rules.money.currency
        if not quote:
            return "No shop tells its currency: say which to count in, [money] currency in regulars.toml"
        day, currency = lacking[:10], lacking[10:]
        return str(MissingRate(currency, quote, datetime.fromisoformat(day).date()))

    def _frequency(self, of: Bought) -> str:
        if of.orders <= 1:
            return "one_off" if of.orders else "none"
        if of.orders < REGULAR_ORDERS:
            return "rare"
        return "regular" if self.now - utc(of.last_at) <= _pause(of.rhythm or 0) else "rare"

    @cached_property
    def on_delivery(self) -> Callable[[str], bool]:
        """Whether a way of payment is cash on delivery."""
        return lru_cache(maxsize=4_096)(self.rules.refusals.on_delivery)


def _sums(of: Bought, *, held: bool) -> tuple[int | None, ...]:
    """Spent, spent in the window, orders, orders in the window, average and largest order."""
    if held:
        return None, None, of.orders, of.orders_365d, None, None
    average = (2 * of.spent + of.orders) // (2 * of.orders) if of.orders else None
    largest = of.largest if of.orders else None
    return of.spent, max(0, of.spent_365d), of.orders, of.orders_365d, average, largest


def _next_at(of: Bought) -> str | datetime | None:
    """When the usual pause after the last order is over, as the driver takes it."""
    if of.rhythm is None:
        return None
    try:
        if isinstance(of.last_at, str):
            # Days later the time of day is the same.
            day = date.fromisoformat(of.last_at[:_DAY]) + _days(of.rhythm)
            return day.isoformat() + of.last_at[_DAY:]
        return utc(of.last_at) + _days(of.rhythm)
    except OverflowError:
        # Shops date orders as they like: after the last year that there is, there is no day to wait for.
        return None


@lru_cache(maxsize=4_096)
def _days(number: int) -> timedelta:
    return timedelta(days=number)


@lru_cache(maxsize=4_096)
def _pause(rhythm: int) -> timedelta:
    """How long a regular may be away."""
    return max(LONGEST_PAUSE, timedelta(days=2 * rhythm))


@lru_cache(maxsize=65_536)
def _texts(words: frozenset[str]) -> str:
    """Words as a JSON list."""
    return json_text(sorted(words))


def _share(part: int, whole: int) -> int | None:
    """In thousandths, half up, within 0 and 1000."""
    if whole <= 0:
        return None
    return min(1_000, max(0, (2_000 * part + whole) // (2 * whole)))


@lru_cache(maxsize=65_536)
def _word(text: str | None) -> str | None:
    return (fold_text(text)[:_LONGEST_WORD].strip() or None) if text else None


@lru_cache(maxsize=65_536)
def _source(document: str | None) -> str | None:
    """Where an order came from: the source that is told, else the referrer's host, else the kind."""
    if not document or document == "{}":
        return None
    told = orjson.loads(document)
    source = fold_text(str(told.get("source") or "")).strip("()")
    return _word(source or _host(str(told.get("referrer") or "")) or str(told.get("kind") or ""))


def _host(referrer: str) -> str:
    try:
        host = urlsplit(referrer if "//" in referrer else f"//{referrer}").hostname or ""
    except ValueError:
        return ""
    return host.removeprefix("www.")


@lru_cache(maxsize=65_536)
def _birthday(birth_date: str) -> tuple[int | None, str | None]:
    """Year and month with day, of 1990-05-17 or --05-17."""
    if not birth_date:
        return None, None
    year, _, rest = birth_date.rpartition("-")[0].rpartition("-")
    return (int(year) if year.isdigit() else None), rest + birth_date[-2:]


def stored(row: Sequence[Any]) -> Plain:
    """A row that was read, as `Making.row` gives it."""
    return tuple(
        json_text(value) if name in _DOCUMENTS else value for name, value in zip(NAMES, row, strict=True)
    )


_DOCUMENTS = frozenset({"shops", "labels", "categories", "properties"})
