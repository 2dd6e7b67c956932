"""What two names say about each other: spelling, names in one field, gender, and names that are none."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from regulars_mapping import (
    BirthDate,
    Contradiction,
    NameMatch,
    compare_names,
    contradiction,
    gender_of,
    is_placeholder_name,
    names_compatible,
    short_forms,
)

Name = tuple[str, str]
any_text = st.text(st.characters(exclude_categories=()), max_size=30)
parts = st.sampled_from(
    ["", "О.", "Олена", "Olena Petrivna", "Петрова", "Петров", "Petrova", "Ковальська", "Kovalsky",
     "Саша", "Женя",
     "Олександр", "Олександра", "Коваленко Олена Петрівна", "Chomenko", "Хоменко", "test", "Петрівна",
     "Бойко"]
)  # fmt: skip
names = st.tuples(any_text | parts, any_text | parts)


@pytest.mark.parametrize(
    ("a", "b"),
    [
        # Ukrainian passport (2010), Russian passport (ICAO), GOST, German, Polish, as people type it
        (("Юрій", "Щербань"), ("Yurii", "Shcherban")),
        (("Юрій", "Щербань"), ("Jurij", "Schtscherban")),
        (("Юрій", "Щербань"), ("Jurij", "Szczerban")),
        (("Ольга", "Хоменко"), ("Olha", "Khomenko")),
        (("Ольга", "Хоменко"), ("Olga", "Chomenko")),
        (("Ольга", "Хоменко"), ("Olga", "Homenko")),
        (("Михаил", "Хохлов"), ("Mikhail", "Khokhlov")),
        (("Михаил", "Хохлов"), ("Michail", "Chochlow")),
        (("Михаил", "Хохлов"), ("Mixail", "Xoxlov")),
        (("Катерина", "Цимбал"), ("Kateryna", "Tsymbal")),
        (("Катерина", "Цимбал"), ("Kateryna", "Cymbal")),
        (("Наталья", "Воробьёва"), ("Natalia", "Vorobeva")),
        (("Наталья", "Воробьёва"), ("Natalya", "Vorobyova")),
        (("Ярослав", "Гончаренко"), ("Yaroslav", "Honcharenko")),
        (("Ярослав", "Гончаренко"), ("Jaroslaw", "Hontscharenko")),
        (("Ганна", "Жук"), ("Hanna", "Zhuk")),
        (("Євгенія", "Яценюк"), ("Yevheniia", "Yatseniuk")),
        (("Григорій", "Ґудзь"), ("Hryhorii", "Gudz")),
        (("Чеслав", "Шиманський"), ("Cheslav", "Shymanskyi")),
        (("Чеслав", "Шиманський"), ("Czeslaw", "Szymanski")),
    ],
)
def test_a_spelling_of_any_passport_is_the_same_or_a_form_of_the_name(a: Name, b: Name) -> None:
    assert compare_names(a, b).agrees
    assert compare_names(b, a) is compare_names(a, b)


@pytest.mark.parametrize(
    ("a", "b"),
    [
        (("Коваленко Олена Петрівна", ""), ("Олена", "Коваленко")),
        (("", "Олена Петрівна Коваленко"), ("Олена", "Коваленко")),
        (("Олена Коваленко", "-"), ("Olena", "Kovalenko")),
        (("Kovalenko Olena", ""), ("Коваленко Олена", "")),
        (("Anna Maria Schmidt", ""), ("Anna-Maria", "Schmidt")),
        (("Олена Коваленко", "Коваленко"), ("Олена", "Коваленко")),
    ],
)
def test_a_whole_name_in_one_field_is_taken_apart(a: Name, b: Name) -> None:
    assert names_compatible(a, b)


@pytest.mark.parametrize(
    ("short", "full"),
    [
        ("Настя", "Анастасія"), ("Наталка", "Наталія"), ("Грицько", "Григорій"), ("Вовчик", "Володимир"),
        ("Тимко", "Тимофій"), ("Лёша", "Алексей"), ("Костик", "Константин"), ("Рита", "Маргарита"),
        ("Юля", "Юлия"),
        ("Стёпа", "Степан"), ("Bob", "Robert"), ("Liz", "Elizabeth"), ("Peggy", "Margaret"), ("Chuck",
        "Charles"),
        ("Becky", "Rebecca"), ("Kasia", "Katarzyna"), ("Gosia", "Małgorzata"), ("Fritz", "Friedrich"),
        ("Lena", "Олена"), ("Misha", "Михайло"),
    ],
)  # fmt: skip
def test_a_short_form_is_weak_evidence_of_the_full_name(short: str, full: str) -> None:
    assert names_compatible((short, "Бойко"), (full, "Бойко"))
    assert short_forms(short) & short_forms(full)


@pytest.mark.parametrize(
    ("a", "b"),
    [
        (("О.", "Петров"), ("О.", "Петрова")),
        (("Женя", "Ковальський"), ("Женя", "Ковальська")),
        (("Саша", "Петров"), ("Саша", "Петрова")),
        (("Саша Іванович", "Бойко"), ("Олександра", "Бойко")),
        (("Валя", "Сидоров"), ("Валентина", "Сидорова")),
        (("А.", "Мельников"), ("Анна", "Мельникова")),
    ],
)
def test_a_man_and_a_woman_whose_names_would_agree_are_two(a: Name, b: Name) -> None:
    assert compare_names(a, b) is compare_names(b, a) is NameMatch.GENDER
    assert contradiction(a, b) is Contradiction.GENDER


@pytest.mark.parametrize(
    ("a", "b"),
    [
        (("Ольга", "Ковальська"), ("Olga", "Kovalsky")),
        (("Ольга", "Петрова"), ("Olga", "Petrov")),
        (("Наталія", "Чайковська"), ("Natalia", "Tschaikowski")),
    ],
)
def test_abroad_a_woman_bears_her_surname_in_the_mans_form(a: Name, b: Name) -> None:
    assert names_compatible(a, b)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Єлизавета", "Лілія"),
        ("Олена", "Альона"),
        ("Жанна", "Яна"),
        ("Ксенія", "Оксана"),
        ("Анна", "Яна"),
        ("Катерина", "Карина"),
        ("Владислав", "Вячеслав"),
        ("Юлія", "Уляна"),
        ("Михайло", "Максим"),
    ],
)
def test_siblings_whose_pet_names_fall_together_stay_two(one: str, other: str) -> None:
    assert not names_compatible((one, "Бойко"), (other, "Бойко"))


@pytest.mark.parametrize(
    ("name", "gender"),
    [
        (("Олена", "Коваленко"), "f"),
        (("Саша", "Бойко"), ""),
        (("Саша", "Ковальська"), "f"),
        (("Саша", "Ковальський"), "m"),
        (("О. Петрівна", "Бойко"), "f"),
        (("Саша Петрович", "Бойко"), "m"),
        (("Іван", "Голова"), "m"),
        (("Саша", "Голова"), ""),
        (("Саша", "Сова"), ""),
        (("Саша", "Петрович"), ""),
        (("Alex", "Kovalsky"), ""),
        (("Alex", "Kovalska"), "f"),
        (("Микита", "Сковорода"), "m"),
        (("", ""), ""),
        (("test", "test"), ""),
    ],
)
def test_a_gender_is_told_only_where_it_is_clear(name: Name, gender: str) -> None:
    assert gender_of(*name) == gender


@pytest.mark.parametrize(
    ("a", "b", "match"),
    [
        (("Олена", "Коваленко"), ("Olena", "Kovalenko"), NameMatch.SAME),
        (("Олена", "Коваленко"), ("Лена", "Коваленко"), NameMatch.COMPATIBLE),
        (("Олена", "Коваленко"), ("О.", "Коваленко"), NameMatch.VAGUE),
        (("Олена", "Коваленко"), ("Коваленко О. П.", ""), NameMatch.VAGUE),
        (("Олена", "Коваленко"), ("Олена", "Шевченко"), NameMatch.FAMILY),
        (("Олена", "Коваленко"), ("Марія", "Коваленко"), NameMatch.DIFFERENT),
        (("Олена", "Коваленко"), ("Петро", "Шевченко"), NameMatch.DIFFERENT),
        (("Олена", "Коваленко"), ("Олена", ""), NameMatch.UNKNOWN),
    ],
)
def test_what_two_names_say_has_a_word(a: Name, b: Name, match: NameMatch) -> None:
    assert compare_names(a, b) is compare_names(b, a) is match


def test_another_family_name_contradicts_nothing_and_another_given_name_does() -> None:
    assert contradiction(("Олена", "Коваленко"), ("Олена", "Шевченко")) is None
    assert contradiction(("Олена", "Коваленко"), ("Марія", "Коваленко")) is Contradiction.GIVEN_NAME
    assert contradiction(("Олена", ""), ("Марія", "Коваленко")) is None


def test_birth_dates_contradict_whatever_the_names() -> None:
    name = ("Іван", "Коваль")
    father, son = BirthDate(3, 8, 1960), BirthDate(3, 8, 1990)
    assert contradiction(name, name, born_a=father, born_b=son) is Contradiction.BIRTH_DATE
    assert contradiction(name, name, born_a=father) is None
    assert contradiction(name, name, born_a=father, born_b=BirthDate(3, 8)) is None


@pytest.mark.parametrize(
    "text",
    [
        "", " ", "-", "...", "test", "Test Test", "ТЕСТ", "тест тестов", "asdf", "qwerty", "фыва",
        "ааа", "xxx",
        "имя фамилия", "Ім’я", "n/a", "N/A", "none", "Покупець", "гість", "Guest user", "без имени",
        "unknown",
        "anna@example.com", "067 123 45 67", "+380671234567", "Клієнт 12345", "https://example.com",
        "www.example.com", "[erased]", "call [erased]", "123", "\x00", "\ud800", "😀",
    ],
)  # fmt: skip
def test_a_text_that_names_nobody_is_a_placeholder(text: str) -> None:
    assert is_placeholder_name(text)
    assert not names_compatible((text, text), (text, text))
    assert not names_compatible((text, "Коваленко"), (text, "Коваленко"))


@pytest.mark.parametrize(
    "text",
    [
        "Олена",
        "Тестелець",
        "Anna",
        "Ніна",
        "Ян",
        "Li",
        "Анна Гість",
        "Олена 2",
        "О.",
        "O’Neill",
        "Тест-Коваль",
    ],
)
def test_a_name_is_no_placeholder(text: str) -> None:
    assert not is_placeholder_name(text)


@given(names, names)
def test_what_two_names_say_is_symmetric(a: Name, b: Name) -> None:
    assert compare_names(a, b) is compare_names(b, a)
    assert names_compatible(a, b) is compare_names(a, b).agrees
    assert contradiction(a, b) is contradiction(b, a)


@given(names, names)
def test_the_order_of_given_and_family_name_is_irrelevant(a: Name, b: Name) -> None:
    assert names_compatible(a, b) == names_compatible(a[::-1], b) == names_compatible(a, b[::-1])


@given(names)
def test_nobody_contradicts_themselves(name: Name) -> None:
    assert contradiction(name, name) is None
    assert gender_of(*name) in {"", "m", "f"}
