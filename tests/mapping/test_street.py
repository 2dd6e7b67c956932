"""Streets, houses and flats: one place under the many ways of writing it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from regulars_mapping import Address, address_digest, normal_address

any_text = st.text(st.characters(exclude_categories=("Cs",), exclude_characters="\x00"), max_size=60)
words = st.lists(
    st.sampled_from(
        ["вул.", "вулиця", "ул", "Хрещатик", "буд.", "1", "1-а", "12 Б", "кв", "5", "кв5", "корп",
         "street", "St",
         "Main", "Haupt", "Str.", "Hauptstraße", "Karl-Marx-Straße", "apt", "#4", "к", "/", "под", "№7",
         "дом", "No"]
    )
).map(" ".join)  # fmt: skip


@pytest.mark.parametrize(
    ("country", "lines"),
    [
        (
            "UA",
            [
                "вул. Хрещатик, 1, кв. 5",
                "вулиця Хрещатик, буд. 1, квартира 5",
                "ул Хрещатик д.1 кв5",
                "Хрещатик вул., 1 кв 5",
            ],
        ),
        ("UA", ["вул. Хрещатик, 1-а", "вул Хрещатик 1 А", "Вулиця Хрещатик, буд. №1а", "вул. Хрещатик 1/а"]),
        ("UA", ["просп. Перемоги, 5/7", "пр-т Перемоги 5/7", "проспект Перемоги, дом 5/7"]),
        (
            "RU",
            [
                "ул. Ленина, д. 5, корп. 2, кв. 10",
                "улица Ленина 5 к 2 квартира 10",
                "Ленина ул., дом 5 к2 кв10",
            ],
        ),
        (
            "US",
            ["12 Main Street, Apt 4", "12 Main St. apt #4", "12 MAIN ST APARTMENT 4", "12 Main str unit 4"],
        ),
        ("DE", ["Hauptstraße 5", "Hauptstr. 5", "HAUPTSTRASSE 5", "Haupt Str. 5", "Haupt-Straße 5"]),
        ("DE", ["Karl-Marx-Straße 12a", "Karl Marx Str. 12 a"]),
        ("PL", ["ul. Długa 5 m. 7", "ulica Długa 5 m 7", "Ul.Długa 5, mieszkanie 7"]),
    ],
)
def test_words_for_street_house_and_flat_make_no_difference(country: str, lines: list[str]) -> None:
    assert len({address_digest(Address(line1=one, country=country)) for one in lines}) == 1


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("вул. Шевченка, 5", "пров. Шевченка, 5"),
        ("вул. Шевченка, 5", "вул. Шевченка, 5 кв 1"),
        ("вул. Шевченка, 5 кв 1", "вул. Шевченка, 5 оф 1"),
        ("вул. Шевченка, 5а", "вул. Шевченка, 5б"),
        ("12 St James Road", "12 Street James Road"),
        ("вул. Хрещатик, 1a", "вул. Хрещатик, 1\u0430"),
        ("12 Main Street", "12 M\u0430in Street"),
    ],
)
def test_two_places_stay_two(one: str, other: str) -> None:
    assert address_digest(Address(line1=one, country="UA")) != address_digest(
        Address(line1=other, country="UA")
    )


@pytest.mark.parametrize("city", ["м. Київ", "м.Київ", "місто Київ", "г. Київ", "КИЇВ"])
def test_the_word_for_a_town_makes_no_difference(city: str) -> None:
    assert normal_address(Address(city=city, country="UA")).city == "київ"


def test_a_household_shares_a_home_whatever_the_names() -> None:
    mother = normal_address(Address(given_name="Олена", line1="вул. Миру, 5", line2="кв. 1", city="Київ"))
    son = normal_address(Address(given_name="Іван", line1="вулиця Миру 5, кв 1", city="м. Київ"))
    assert mother.home_digest == son.home_digest != ""
    assert mother.digest != son.digest
    assert not any(said in repr(mother) for said in ("Олена", "олена", "миру", "київ"))


@given(words | any_text, st.sampled_from(["UA", "DE", "US", ""]))
def test_a_folded_line_folds_to_itself(text: str, country: str) -> None:
    once = normal_address(Address(line1=text, country=country))
    if once.point is None:
        assert normal_address(Address(line1=once.line, country=country)).line == once.line
