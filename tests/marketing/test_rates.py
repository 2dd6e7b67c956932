"""Currencies told in another: by the day, exactly, or not at all."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction
from random import Random
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select

from purchases import NOW, World
from regulars_marketing import (
    MissingRate,
    MoneyRules,
    RateBook,
    conversion,
    converted_facts,
    converting,
)
from regulars_marketing._rate_sql import converted
from regulars_store import Store, tables
from regulars_store._rates import CurrencyRate, save_rates

MONDAY = date(2026, 3, 2)
KYIV = ZoneInfo("Europe/Kyiv")
Buyer = Callable[..., str]

_rates = st.fractions(min_value=Fraction(1, 10**6), max_value=10**6, max_denominator=10**9)
_amounts = st.integers(-(10**12), 10**12)


def rate(currency: str, quote: str, value: str, day: date = MONDAY, source: str = "csv") -> CurrencyRate:
    return CurrencyRate(currency, quote, day, Fraction(value), source)


def keep(store: Store, *rates: CurrencyRate) -> list[CurrencyRate]:
    with store.write() as connection:
        return save_rates(connection, rates, now=NOW).changed


def test_a_rate_holds_from_its_day_until_the_next_and_a_fortnight_at_most() -> None:
    book = RateBook([rate("USD", "UAH", "40"), rate("USD", "UAH", "44", MONDAY + timedelta(days=3))])
    told = {after: book.rate("USD", "UAH", MONDAY + timedelta(days=after)) for after in (-1, 0, 2, 3, 17, 18)}
    assert told == {-1: None, 0: 40, 2: 40, 3: 44, 17: 44, 18: None}


def test_the_other_way_round_is_the_exact_inverse_and_the_newer_word_counts() -> None:
    book = RateBook([rate("EUR", "USD", "1.0867"), rate("USD", "EUR", "0.93", MONDAY + timedelta(days=1))])
    assert book.rate("USD", "EUR", MONDAY) == Fraction(10000, 10867)
    assert book.rate("EUR", "USD", MONDAY + timedelta(days=1)) == Fraction(100, 93)


def test_what_was_told_of_a_pair_goes_before_crossing_and_of_crossings_the_newer() -> None:
    euro = [rate("EUR", "USD", "1.25"), rate("EUR", "PLN", "4.5")]
    later = MONDAY + timedelta(days=1)
    hryvnia = [rate("USD", "UAH", "40", later), rate("PLN", "UAH", "10", later)]
    assert RateBook(euro).rate("USD", "PLN", MONDAY) == Fraction(18, 5)
    assert RateBook(euro + hryvnia).rate("USD", "PLN", MONDAY) == Fraction(18, 5)
    assert RateBook(euro + hryvnia).rate("USD", "PLN", later) == 4
    told = [*euro, *hryvnia, rate("USD", "PLN", "3.9")]
    assert RateBook(told).rate("USD", "PLN", later) == Fraction(39, 10)
    assert RateBook([rate("USD", "UAH", "40"), rate("EUR", "PLN", "4.5")]).rate("USD", "PLN", MONDAY) is None


@given(one=_rates, other=_rates, order=st.randoms())
def test_crossing_is_exact_there_and_back_and_whatever_the_order(
    one: Fraction, other: Fraction, order: Random
) -> None:
    told = [
        CurrencyRate("EUR", "USD", MONDAY, one, "ecb"),
        CurrencyRate("EUR", "GBP", MONDAY, other, "ecb"),
        CurrencyRate("EUR", "USD", MONDAY - timedelta(days=1), Fraction(7), "ecb"),
    ]
    order.shuffle(told)
    book = RateBook(told)
    there, back = book.rate("USD", "GBP", MONDAY), book.rate("GBP", "USD", MONDAY)
    assert (there, back) == (other / one, one / other)


@given(amount=_amounts, value=_rates)
def test_an_amount_is_rounded_half_up_by_size_and_comes_back_within_what_rounding_takes(
    amount: int, value: Fraction
) -> None:
    there = converted(amount, value)
    assert there is not None
    assert abs(there - amount * value) <= Fraction(1, 2)
    assert converted(-amount, value) == -there
    back = converted(there, 1 / value)
    assert back is not None
    assert abs(back - amount) <= (1 / value + 1) / 2


def test_half_a_cent_counts_up_and_what_no_database_keeps_is_not_told() -> None:
    half = Fraction(1, 2)
    assert [converted(each, half) for each in (1, 3, -1, 2, 0)] == [1, 2, -1, 1, 0]
    assert converted(2**62, Fraction(3)) is None


def test_a_conversion_knows_what_a_minor_unit_is(store: Store) -> None:
    keep(store, rate("USD", "JPY", "150"), rate("KWD", "USD", "3.25"))
    wanted = [("USD", "JPY", MONDAY), ("JPY", "USD", MONDAY), ("KWD", "USD", MONDAY), ("UAH", "UAH", MONDAY)]
    with store.read() as connection:
        found = conversion(connection, [*wanted, ("CHF", "UAH", MONDAY)])
    assert [found[each] for each in wanted] == [Fraction(3, 2), Fraction(2, 3), Fraction(13, 40), 1]
    assert found["CHF", "UAH", MONDAY] == MissingRate("CHF", "UAH", MONDAY)
    assert str(found["CHF", "UAH", MONDAY]) == (
        "There is no rate from CHF to UAH for 2026-03-02, nor for the 14 days before. Bring it in: regulars "
        "rate import FILE, or regulars rate set CHF UAH RATE --day 2026-03-02"
    )


@pytest.mark.parametrize("seed", range(5))
def test_a_conversion_is_that_of_all_that_was_told_whatever_else_is_wanted(store: Store, seed: int) -> None:
    chance = Random(seed)
    codes = ("EUR", "UAH", "USD", "PLN", "GBP")
    days = [MONDAY + timedelta(days=each) for each in range(40)]
    told = [
        CurrencyRate(
            *chance.sample(codes, 2), chance.choice(days), Fraction(chance.randrange(1, 99), 7), "csv"
        )
        for _ in range(chance.randrange(60))
    ]
    unlike = {(each.currency, each.quote, each.day): each for each in told}.values()
    keep(store, *unlike)
    wanted = {(*chance.sample(codes, 2), chance.choice(days)) for _ in range(chance.randrange(1, 80))}
    book = RateBook(unlike)
    with store.read() as connection:
        found = conversion(connection, wanted)
    assert found == {each: book.rate(*each) or MissingRate(*each) for each in wanted}


def test_what_was_entered_by_hand_stays_until_a_hand_changes_it(store: Store) -> None:
    by_hand = rate("USD", "UAH", "41", source="manual")
    assert keep(store, rate("USD", "UAH", "40")) == [rate("USD", "UAH", "40")]
    assert keep(store, by_hand) == [by_hand]
    assert keep(store, rate("USD", "UAH", "40")) == []
    assert keep(store, rate("USD", "UAH", "42", source="manual")) == [
        rate("USD", "UAH", "42", source="manual")
    ]


def test_an_order_is_told_by_the_rate_of_its_own_day_in_the_owners_zone(world: World, buyer: Buyer) -> None:
    keep(world.store, rate("USD", "UAH", "40"), rate("USD", "UAH", "44", MONDAY + timedelta(days=1)))
    account = buyer("anna", 100)
    # Half past eleven in the evening of Monday in Kyiv, and an hour later: both Monday in UTC.
    for minute in (datetime(2026, 3, 2, 21, 30, tzinfo=UTC), datetime(2026, 3, 2, 22, 30, tzinfo=UTC)):
        world.order(account, 1_000, currency="USD", placed_at=minute)
    with world.store.read() as connection:
        kyiv = converted_facts(connection, ["anna"], "UAH", money=MoneyRules(zone=KYIV))
        utc = converted_facts(connection, ["anna"], "UAH")
    assert kyiv == {"anna": {account: {"UAH": 100, "USD": 40_000 + 44_000}}}
    assert utc == {"anna": {account: {"UAH": 100, "USD": 80_000}}}


def test_a_missing_rate_is_named_with_its_first_day_and_holds_back_no_other(
    world: World, buyer: Buyer
) -> None:
    keep(world.store, rate("USD", "UAH", "40"))
    anna, olena = buyer("anna"), buyer("olena", 700)
    for day in (MONDAY, MONDAY + timedelta(days=15), MONDAY + timedelta(days=20)):
        world.order(
            anna, 1_000, currency="USD", placed_at=datetime(day.year, day.month, day.day, 12, tzinfo=UTC)
        )
    world.refund(world.order(anna, 1_000, currency="EUR"), 1_000)
    with world.store.read() as connection:
        found = converted_facts(connection, ["anna", "olena"], "UAH")
    missing = MissingRate("USD", "UAH", MONDAY + timedelta(days=15))
    assert found == {"anna": {anna: {"USD": missing}}, "olena": {olena: {"UAH": 700}}}


@pytest.mark.parametrize("zone", ["Europe/Kyiv", "America/St_Johns", "Pacific/Kiritimati"])
def test_sql_tells_every_order_as_python_and_a_plain_loop_do(world: World, zone: str) -> None:
    chance, known = Random(zone), ZoneInfo(zone)
    told = [
        CurrencyRate(
            currency, "EUR", day, Fraction(chance.randrange(1, 10**6), 10 ** chance.randrange(9)), "csv"
        )
        for currency in ("USD", "JPY", "KWD", "UAH")
        for day in (date(2026, 3, 1) + timedelta(days=chance.randrange(60)) for _ in range(6))
    ]
    keep(world.store, *told)
    account = world.account("anna")
    orders: dict[str, tuple[int, str, datetime]] = {}
    for _ in range(60):
        at = datetime(2026, 3, 1, tzinfo=UTC) + timedelta(minutes=chance.randrange(90 * 24 * 60))
        amount, currency = (
            chance.randrange(-(10**6), 10**12),
            chance.choice(("USD", "JPY", "KWD", "UAH", "CHF")),
        )
        orders[world.order(account, amount, currency=currency, placed_at=at)] = amount, currency, at
    order = tables.order.c
    with world.store.read() as connection:
        rates = converting(connection, "UAH", zone=known, person_ids=["anna"])
        query = select(order.id, rates.amount(order.goods, order.currency)).outerjoin(
            rates.rates, rates.on(order.currency, order.placed_at)
        )
        found = {row[0]: row[1] for row in connection.execute(query)}
        everybody = converting(connection, "UAH", zone=known)
    assert everybody.known == rates.known
    assert found.keys() == orders.keys()
    book, exponents = RateBook(told), {"USD": 2, "JPY": 0, "KWD": 3, "UAH": 2, "CHF": 2}
    for id_, (amount, currency, at) in orders.items():
        value = book.rate(currency, "UAH", at.astimezone(known).date())
        exact = value and value * Fraction(10) ** (2 - exponents[currency]) * amount
        assert found[id_] == (None if exact is None else _half_up(exact))
        assert rates.of(amount, currency, at) == (
            MissingRate(currency, "UAH", at.astimezone(known).date()) if exact is None else _half_up(exact)
        )
    assert {None} < set(found.values())


def _half_up(exact: Fraction) -> int:
    text = Decimal(exact.numerator) / Decimal(exact.denominator)
    return int(text.quantize(Decimal(1), rounding=ROUND_HALF_UP))
