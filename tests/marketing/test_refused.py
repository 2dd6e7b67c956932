"""What an owner may write wrongly: refused with the place and the reason, and the store as it was before."""

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta, timezone
from typing import Any

import pytest

from command_line import rows
from purchases import NOW, THREE_TIERS, tiers
from regulars_mapping import MisconfiguredError, PermanentError
from regulars_mapping._record_values import Given, record_value
from regulars_marketing import add_segment, parse_programme, parse_rates, rate_by_hand, save_programme
from regulars_store import Store, rates, tables

TODAY = date(2026, 6, 1)
BIRTHDAY = {"kind": "birthday", "key": "b", "title": "B", "percent": 10}
SEASON = {**BIRTHDAY, "kind": "seasonal", "level": "Sale"}
NO_PERCENT = "is no discount; give more than 0 and at most 100"
NO_MOMENT = "is beyond the years 1 to 9999"


def steps(*given: tuple[Any, Any, str]) -> Mapping[str, Any]:
    """Three tiers of the tests with these (threshold, percent, level) instead."""
    names = ("threshold", "percent", "level")
    return {**THREE_TIERS, "tiers": [dict(zip(names, each, strict=True)) for each in given]}


def one(threshold: Any = "100.00", percent: Any = 5) -> Mapping[str, Any]:
    return steps((threshold, percent, "A"))


PROGRAMMES: Sequence[tuple[Mapping[str, Any], str]] = [
    (one(percent=120), f"tier 1, percent: 120 % {NO_PERCENT}"),
    (one(percent=0), f"tier 1, percent: 0 % {NO_PERCENT}"),
    (one(percent=-5), f"tier 1, percent: -5 % {NO_PERCENT}"),
    (one(percent="nan"), f"tier 1, percent: nan % {NO_PERCENT}"),
    (one(percent=float("inf")), f"tier 1, percent: inf % {NO_PERCENT}"),
    (one(percent="1e400"), f"tier 1, percent: 1e400 % {NO_PERCENT}"),
    (one(percent=10**400), f"tier 1, percent: 10000000000000000000 % {NO_PERCENT}"),
    (one(percent="7,5"), "tier 1, percent: is not a number; write it like 7 or 7.5"),
    (one(percent="5.555"), "tier 1, percent: 5.555 % is too fine; give at most two decimals"),
    (one(threshold=0), "tier 1, threshold: must be above 0"),
    (one(threshold="nan"), "tier 1, threshold: 'nan' is not an amount; write it like 5000.00"),
    (one(threshold="-nan1"), "tier 1, threshold: '-nan1' is not an amount"),
    (one(threshold="1e400"), "tier 1, threshold: is too large; give at most 10000000000000.00"),
    (one(threshold="100.001"), "tier 1, threshold: '100.001' is finer than UAH allows: 2 decimals"),
    (
        steps(("200.00", 5, "A"), ("100.00", 7, "B")),
        "tier 2 starts no higher than tier 1; sort them upwards",
    ),
    (
        steps(("100.00", 5, "A"), ("100.00", 7, "B")),
        "tier 2 starts no higher than tier 1; sort them upwards",
    ),
    (
        steps(("100.00", 5, "A"), ("200.00", 5, "B")),
        "tier 2 gives no more than tier 1; raise its percent or drop it",
    ),
    (steps(("100.00", 5, "A"), ("200.00", 7, "A")), "two tiers have the same level; give each a name"),
    ({**one(), "currency": "UAX"}, "Programme regulars: currency: UAX is not an ISO 4217 currency"),
    ({**one(), "currency": "XXX"}, "Programme regulars: currency: XXX is no currency that people pay with"),
    ({**one(), "currency": "HRK"}, "not been in use since 2023-01-14; did you mean EUR?"),
    ({**BIRTHDAY, "before": 400}, "before: must be a whole number of days from 0 to 60"),
    ({**BIRTHDAY, "after": -1}, "after: must be a whole number of days from 0 to 60"),
    (
        {**SEASON, "first_day": "2026-11-30", "last_day": "2026-11-27"},
        "last_day is before first_day; give a later day",
    ),
    (
        {**SEASON, "first_day": "2026-02-29", "last_day": "2026-03-27"},
        "first_day: is no day of the calendar; write it like 2026-11-27",
    ),
    (
        {**BIRTHDAY, "audience": "amount_spnt > 500"},
        "audience: At character 1: there is no field 'amount_spnt'. Did you mean amount_spent?",
    ),
    (
        {**BIRTHDAY, "audience": "amount_spent > 500 AND"},
        "audience: At character 23: the expression ends",
    ),
    ({**BIRTHDAY, "audience": "(" * 1_999}, "audience: At character "),
    (
        {**BIRTHDAY, "audience": "customer_tags CONTAINS 'x' AND property.visoin > 2"},
        "audience: At character 32: ",
    ),
    ({**BIRTHDAY, "titel": "x"}, "titel: is not known here; did you mean title? Else remove it"),
    ({**BIRTHDAY, "title": "a\ud800b"}, "title: has signs that are no text; write it anew"),
    (
        {**BIRTHDAY, "valid_from": datetime(2027, 1, 1, tzinfo=UTC), "valid_until": NOW},
        "valid_until is not after valid_from; give a later end or leave it out",
    ),
    (
        {**BIRTHDAY, "valid_from": datetime(1, 1, 1, tzinfo=timezone(timedelta(hours=14)))},
        f"valid_from: {NO_MOMENT}",
    ),
    (
        {**BIRTHDAY, "valid_until": datetime(9999, 12, 31, 23, tzinfo=timezone(-timedelta(hours=12)))},
        f"valid_until: {NO_MOMENT}",
    ),
]
RATES = {
    "0": "the rate is 0; it must be more than 0",
    "-0.0": "the rate is -0.0; it must be more than 0",
    "-41": "the rate is -41; it must be more than 0",
    "1e400": "the rate '1e400' is no number; write it with a point, as 1.0867",
    "1e99": "the rate is beyond what can be",
    "NaN": "the rate 'NaN' is no number",
    "inf": "the rate 'inf' is no number",
    "41,2": "the rate '41,2' is no number",
}
FILES = {
    b"day,currency,quote,rate\n2026-05-01,USD,UAH,41.2\n2026-05-02,USD,UAH,0\n": "Line 3: the rate is 0;",
    b"day,currency,quote,rate\n2026-02-30,USD,UAH,41.2\n": "Line 2: '2026-02-30' is no day",
    b"day,currency,quote,rate\n2026-05-01,UAX,UAH,41.2\n": "Line 2: UAX is not an ISO 4217 currency; ",
    "day,currency,quote,rate\n".encode("utf-16"): "Byte 1 of the file is no UTF-8. Save it as UTF-8.",
    b'[{"cc": "USD", "rate": NaN, "exchangedate": "02.03.2026"}]': "Entry 1: the rate 'NaN' is no number",
}
BORN = {
    "1990-02-30": "There is no day 30 in month 2 of 1990. Write a birth date as 1990-05-17",
    "1990-02-29": "There is no day 29 in month 2 of 1990.",
    "--02-30": "There is no day 30 in month 2. Write",
    "30.02.1990": "This is no birth date that there can be. Write it as 1990-05-17",
    "29.02.1900": "This is no birth date that there can be.",
    "2026-06-03": "Nobody is born in the future. Is the year right?",
    "1790-01-02": "Nobody is older than 120 years. Is the year right?",
}


