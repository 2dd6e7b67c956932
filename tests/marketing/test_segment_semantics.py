"""What expressions mean at their edges, worked by hand; that all evaluators agree is shown elsewhere."""

from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import Column, Integer, MetaData, Table, insert, literal_column, select

from regulars_mapping import Property, PropertyType
from regulars_marketing._segment_check import Evaluation
from regulars_marketing._segment_dates import birthdays, day_start, resolved_day
from regulars_marketing._segment_error import SegmentError
from regulars_marketing._segment_parse import parse_segment
from regulars_marketing._segment_predicate import segment_predicate
from regulars_marketing._segment_properties import profile_properties
from regulars_marketing._segment_sql import segment_condition
from regulars_marketing._segment_tree import Offset, Unit
from regulars_store import Store
from segment_world import CATALOGUE, EVALUATION, KYIV, PROFILE


def matches(text: str, evaluation: Evaluation = EVALUATION, **profile: Any) -> bool:
    return segment_predicate(parse_segment(text, CATALOGUE), evaluation)(profile)


@pytest.mark.parametrize(
    ("text", "without", "of_five"),
    [
        ("number_of_orders = 5", False, True),
        ("number_of_orders != 5", False, False),
        ("number_of_orders != 6", False, True),
        ("NOT number_of_orders = 5", True, False),
        ("number_of_orders NOT IN (5, 6)", False, False),
        ("number_of_orders IS NULL", True, False),
        ("number_of_orders IS NOT NULL", False, True),
        ("number_of_orders < 1000000000000000000000000000000", False, True),
        ("number_of_orders > 1000000000000000000000000000000", False, False),
        ("NOT number_of_orders > 1000000000000000000000000000000", True, True),
        ("number_of_orders >= 4.2 AND number_of_orders <= 5.9", False, True),
        ("number_of_orders BETWEEN 5.1 AND 5.9", False, False),
        ("number_of_orders = 5.5", False, False),
        ("number_of_orders != 5.5", False, True),
    ],
)
def test_a_missing_fact_is_in_no_comparison(text: str, *, without: bool, of_five: bool) -> None:
    assert [matches(text, orders=None), matches(text, orders=5)] == [without, of_five]


def test_a_list_is_never_missing_only_empty() -> None:
    for empty in (None, []):
        assert matches("customer_tags NOT CONTAINS 'VIP'", labels=empty)
        assert matches("customer_tags IS NULL", labels=empty)
        assert not matches("customer_tags CONTAINS 'VIP'", labels=empty)
    assert matches("customer_tags CONTAINS ' Vip '", labels=["new", "vip"])
    assert matches("customer_cities NOT CONTAINS 'Київ' AND customer_cities IS NULL", city=None)
    assert not matches("delivery_method NOT CONTAINS 'pošta'", last_delivery=None)


@pytest.mark.parametrize(("currency", "minor"), [("UAH", 50_000), ("JPY", 500), ("KWD", 500_000)])
def test_money_is_counted_in_the_minor_units_of_its_currency(currency: str, minor: int) -> None:
    evaluation = Evaluation(EVALUATION.today, KYIV, currency)
    said = [matches("amount_spent >= 500", evaluation, spent=minor + less) for less in (-1, 0)]
    assert said == [False, True]


def test_today_is_the_shops_today() -> None:
    late = datetime(2026, 11, 21, 22, 30, tzinfo=UTC)
    assert Evaluation.at(late, zone=KYIV, currency="UAH").today == date(2026, 11, 22)
    assert Evaluation.at(late, zone=UTC, currency="UAH").today == date(2026, 11, 21)


def test_a_day_is_one_of_the_shops_days_from_midnight_to_midnight() -> None:
    """On 28 March 2027 clocks in Kyiv go forward: the day has 23 hours and ends at 21:00 UTC."""
    text = "last_order_date = 2027-03-28"
    start, end = datetime(2027, 3, 27, 22, tzinfo=UTC), datetime(2027, 3, 28, 21, tzinfo=UTC)
    moments = [start - timedelta(microseconds=1), start, end - timedelta(microseconds=1), end]
    assert [matches(text, last_order_at=moment) for moment in moments] == [False, True, True, False]
    assert [matches("last_order_date > 2027-03-28", last_order_at=moment) for moment in moments][3]
    assert matches("last_order_date BETWEEN 2027-03-28 AND 2027-03-28", last_order_at=start)


def test_a_midnight_that_is_skipped_begins_the_day_when_it_is_skipped() -> None:
    """In Santiago clocks jump from 00:00 to 01:00 on 6 September 2026."""
    assert day_start(date(2026, 9, 6), ZoneInfo("America/Santiago")) == datetime(2026, 9, 6, 4, tzinfo=UTC)


@pytest.mark.parametrize(
    ("today", "amount", "unit", "day"),
    [
        (date(2027, 3, 31), -1, Unit.MONTH, date(2027, 2, 28)),
        (date(2028, 3, 31), -1, Unit.MONTH, date(2028, 2, 29)),
        (date(2028, 2, 29), -1, Unit.YEAR, date(2027, 2, 28)),
        (date(2028, 2, 29), 4, Unit.YEAR, date(2032, 2, 29)),
        (date(2026, 12, 31), 2, Unit.MONTH, date(2027, 2, 28)),
        (date(2026, 1, 15), -13, Unit.MONTH, date(2024, 12, 15)),
        (date(2026, 1, 1), -1, Unit.WEEK, date(2025, 12, 25)),
        (date(2026, 1, 1), -1, Unit.DAY, date(2025, 12, 31)),
    ],
)
def test_relative_days_end_with_the_month(today: date, amount: int, unit: Unit, day: date) -> None:
    assert resolved_day(Offset(amount, unit), today) == day


