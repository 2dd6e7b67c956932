"""Names: the same person under another alphabet, order or form of the name, and a family with one phone."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from regulars_mapping import (
    NameMatch,
    compare_names,
    fold_name,
    fold_text,
    name_skeleton,
    names_compatible,
    skeleton_starts,
)

Name = tuple[str, str]
any_text = st.text(st.characters(exclude_categories=()), max_size=30)
name_parts = st.sampled_from(
    ["", "О.", "Олена", "Olena", "Lena", "Олена Петрівна", "О. П.", "Коваленко", "Kovalenko", "Ковальов",
     "K.", "Петрівна Коваленко", "Шевченко-Коваленко", "Müller", "Mueller", "Саша", "Олександр", "-",
     "李", "Петрович"]
)  # fmt: skip
names = st.tuples(any_text | name_parts, any_text | name_parts)


@pytest.mark.parametrize(
    ("a", "b"),
    [
        (("Олена", "Коваленко"), ("Olena", "Kovalenko")),
        (("Олена", "Коваленко"), ("ОЛЕНА", " коваленко ")),
        (("Олена", "Коваленко"), ("Елена", "Коваленко")),
        (("Анна", "Шевченко"), ("Hanna", "Shevchenko")),
        (("Ганна", "Шевченко"), ("Anna", "Schewtschenko")),
        (("Сергій", "Щербак"), ("Sergey", "Scherbak")),
        (("Сергій", "Щербак"), ("Serhii", "Shcherbak")),
        (("Євген", "Андрієнко"), ("Yevhen", "Andriyenko")),
        (("Евгений", "Андриенко"), ("Ievgen", "Andriienko")),
        (("Михайло", "Хоменко"), ("Mykhailo", "Khomenko")),
        (("Михаил", "Хоменко"), ("Mihail", "Homenko")),
        (("Ігор", "Згурський"), ("Ihor", "Zghurskyi")),
        (("Юлія", "Цимбал"), ("Iuliia", "Tsymbal")),
        (("Юлия", "Цымбал"), ("Julia", "Zymbal")),
        (("Жанна", "Гринько"), ("Zhanna", "Hrynko")),
        (("Володимир", "Зеленько"), ("Vladimir", "Zelenko")),
        (("Олександр", "Ковальов"), ("Александр", "Ковалёв")),
        (("Олександр", "Ковальов"), ("Alexander", "Kovalyov")),
        (("Мар’яна", "Лук'яненко"), ("Mariana", "Lukianenko")),
        (("Jürgen", "Müller"), ("Juergen", "Mueller")),
        (("Jurgen", "Muller"), ("Юрген", "Мюллер")),
        (("Jörg", "Groß"), ("Joerg", "Gross")),
        (("William", "Smith"), ("Bill", "Smith")),
        (("Siân", "O’Neill"), ("Sian", "ONeill")),
    ],
)
def test_spelling_and_alphabet_make_no_difference(a: Name, b: Name) -> None:
    assert names_compatible(a, b)
    assert names_compatible(b, a)


@pytest.mark.parametrize(
    ("a", "b"),
    [
        (("Олена", "Коваленко"), ("Коваленко", "Олена")),
        (("Kovalenko", "Lena"), ("Олена", "Коваленко")),
        (("Олена Петрівна", "Коваленко"), ("Олена", "Коваленко")),
        (("Олена Петрівна", "Коваленко"), ("Елена Петровна", "Коваленко")),
        (("Сергій Миколайович", "Бойко"), ("Сергей Николаевич", "Бойко")),
        (("Василь Олексійович", "Ткач"), ("Vasily Alekseevich", "Tkach")),
        (("Марія", "Коваленко-Шевченко"), ("Maria", "Shevchenko")),
        (("Іван", "Петрович"), ("Ivan", "Petrovych")),
        (("Anna-Maria", "Schmidt"), ("Anna", "Schmidt")),
        (("Anna Maria", "Schmidt"), ("Maria", "Schmidt")),
    ],
)
def test_order_patronymics_and_short_forms_make_no_difference(a: Name, b: Name) -> None:
    assert names_compatible(a, b)
    assert names_compatible(b, a)


@pytest.mark.parametrize(
    ("a", "b"),
    [
        (("Коваленко", "О."), ("Коваленко", "Олена")),
        (("О.", "Шевченко"), ("Олександр", "Шевченко")),
        (("O", "Shevchenko"), ("Олександр", "Шевченко")),
        (("Ю.", "Шевченко"), ("Yuliia", "Shevchenko")),
        (("Y.", "Shevchenko"), ("Євген", "Шевченко")),
        (("Yu.", "Shevchenko"), ("Юлія", "Шевченко")),
        (("C.", "Miller"), ("Charles", "Miller")),
        (("О.П.", "Коваленко"), ("Олена Петрівна", "Коваленко")),
        (("О. П.", "Коваленко"), ("Олена", "Петрівна Коваленко")),
        (("О.", "Шевченко"), ("О.", "Шевченко")),
        (("Саша", "Бойко"), ("Олександр", "Бойко")),
        (("Саша", "Бойко"), ("Олександра", "Бойко")),
        (("Слава", "Бойко"), ("Ростислав", "Бойко")),
        (("Оленька", "Бойко"), ("Олена", "Бойко")),
    ],
)
def test_an_initial_or_a_short_form_of_several_names_agrees_and_tells_too_little(a: Name, b: Name) -> None:
    assert compare_names(a, b) is compare_names(b, a) is NameMatch.VAGUE
    assert not names_compatible(a, b)


@pytest.mark.parametrize(
    ("a", "b"),
    [
        (("Марія", "Коваленко"), ("Ольга", "Коваленко")),
        (("Марія", "Коваленко"), ("Марина", "Коваленко")),
        (("Анна", "Бойко"), ("Яна", "Бойко")),
        (("Анна", "Бойко"), ("Інна", "Бойко")),
        (("Анна", "Бойко"), ("Галина", "Бойко")),
        (("Олександр", "Бойко"), ("Олександра", "Бойко")),
        (("Олександр", "Бойко"), ("Олексій", "Бойко")),
        (("Юлія", "Бойко"), ("Юрій", "Бойко")),
        (("Валентин", "Бойко"), ("Валентина", "Бойко")),
        (("Євген", "Бойко"), ("Євгенія", "Бойко")),
        (("Іван Петрович", "Бойко"), ("Іван Іванович", "Бойко")),
        (("Іван", "Бойко"), ("Іван", "Ткаченко")),
        (("М.", "Коваленко"), ("Ольга", "Коваленко")),
        (("О.", "К."), ("Олена", "Коваленко")),
        (("О.", "К."), ("О.", "К.")),
        (("Hans", "Müller"), ("Heinz", "Müller")),
        (("Mary", "Smith"), ("Mark", "Smith")),
    ],
)
def test_a_family_that_shares_a_phone_is_several_people(a: Name, b: Name) -> None:
    assert not names_compatible(a, b)
    assert not names_compatible(b, a)


@pytest.mark.parametrize(
    "name",
    [("", ""), ("Олена", ""), ("", "Коваленко"), ("-", "Коваленко"), ("Олена", "..."), ("Олена", "17")],
)
def test_half_a_name_is_compatible_with_nobody(name: Name) -> None:
    assert not names_compatible(name, ("Олена", "Коваленко"))
    assert not names_compatible(name, name)


def test_compatibility_is_not_transitive() -> None:
    anna, both, maria = ("Анна", "Бойко"), ("Анна-Марія", "Бойко"), ("Марія", "Бойко")
    assert names_compatible(anna, both)
    assert names_compatible(both, maria)
    assert not names_compatible(anna, maria)


@given(names, names)
def test_compatibility_is_symmetric_and_defined_for_any_text(a: Name, b: Name) -> None:
    assert names_compatible(a, b) == names_compatible(b, a)


@given(names)
def test_the_order_of_the_halves_makes_no_difference(name: Name) -> None:
    assert names_compatible(name, name) == names_compatible(name, name[::-1])


def test_hostile_lengths_are_compared() -> None:
    assert not names_compatible(("Я" * 5_000_000, "h" * 5_000_000), ("x. " * 1_000_000, "Ж-" * 1_000_000))


@pytest.mark.parametrize(
    ("name", "folded"),
    [
        (("Олена", "КОВАЛЕНКО"), "олена коваленко"),
        ((" Мар’яна ", ""), "мар'яна"),
        (("", "Groß"), "gross"),
        (("", ""), ""),
    ],
)
def test_a_name_is_folded_for_search(name: Name, folded: str) -> None:
    assert fold_name(*name) == folded


@given(any_text, any_text)
def test_a_folded_name_is_a_folded_text(given_name: str, family_name: str) -> None:
    folded = fold_name(given_name, family_name)
    assert fold_text(folded) == folded


def sounds(text: str, name: str) -> bool:
    return all(any(one in name_skeleton(name) for one in starts) for starts in skeleton_starts(text))


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("Kovalenko", "Ольга Коваленко"),
        ("коваленко ольга", "Olha Kovalenko"),
        ("шев", "Taras Shevchenko"),
        ("shevchenko t", "Тарас Шевченко"),
        ("щербак х", "Hanna Shcherbak"),
        ("ч", "Чорна Ірина"),
        ("хв", "К. Хвильовий"),
        ("k", "К. Хвильовий"),
    ],
)
def test_a_name_is_searched_by_the_beginnings_of_its_words(text: str, name: str) -> None:
    assert skeleton_starts(text)
    assert sounds(text, name)


@pytest.mark.parametrize(
    ("text", "name"), [("valenko", "Коваленко"), ("koval o", "Коваль Марія"), ("shev", "Севрук")]
)
def test_another_name_does_not_sound_so(text: str, name: str) -> None:
    assert not sounds(text, name)


@pytest.mark.parametrize("text", ["", " ", "😀", "👩\u200d👧", "123", "%", "--", "\x00", "\udcff", "'"])
def test_what_has_no_letter_has_no_sound(text: str) -> None:
    assert (name_skeleton(text), skeleton_starts(text)) == ("", ())


@given(any_text)
def test_a_skeleton_is_plain_words_and_a_name_is_found_by_itself(name: str) -> None:
    skeleton = name_skeleton(name)
    assert skeleton.isascii()
    assert len(skeleton) <= 250
    assert sounds(name, name)
    assert name_skeleton(fold_text(name)) == skeleton
