"""Birth dates: read as they are written, the year perhaps unknown, refused where they are none."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from regulars_mapping import BirthDate, birth_date

TODAY = date(2026, 3, 1)
any_text = st.text(st.characters(exclude_categories=()), max_size=60) | st.text("0123456789-./T", max_size=24)
countries = st.sampled_from(["", "UA", "US", "DE", "CA", "??"])
days = st.dates(date(1906, 3, 2), date(2026, 3, 1))
births = st.builds(
    lambda day, has_year: BirthDate(day.month, day.day, day.year if has_year else None), days, st.booleans()
)


def read(text: str, country: str = "UA") -> BirthDate | None:
    return birth_date(text, country=country, today=TODAY)


@pytest.mark.parametrize(
    ("text", "country", "born"),
    [
        ("1990-05-17", "", BirthDate(5, 17, 1990)),
        (" 1990-05-17T00:00:00Z ", "US", BirthDate(5, 17, 1990)),
        ("1990-05-17 00:00:00", "US", BirthDate(5, 17, 1990)),
        ("19900517", "", BirthDate(5, 17, 1990)),
        ("1990/05/17", "US", BirthDate(5, 17, 1990)),
        ("17.05.1990", "US", BirthDate(5, 17, 1990)),
        ("7.5.1990", "", BirthDate(5, 7, 1990)),
        ("17.05.90", "UA", BirthDate(5, 17, 1990)),
        ("17.05.05", "UA", BirthDate(5, 17, 2005)),
        ("05/17/1990", "US", BirthDate(5, 17, 1990)),
        ("05/17/1990", "GB", BirthDate(5, 17, 1990)),
        ("05/06/1990", "US", BirthDate(5, 6, 1990)),
        ("05/06/1990", "GB", BirthDate(6, 5, 1990)),
        ("05-06-1990", "NL", BirthDate(6, 5, 1990)),
        ("05/05/1990", "", BirthDate(5, 5, 1990)),
        ("17/05/1990", "", BirthDate(5, 17, 1990)),
        ("--05-17", "", BirthDate(5, 17)),
        ("05-17", "", BirthDate(5, 17)),
        ("05-06", "UA", BirthDate(5, 6)),
        ("17.05", "UA", BirthDate(5, 17)),
        ("17.05.", "UA", BirthDate(5, 17)),
        ("02-29", "", BirthDate(2, 29)),
        ("29.02.2000", "", BirthDate(2, 29, 2000)),
        ("1604-02-29", "", BirthDate(2, 29)),
        ("0000-05-17", "", BirthDate(5, 17)),
        ("1906-03-02", "", BirthDate(3, 2, 1906)),
        ("2026-03-02", "", BirthDate(3, 2, 2026)),
    ],
)
def test_a_date_is_read_as_it_was_meant(text: str, country: str, born: BirthDate) -> None:
    assert read(text, country) == born


@pytest.mark.parametrize(
    "text",
    [
        "", " ", "-", "n/a", "17", "1990", "05.1990", "1990-13-01", "1990-02-30", "1900-02-29", "29.02.2001",
        "31.04.1990", "00.00.0000", "0000-00-00", "1970-01-01", "1900-01-01", "1899-12-31",
        "1801-05-17", "2026-03-03",
        "2030-01-01",
        "17.05.19900", "1990-05-17" * 10, "17.05.1990\x00", "\ud800", "1" * 5_000_000, "32/13/1990",
        "17 05 1990",
    ],
)  # fmt: skip
def test_what_is_no_birth_date_gives_none(text: str) -> None:
    assert read(text) is None


@pytest.mark.parametrize("country", ["", "CA"])
def test_a_date_that_nobody_can_tell_is_not_guessed(country: str) -> None:
    assert read("05/06/1990", country) is None


@pytest.mark.parametrize(
    ("month", "day", "year"), [(2, 30, None), (2, 29, 2001), (13, 1, None), (0, 1, 1990), (4, 31, None)]
)
def test_an_impossible_date_cannot_be_made(month: int, day: int, year: int | None) -> None:
    with pytest.raises(ValueError, match=r"day|month"):
        BirthDate(month, day, year)


def test_it_is_written_in_iso_with_or_without_the_year() -> None:
    assert (BirthDate(2, 9, 1990).iso, BirthDate(2, 9).iso, BirthDate(2, 9).mmdd) == (
        "1990-02-09",
        "--02-09",
        "0209",
    )


@pytest.mark.parametrize(
    ("born", "age"),
    [
        (BirthDate(3, 1, 1990), 36), (BirthDate(3, 2, 1990), 35),
        (BirthDate(2, 29, 2000), 26), (BirthDate(5, 17), None),
    ],
)  # fmt: skip
def test_an_age_counts_full_years(born: BirthDate, age: int | None) -> None:
    assert born.age_on(TODAY) == age


def test_who_was_born_on_a_leap_day_is_older_on_the_28th() -> None:
    born = BirthDate(2, 29, 2000)
    assert (born.age_on(date(2026, 2, 27)), born.age_on(date(2026, 2, 28))) == (25, 26)
    assert (born.age_on(date(2028, 2, 28)), born.age_on(date(2028, 2, 29))) == (27, 28)


@pytest.mark.parametrize(
    ("one", "other", "contradicts"),
    [
        (BirthDate(5, 17, 1990), BirthDate(5, 17, 1990), False),
        (BirthDate(5, 17, 1990), BirthDate(5, 17), False),
        (BirthDate(5, 6, 1990), BirthDate(6, 5, 1990), False),
        (BirthDate(1, 1, 1990), BirthDate(5, 17, 1990), False),
        (BirthDate(5, 17, 1960), BirthDate(5, 17, 1990), True),
        (BirthDate(1, 1, 1960), BirthDate(5, 17, 1990), True),
        (BirthDate(5, 17, 1990), BirthDate(5, 18, 1990), True),
        (BirthDate(5, 17), BirthDate(5, 18), True),
    ],
)
def test_two_dates_contradict_each_other_where_one_person_can_hardly_have_both(
    one: BirthDate, other: BirthDate, contradicts: bool
) -> None:
    assert one.contradicts(other) is other.contradicts(one) is contradicts


@given(births)
def test_the_iso_form_is_read_back(born: BirthDate) -> None:
    made_up = (born.year, born.month, born.day) == (1970, 1, 1)
    assert read(born.iso) == (None if made_up else born)


@given(births, births)
def test_contradiction_is_symmetric_and_nobody_contradicts_themselves(
    one: BirthDate, other: BirthDate
) -> None:
    assert one.contradicts(other) == other.contradicts(one)
    assert not one.contradicts(one)


@given(any_text, countries)
def test_any_text_gives_a_possible_date_or_none(text: str, country: str) -> None:
    born = read(text, country)
    if born is not None:
        age = born.age_on(TODAY)
        assert age is None or -1 <= age <= 120
        assert read(born.iso) == born
