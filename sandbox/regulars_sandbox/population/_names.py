"""Names in four languages: common ones, put together by chance, so that nobody is meant by any of them.

A Ukrainian given name stands beside its Russian form, because one person is often written both ways.
"""

from __future__ import annotations

from typing import Final

__all__ = ["GIVEN", "GIVEN_TWINS", "PATRONYMICS", "SURNAMES"]


def _words(text: str) -> tuple[str, ...]:
    return tuple(text.split())


# (Ukrainian, Russian) of the same name.
_MEN: Final = (
    ("Олександр", "Александр"),
    ("Дмитро", "Дмитрий"),
    ("Андрій", "Андрей"),
    ("Сергій", "Сергей"),
    ("Микола", "Николай"),
    ("Володимир", "Владимир"),
    ("Олексій", "Алексей"),
    ("Михайло", "Михаил"),
    ("Євген", "Евгений"),
    ("Ігор", "Игорь"),
    ("Павло", "Павел"),
    ("Віталій", "Виталий"),
    ("Юрій", "Юрий"),
    ("Максим", "Максим"),
    ("Іван", "Иван"),
    ("Петро", "Пётр"),
    ("Артем", "Артём"),
    ("Олег", "Олег"),
    ("Василь", "Василий"),
    ("Григорій", "Григорий"),
    ("Костянтин", "Константин"),
    ("Степан", "Степан"),
    ("Данило", "Даниил"),
    ("Кирило", "Кирилл"),
    ("В'ячеслав", "Вячеслав"),
    ("Богдан", "Богдан"),
)
_WOMEN: Final = (
    ("Олена", "Елена"),
    ("Наталія", "Наталья"),
    ("Ірина", "Ирина"),
    ("Оксана", "Оксана"),
    ("Тетяна", "Татьяна"),
    ("Світлана", "Светлана"),
    ("Ганна", "Анна"),
    ("Катерина", "Екатерина"),
    ("Юлія", "Юлия"),
    ("Марія", "Мария"),
    ("Людмила", "Людмила"),
    ("Вікторія", "Виктория"),
    ("Ольга", "Ольга"),
    ("Надія", "Надежда"),
    ("Любов", "Любовь"),
    ("Галина", "Галина"),
    ("Дарина", "Дарья"),
    ("Анастасія", "Анастасия"),
    ("Христина", "Кристина"),
    ("Аліна", "Алина"),
    ("Софія", "София"),
    ("Валентина", "Валентина"),
    ("Лариса", "Лариса"),
    ("Соломія", "Соломия"),
    ("Уляна", "Ульяна"),
    ("Яна", "Яна"),
)

GIVEN_TWINS: Final[dict[str, dict[str, str]]] = {
    "uk": dict((*_MEN, *_WOMEN)),
    "ru": {russian: ukrainian for ukrainian, russian in (*_MEN, *_WOMEN)},
}

# Language, then sex.
GIVEN: Final[dict[str, dict[str, tuple[str, ...]]]] = {
    "uk": {"m": tuple(pair[0] for pair in _MEN), "f": tuple(pair[0] for pair in _WOMEN)},
    "ru": {"m": tuple(pair[1] for pair in _MEN), "f": tuple(pair[1] for pair in _WOMEN)},
    "en": {
        "m": _words(
            """
James Oliver George Harry Jack William Thomas Daniel Samuel Joseph Edward Henry Robert Michael David
Andrew Peter Simon Matthew Luke Adam Benjamin Nathan Charles
    """
        ),
        "f": _words(
            """
Emma Olivia Amelia Charlotte Grace Sophie Alice Emily Lucy Hannah Sarah Laura Rachel Megan Rebecca
Jessica Claire Helen Elizabeth Kate Julia Victoria Ruth Zoe
    """
        ),
    },
    "de": {
        "m": _words(
            """
Lukas Felix Jonas Paul Leon Maximilian Stefan Michael Thomas Andreas Jürgen Björn Günter Wolfgang
Matthias Sebastian Tobias Florian Karl-Heinz Uwe Jörg Dieter Christian Alexander
    """
        ),
        "f": _words(
            """
Anna Lena Mia Hannah Sophie Katharina Julia Sabine Petra Ursula Käthe Monika Claudia Birgit Jana
Franziska Annegret Heike Susanne Bärbel Ingrid Nicole Stefanie Anna-Lena
    """
        ),
    },
}

PATRONYMICS: Final[dict[str, dict[str, tuple[str, ...]]]] = {
    "uk": {
        "m": _words(
            """
Олександрович Дмитрович Андрійович Сергійович Миколайович Володимирович Іванович Петрович Васильович
Михайлович Юрійович Павлович
    """
        ),
        "f": _words(
            """
Олександрівна Дмитрівна Андріївна Сергіївна Миколаївна Володимирівна Іванівна Петрівна Василівна
Михайлівна Юріївна Павлівна
    """
        ),
    },
    "ru": {
        "m": _words(
            """
Александрович Дмитриевич Андреевич Сергеевич Николаевич Владимирович Иванович Петрович Васильевич
Михайлович Юрьевич Павлович
    """
        ),
        "f": _words(
            """
Александровна Дмитриевна Андреевна Сергеевна Николаевна Владимировна Ивановна Петровна Васильевна
Михайловна Юрьевна Павловна
    """
        ),
    },
}

