"""Currency rates: brought in from files, entered by hand, shown, and whatever lacks one."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from sqlalchemy import Connection

import regulars_marketing as marketing
import regulars_store as store
from regulars_agent._derive import EVERYBODY
from regulars_agent._money import money_rules
from regulars_agent._workspace import Workspace
from regulars_mapping import MisconfiguredError, PermanentError, SkipError
from regulars_marketing._opening import declared_abroad, lacking_openings

_AT_ONCE = 5_000
_MOST_FAULTS = 20
# A day of any zone is within this of the same day in UTC.
_OF_ZONES = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class ReplacedRate:
    """A rate that was known otherwise: its pair, as USD/UAH, its day, and both rates in decimals."""

    pair: str
    day: date
    old: str
    new: str


@dataclass(frozen=True, slots=True)
class RatesKept:
    """What became of rates that were told.

    ``told`` of them, ``changed`` are new or other than before. ``by_hand`` were entered by hand and stay.
    ``unknown`` are currencies of a bank's list that ISO 4217 does not know. ``persons`` are counted anew at
    the next computing, None: everybody is. ``replaced`` of those changed were known otherwise; ``examples``
    are the first five of these.
    """

    told: int
    changed: int
    by_hand: int
    pairs: tuple[str, ...]
    first: date
    last: date
    unknown: tuple[str, ...] = ()
    persons: int | None = 0
    replaced: int = 0
    examples: tuple[ReplacedRate, ...] = ()


@dataclass(frozen=True, slots=True)
class RateRemoved:
    """A rate that is no more; ``persons`` are counted anew at the next computing, None: everybody is."""

    rate: store.rates.CurrencyRate
    persons: int | None


@dataclass(frozen=True, slots=True)
class LackedRate:
    """Days on which something was bought in ``currency`` and no rate to ``quote`` is known."""

    currency: str
    quote: str
    first: date
    last: date
    days: int


def import_rates(
    workspace: Workspace,
    content: bytes,
    *,
    format: marketing.RateFormat | None = None,  # noqa: A002 - as the option is called
    who: str,
    dry_run: bool = False,
) -> RatesKept:
    """Keep the rates of a file, all or none, and mark whose sums they change. The same twice changes nothing.

    Raises MisconfiguredError with the place and the reason; nothing is kept then.
    """
    read = marketing.parse_rates(content, format=format, today=_today(workspace))
    return _keep(workspace, read.rates, unknown=read.unknown, who=who, action="import rates", dry_run=dry_run)


def set_rate(
    workspace: Workspace,
    currency: str,
    quote: str,
    rate: str,
    *,
    day: date | None = None,
    who: str,
    dry_run: bool = False,
) -> RatesKept:
    """Keep one rate by hand: one of ``currency`` is ``rate`` of ``quote`` from ``day``, today by default, on.

    No file changes it any more. Raises MisconfiguredError for what is no rate.
    """
    today = _today(workspace)
    told = marketing.rate_by_hand(currency, quote, rate, day=day or today, today=today)
    return _keep(workspace, [told], unknown=(), who=who, action="set rate", dry_run=dry_run)


def remove_rate(
    workspace: Workspace, currency: str, quote: str, *, day: date, who: str, dry_run: bool = False
) -> RateRemoved:
    """Take away the rate that was told of ``currency`` in ``quote`` for this very day, whoever told it.

    What had counted by it is marked to be counted by the one before, or is held back where none is left. A
    file that has it brings it back. Raises SkipError where there is no such rate.
    """
    with workspace.store.write() as connection:
        rate = store.rates.take_rate(connection, currency, quote, day, dry_run=dry_run)
        if rate is None:
            raise SkipError(_no_rate(connection, currency, quote, day))
        detail = {"pairs": [f"{currency}/{quote}"], "day": day.isoformat(), "rate": str(rate)}
        persons = _counted_anew(workspace, connection, [rate], dry_run=dry_run)
        if not dry_run:
            now = workspace.clock()
            store.write_audit(
                connection, who=who, action="remove rate", subject="rates", detail=detail, now=now
            )
    return RateRemoved(rate, persons)


def _no_rate(connection: Connection, currency: str, quote: str, day: date) -> str:
    """What there is instead: of the other way round, or of another day."""
    turned = store.rates.take_rate(connection, quote, currency, day, dry_run=True)
    if turned is not None:
        return f"There is no rate from {currency} to {quote} of {day}, but one the other way round: {turned}."
    remedy = f"regulars rate list --currency {currency} --quote {quote}"
    return f"There is no rate from {currency} to {quote} of {day}. Those that there are: {remedy}"


def list_rates(
    workspace: Workspace,
    *,
    currency: str | None = None,
    quote: str | None = None,
    since: date | None = None,
    limit: int = 1_000,
) -> Sequence[store.rates.CurrencyRate]:
    """Each pair's newest rate; of one pair, or since a day, all of them, newest first."""
    with workspace.store.read() as connection:
        return store.rates.listed_rates(connection, currency=currency, quote=quote, since=since, limit=limit)