def contents(store: Store) -> list[tuple[str, list[tuple[Any, ...]]]]:
    """Every row of every table."""
    with store.read() as connection:
        return [(table.name, rows(connection, table)) for table in tables.metadata.sorted_tables]


@pytest.fixture
def unchanged(store: Store) -> Callable[[], None]:
    """Checks that nothing was written since the one programme, segment and rate that stand."""
    with store.write() as connection:
        save_programme(connection, tiers(), who="owner", now=NOW)
        add_segment(connection, "rich", "amount_spent > 5", title="", who="owner", now=NOW)
        rate = rate_by_hand("USD", "UAH", "41.25", day=TODAY, today=TODAY)
        rates.save_rates(connection, [rate], now=NOW)
    before = contents(store)

    def check() -> None:
        assert contents(store) == before

    return check


def test_a_wrong_programme_is_refused_with_its_place_and_nothing_of_it_is_kept(
    store: Store, unchanged: Callable[[], None]
) -> None:
    for definition, said in PROGRAMMES:
        with store.write() as connection, pytest.raises(MisconfiguredError) as refused:
            save_programme(connection, parse_programme(definition), who="owner", now=NOW)
        assert said in str(refused.value), definition
        assert str(refused.value).startswith(f"Programme {definition['key']}: ")
    unchanged()


def test_a_wrong_currency_is_the_one_fault_told_of_tiers_in_it() -> None:
    with pytest.raises(MisconfiguredError) as refused:
        parse_programme({**THREE_TIERS, "currency": "UAX"})
    assert "threshold" not in str(refused.value)


def test_a_wrong_segment_is_refused_with_the_character_and_a_suggestion(
    store: Store, unchanged: Callable[[], None]
) -> None:
    with store.write() as connection, pytest.raises(PermanentError) as refused:
        add_segment(connection, "typo", "number_of_ordrs > 2", title="", who="owner", now=NOW)
    assert "At character 1" in str(refused.value)
    assert "Did you mean number_of_orders?" in str(refused.value)
    unchanged()


def test_a_wrong_rate_is_refused_by_hand_and_in_a_file_of_which_nothing_is_kept(
    store: Store, unchanged: Callable[[], None]
) -> None:
    for given, said in RATES.items():
        with pytest.raises(MisconfiguredError) as refused:
            rate_by_hand("USD", "UAH", given, day=TODAY, today=TODAY)
        assert said in str(refused.value)
    for content, said in FILES.items():
        with store.write() as connection, pytest.raises(MisconfiguredError) as refused:
            rates.save_rates(connection, parse_rates(content, today=TODAY).rates, now=NOW)
        assert said in str(refused.value)
        assert "Nothing was kept" in str(refused.value)
    unchanged()


def test_a_birthday_that_no_year_has_is_refused_with_the_day() -> None:
    for given, said in BORN.items():
        with pytest.raises(PermanentError) as refused:
            record_value("birth_date", given, Given(TODAY, ("UA",)))
        assert said in str(refused.value), given
    kept = [record_value("birth_date", text, Given(TODAY)) for text in ("--02-29", "1992-02-29")]
    assert kept == ["--02-29", "1992-02-29"]