@pytest.mark.parametrize(
    ("low", "high", "today", "found"),
    [
        ("today", "+2d", date(2026, 12, 31), ["0101", "0102", "1231"]),
        ("today", "today", date(2027, 2, 28), ["0228", "0229"]),
        ("today", "today", date(2028, 2, 28), ["0228"]),
        ("today", "today", date(2028, 2, 29), ["0229"]),
        ("today", "+1d", date(2027, 2, 27), ["0227", "0228", "0229"]),
        ("2000-12-30", "2000-01-02", date(2026, 6, 1), ["0101", "0102", "1230", "1231"]),
        ("1990-05-17", "1985-05-18", date(2026, 6, 1), ["0517", "0518"]),
        ("2024-02-29", "2024-02-29", date(2027, 6, 1), ["0228", "0229"]),
        ("today", "2020-01-01", date(2026, 12, 30), ["0101", "1230", "1231"]),
        ("2020-12-30", "today", date(2027, 1, 1), ["0101", "1230", "1231"]),
    ],
)
def test_birthdays_are_celebrated_in_a_window(low: str, high: str, today: date, found: list[str]) -> None:
    text = f"anniversary(birth_date) BETWEEN {low} AND {high}"
    evaluation = Evaluation(today, KYIV, "UAH")
    days = (date(2028, 1, 1) + timedelta(days=each) for each in range(366))
    born = [f"{day:%m%d}" for day in days]
    assert [each for each in born if matches(text, evaluation, birth_mmdd=each)] == found
    assert not matches(text, evaluation, birth_mmdd=None)


def test_a_year_has_every_birthday_and_a_window_turned_round_none() -> None:
    today = date(2027, 3, 1)
    assert len(birthdays(Offset(0, Unit.DAY), Offset(1, Unit.YEAR), today)) == 366
    assert len(birthdays(Offset(0, Unit.DAY), Offset(365, Unit.DAY), today)) == 366
    assert birthdays(Offset(1, Unit.MONTH), Offset(30, Unit.DAY), today) == ()


def test_the_owners_fields_are_kept_as_folded_texts_and_integers() -> None:
    properties = (
        Property("left", "Left eye", PropertyType.NUMBER),
        Property("far", "Far", PropertyType.NUMBER),
        Property("day", "Day", PropertyType.DATE),
        Property("member", "Member", PropertyType.YES_NO),
        Property("note", "Note", PropertyType.TEXT),
        Property("secret", "Secret", PropertyType.TEXT, sensitive=True),
    )
    values = {
        "left": "-2.50",
        "far": "9" * 15,
        "day": "2026-05-17",
        "member": False,
        "secret": "x",
        "gone": "y",
    }
    kept = profile_properties(properties, values | {"note": " Straße "})
    assert kept == {"left": -2_500_000, "day": 20260517, "member": 0, "note": "strasse"}
    assert profile_properties(properties, {"note": "\u200b", "left": None}) == {}


def test_a_profile_without_the_column_is_named() -> None:
    bare = Table("bare", MetaData(), Column("orders", Integer))
    with pytest.raises(SegmentError, match="rating is not computed here"):
        segment_condition(parse_segment("rating > 5", CATALOGUE), bare, EVALUATION)


def test_a_word_of_a_list_is_a_whole_one(store: Store) -> None:
    """The written list of "x," and ",y" has a comma in quotation marks, and no such word."""
    lists = [["x,", ",y"], [","], ["tea", "coffee beans"], ['"coffee"'], ["coffee"], []]
    said = {"','": [2], "'coffee'": [5], "'\"Coffee\"'": [4], "'beans'": [], "'x,'": [1]}
    rows = [{"person_id": at, "labels": words} for at, words in enumerate(lists, 1)]
    with store.write() as connection:
        PROFILE.metadata.create_all(connection)
        connection.execute(insert(PROFILE), rows)
        for word, found in said.items():
            node = parse_segment(f"customer_tags CONTAINS {word}", CATALOGUE)
            statement = select(PROFILE.c.person_id).where(segment_condition(node, PROFILE, EVALUATION))
            assert list(connection.scalars(statement)) == found
        PROFILE.metadata.drop_all(connection)


def test_the_largest_expressions_that_are_taken_run_on_both_databases(store: Store) -> None:
    """SQLite refuses expressions 1,000 deep, PostgreSQL and SQLite too many parameters."""
    words = ", ".join(f"'{number}'" for number in range(495))
    largest = (
        " AND ".join(["amount_spent BETWEEN 1 AND 500"] * 249),
        " AND ".join(["property.vision BETWEEN 1 AND 500"] * 249),
        " OR ".join(["customer_tags NOT CONTAINS 'x'"] * 249),
        "NOT (" + " OR ".join(["customer_tags CONTAINS 'x'"] * 249) + ")",
        " AND ".join(["anniversary(birth_date) BETWEEN today AND +365d"] * 12),
        f"customer_language IN ({words})",
        "NOT (" * 14 + "rating = 1 OR " + " OR ".join(["rating = 1 AND rating = 2"] * 90) + ")" * 14,
    )
    with store.write() as connection:
        PROFILE.metadata.create_all(connection)
        connection.execute(insert(PROFILE), [{"person_id": 1}])
        for text in largest:
            condition = segment_condition(parse_segment(text, CATALOGUE), PROFILE, EVALUATION)
            statement = select(literal_column("1")).select_from(PROFILE).where(condition)
            assert bool(connection.scalar(statement)) == matches(text)
        PROFILE.metadata.drop_all(connection)