def lacking_rates(workspace: Workspace) -> Sequence[LackedRate]:
    """Of what was bought in other currencies, or is declared by shops: the days that lack a rate to the one
    that sums are told in, or to one that tiers count in.

    Raises PermanentError where none is known.
    """
    with workspace.store.read() as connection:
        rules = money_rules(workspace, connection)
        if rules.currency is None:
            raise PermanentError("No shop tells its currency. Set money.currency in regulars.toml.")
        known = [
            (quote, marketing.converting(connection, quote, zone=rules.zone).known)
            for quote in sorted({rules.currency, *_counted_in(connection)})
        ]
        openings = lacking_openings(connection, rules)
    lacking: dict[tuple[str, str], set[date]] = {}
    for currency, day in openings:
        lacking.setdefault((currency, rules.currency), set()).add(day)
    for quote, rates_of in known:
        for (currency, day), found in rates_of.items():
            if isinstance(found, marketing.MissingRate):
                lacking.setdefault((currency, quote), set()).add(day)
    return [LackedRate(*pair, min(days), max(days), len(days)) for pair, days in sorted(lacking.items())]


def _counted_in(connection: Connection) -> set[str]:
    return {
        each.programme.currency
        for each in marketing.programmes(connection)
        if each.enabled and isinstance(each.programme, marketing.TierProgramme)
    }


def _today(workspace: Workspace) -> date:
    with workspace.store.read() as connection:
        return workspace.clock().astimezone(money_rules(workspace, connection).zone).date()


def _keep(
    workspace: Workspace,
    told: Sequence[store.rates.CurrencyRate],
    *,
    unknown: tuple[str, ...],
    who: str,
    action: str,
    dry_run: bool,
) -> RatesKept:
    now, days = workspace.clock(), [each.day for each in told]
    pairs = tuple(sorted({f"{each.currency}/{each.quote}" for each in told}))
    with workspace.store.write() as connection:
        saved = store.rates.save_rates(connection, told, now=now, dry_run=dry_run)
        _refuse_contradicted(saved.contradicted)
        persons = _counted_anew(workspace, connection, saved.changed, dry_run=dry_run)
        changed = len(saved.changed)
        if changed and not dry_run:
            detail = {"pairs": pairs, "changed": changed, "first": min(days).isoformat()}
            store.write_audit(connection, who=who, action=action, subject="rates", detail=detail, now=now)
    return RatesKept(
        len(told), changed, saved.by_hand, pairs, min(days), max(days), unknown, persons,
        saved.replaced, tuple(_replaced(*each) for each in saved.examples),
    )  # fmt: skip


def _replaced(old: store.rates.CurrencyRate, new: store.rates.CurrencyRate) -> ReplacedRate:
    text = store.rates.rate_text
    return ReplacedRate(f"{new.currency}/{new.quote}", new.day, text(old.value), text(new.value))


def _refuse_contradicted(
    pairs: Sequence[tuple[store.rates.CurrencyRate, store.rates.CurrencyRate]],
) -> None:
    if not pairs:
        return
    named = [f"{new} contradicts {old} ({old.source}) of {old.day}" for new, old in pairs[:_MOST_FAULTS]]
    more = f" and {len(pairs) - _MOST_FAULTS} more" if len(pairs) > _MOST_FAULTS else ""
    raise MisconfiguredError(
        "; ".join(named) + f"{more}. Nothing was kept. Where the one that is known is wrong, enter it "
        "anew: regulars rate set"
    )


def _counted_anew(
    workspace: Workspace,
    connection: Connection,
    changed: Sequence[store.rates.CurrencyRate],
    *,
    dry_run: bool,
) -> int | None:
    """Mark whom these rates bear on; how many, None where that is everybody."""
    buyers = _buyers(workspace, connection, changed)
    persons = len(buyers) if len(buyers) <= _AT_ONCE else None
    if persons is None and not dry_run:
        store.mark_dirty(connection, EVERYBODY, ["rates"])
    if persons and not dry_run:
        store.mark_dirty(connection, "facts", buyers)
    return persons


def _buyers(
    workspace: Workspace, connection: Connection, changed: Sequence[store.rates.CurrencyRate]
) -> list[str]:
    """Who bought something whose worth in another currency may be another by these rates.

    In no other time than a rate holds, and only what was paid in a currency that is not told as it is.
    """
    if not changed:
        return []
    days = [each.day for each in changed]
    first, last = _start(min(days)) - _OF_ZONES, _start(max(days)) + marketing.RATE_HOLDS + 2 * _OF_ZONES
    told_in = _told_in(workspace, connection)
    only = next(iter(told_in)) if len(told_in) == 1 else None
    most = _AT_ONCE + 1
    buyers = store.rates.buyers_between(connection, first, last, but_in=only, limit=most)
    main = money_rules(workspace, connection).currency
    return sorted({*buyers, *declared_abroad(connection, main, limit=most)})


def _told_in(workspace: Workspace, connection: Connection) -> set[str]:
    """The currencies that sums are told in: the main one, and those of the programmes that are on."""
    main = money_rules(workspace, connection).currency
    running = (each.programme.currency for each in marketing.programmes(connection) if each.enabled)
    return {currency for currency in (main, *running) if currency}


def _start(day: date) -> datetime:
    return datetime.combine(day, time(), tzinfo=UTC)
