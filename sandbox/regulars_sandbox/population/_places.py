"""Where generated people live: real cities and post codes, invented houses.

State codes are those WooCommerce lists for the country; Ukraine's postal codes are the cities' own ranges.
"""

from __future__ import annotations

from typing import Final, NamedTuple

__all__ = ["CITIES", "STREETS", "City"]


class City(NamedTuple):
    """A city, its region code (empty where the platform has none) and the first digits of its post codes."""

    country: str
    state: str
    name: str
    russian: str
    postcode: str


def _ukrainian(*rows: tuple[str, str, str, str]) -> tuple[City, ...]:
    return tuple(City("UA", *row) for row in rows)


_UKRAINE: Final = _ukrainian(
    ("UA30", "Київ", "Киев", "01"),
    ("UA30", "Київ", "Киев", "02"),
    ("UA30", "Київ", "Киев", "03"),
    ("UA63", "Харків", "Харьков", "61"),
    ("UA63", "Харків", "Харьков", "61"),
    ("UA51", "Одеса", "Одесса", "65"),
    ("UA51", "Одеса", "Одесса", "65"),
    ("UA46", "Львів", "Львов", "79"),
    ("UA46", "Львів", "Львов", "79"),
    ("UA12", "Дніпро", "Днепр", "49"),
    ("UA12", "Кривий Ріг", "Кривой Рог", "50"),
    ("UA23", "Запоріжжя", "Запорожье", "69"),
    ("UA05", "Вінниця", "Винница", "21"),
    ("UA07", "Луцьк", "Луцк", "43"),
    ("UA18", "Житомир", "Житомир", "10"),
    ("UA21", "Ужгород", "Ужгород", "88"),
    ("UA26", "Івано-Франківськ", "Ивано-Франковск", "76"),
    ("UA32", "Біла Церква", "Белая Церковь", "091"),
    ("UA32", "Бровари", "Бровары", "074"),
    ("UA35", "Кропивницький", "Кропивницкий", "25"),
    ("UA48", "Миколаїв", "Николаев", "54"),
    ("UA53", "Полтава", "Полтава", "36"),
    ("UA56", "Рівне", "Ровно", "33"),
    ("UA59", "Суми", "Сумы", "40"),
    ("UA61", "Тернопіль", "Тернополь", "46"),
    ("UA65", "Херсон", "Херсон", "73"),
    ("UA68", "Хмельницький", "Хмельницкий", "29"),
    ("UA71", "Черкаси", "Черкассы", "18"),
    ("UA71", "Умань", "Умань", "203"),
    ("UA74", "Чернігів", "Чернигов", "14"),
    ("UA77", "Чернівці", "Черновцы", "58"),
)

CITIES: Final[dict[str, tuple[City, ...]]] = {
    "uk": _UKRAINE,
    "ru": _UKRAINE,
    "en": (
        City("GB", "", "London", "", "SE1"),
        City("GB", "Greater Manchester", "Manchester", "", "M1"),
        City("GB", "", "Edinburgh", "", "EH1"),
        City("GB", "West Midlands", "Birmingham", "", "B1"),
        City("GB", "", "Cardiff", "", "CF10"),
        City("US", "NY", "New York", "", "100"),
        City("US", "IL", "Chicago", "", "606"),
        City("US", "MA", "Boston", "", "021"),
        City("US", "WA", "Seattle", "", "981"),
        City("US", "TX", "Austin", "", "787"),
    ),
    "de": (
        City("DE", "DE-BE", "Berlin", "", "101"),
        City("DE", "DE-HH", "Hamburg", "", "200"),
        City("DE", "DE-BY", "München", "", "803"),
        City("DE", "DE-NW", "Köln", "", "506"),
        City("DE", "DE-HE", "Frankfurt am Main", "", "603"),
        City("DE", "DE-SN", "Leipzig", "", "041"),
        City("DE", "DE-BW", "Tübingen", "", "720"),
        City("AT", "", "Wien", "", "10"),
        City("AT", "", "Graz", "", "80"),
    ),
}

STREETS: Final[dict[str, tuple[str, ...]]] = {
    "uk": (
        "вул. Шевченка",
        "вул. Лесі Українки",
        "просп. Свободи",
        "вул. Садова",
        "вул. Івана Франка",
        "бульв. Тараса Шевченка",
        "вул. Соборна",
        "пл. Ринок",
        "вул. Київська",
        "пров. Тихий",
        "вул. Зелена",
        "наб. Перемоги",
    ),
    "ru": (
        "ул. Шевченко",
        "ул. Леси Украинки",
        "просп. Свободы",
        "ул. Садовая",
        "ул. Ивана Франко",
        "бульв. Тараса Шевченко",
        "ул. Соборная",
        "пл. Рынок",
        "ул. Киевская",
        "пер. Тихий",
        "ул. Зелёная",
        "наб. Победы",
    ),
    "en": (
        "Mill Lane",
        "Orchard Road",
        "Station Street",
        "Church View",
        "High Street",
        "Maple Avenue",
        "Elm Court",
        "Harbour Terrace",
        "King's Walk",
        "Meadow Drive",
    ),
    "de": (
        "Hauptstraße",
        "Gartenweg",
        "Bahnhofstr.",
        "Lindenallee",
        "Mühlgasse",
        "Am Markt",
        "Goethestraße",
        "Schillerplatz",
        "Kirchweg",
        "Rosenstr.",
    ),
}