_UKRAINIAN_SAME: Final = """
Шевченко Бондаренко Коваленко Ткаченко Кравченко Олійник Шевчук Поліщук Мельник Кравчук Савченко
Марченко Руденко Петренко Лисенко Павленко Гончаренко Кучеренко Ковальчук Бойко Мороз Кравець
Костенко Гнатюк Тимошенко Федоренко Юрченко Щербак Гаврилюк Онищенко Яременко Дяченко Сидоренко
Москаленко Зінченко Пономаренко Василенко Назаренко Карпенко Клименко Микитюк Даниленко Герасименко
Степаненко Іщенко Зозуля Сорока Гайдук Скиба Кулик Стець Дем'яненко Лук'яненко В'юн Приходько Ющенко
"""
_UKRAINIAN_BY_SEX: Final = """
Левицький:Левицька Савицький:Савицька Вишневський:Вишневська Чорновіл:Чорновіл Білий:Біла
Кривий:Крива Заболотний:Заболотна Підгірний:Підгірна Яблонський:Яблонська Лісовий:Лісова
Загребельний:Загребельна Добровольський:Добровольська Ясінський:Ясінська Рудий:Руда Павлів:Павлів
Ковалів:Ковалів Тихий:Тиха Красицький:Красицька Заньковецький:Заньковецька Вербицький:Вербицька
"""
_RUSSIAN_BY_SEX: Final = """
Иванов:Иванова Смирнов:Смирнова Кузнецов:Кузнецова Попов:Попова Васильев:Васильева Петров:Петрова
Соколов:Соколова Михайлов:Михайлова Новиков:Новикова Фёдоров:Фёдорова Морозов:Морозова
Волков:Волкова Алексеев:Алексеева Лебедев:Лебедева Семёнов:Семёнова Егоров:Егорова Павлов:Павлова
Козлов:Козлова Степанов:Степанова Николаев:Николаева Орлов:Орлова Андреев:Андреева Макаров:Макарова
Никитин:Никитина Захаров:Захарова Зайцев:Зайцева Соловьёв:Соловьёва Борисов:Борисова
Яковлев:Яковлева Григорьев:Григорьева Романов:Романова Воробьёв:Воробьёва Сергеев:Сергеева
Кузьмин:Кузьмина Фролов:Фролова Александров:Александрова Дмитриев:Дмитриева Королёв:Королёва
Гусев:Гусева Киселёв:Киселёва Ильин:Ильина Максимов:Максимова Поляков:Полякова Сорокин:Сорокина
Виноградов:Виноградова Ковалёв:Ковалёва Белов:Белова Медведев:Медведева Троицкий:Троицкая
Белинский:Белинская Покровский:Покровская Щербаков:Щербакова Шевченко:Шевченко Кравченко:Кравченко
Бондаренко:Бондаренко Ткаченко:Ткаченко
"""
_ENGLISH: Final = """
Smith Jones Taylor Brown Williams Wilson Johnson Davies Robinson Wright Thompson Evans Walker White
Roberts Green Hall Wood Jackson Clarke Hughes Edwards Turner Hill Moore Cooper Ward Morris King
Watson Baker Harrison Morgan Patel Young Allen Mitchell O'Connor O'Neill MacDonald Fitzgerald
Anderson-Reed Scott Parker Bennett Cook Shaw Bailey Kelly Carter Richardson Gray Collins Price Bell
Murphy Ross Stevens Palmer Barnes
"""
_GERMAN: Final = """
Müller Schmidt Schneider Fischer Weber Meyer Wagner Becker Schulz Hoffmann Schäfer Koch Bauer
Richter Klein Wolf Schröder Neumann Schwarz Zimmermann Braun Krüger Hofmann Hartmann Lange Schmitt
Werner Krause Lehmann Köhler Herrmann König Walter Mayer Huber Kaiser Fuchs Peters Lang Scholz
Möller Weiß Jung Hahn Schubert Vogel Friedrich Keller Günther Frank Berger Winkler Roth Beck Lorenz
Baumann Groß Voß Müller-Lüdenscheidt Böhm
"""


def _same(names: str) -> tuple[tuple[str, str], ...]:
    return tuple((name, name) for name in names.split())


def _by_sex(names: str) -> tuple[tuple[str, str], ...]:
    pairs = (name.partition(":") for name in names.split())
    return tuple((man, woman) for man, _, woman in pairs)


# Language, then (man's form, woman's form).
SURNAMES: Final[dict[str, tuple[tuple[str, str], ...]]] = {
    "uk": _same(_UKRAINIAN_SAME) + _by_sex(_UKRAINIAN_BY_SEX),
    "ru": _by_sex(_RUSSIAN_BY_SEX),
    "en": _same(_ENGLISH),
    "de": _same(_GERMAN),
}
