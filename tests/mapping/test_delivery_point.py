"""Delivery points: branches, lockers, boxes and counters are told from homes, in their many spellings."""

import pytest

from regulars_mapping import Address, AddressKind, address_digest, normal_address


@pytest.mark.parametrize(
    ("line", "country", "point"),
    [
        ("Нова Пошта №7", "UA", ("nova_poshta", "branch", "7")),
        ("Нова пошта, відділення № 7", "UA", ("nova_poshta", "branch", "7")),
        ("Відділення №5, Нова Пошта", "UA", ("nova_poshta", "branch", "5")),
        ("отделение Новой Почты № 3", "UA", ("nova_poshta", "branch", "3")),
        ("НП 7", "UA", ("nova_poshta", "branch", "7")),
        ("нп№7", "UA", ("nova_poshta", "branch", "7")),
        ("Nova Poshta 25", "UA", ("nova_poshta", "branch", "25")),
        ("Відділення №7 (до 30 кг): вул. Хрещатик, 1", "UA", ("", "branch", "7")),
        ("від. 12", "UA", ("", "branch", "12")),
        ("Відділення12", "UA", ("", "branch", "12")),
        ("Нова Пошта: Поштомат №26523: вул. Польова, 24", "UA", ("nova_poshta", "locker", "26523")),
        ("Поштомат 1234", "UA", ("", "locker", "1234")),
        ("Укрпошта 01001", "UA", ("ukrposhta", "branch", "01001")),
        ("Meest відділення 5", "UA", ("meest", "branch", "5")),
        ("МІСТ Експрес 4", "UA", ("meest", "branch", "4")),
        ("а/с 5", "UA", ("", "box", "5")),
        ("ПВЗ СДЭК 12", "KZ", ("cdek", "pickup", "12")),
        ("Packstation 123", "DE", ("dhl", "locker", "123")),
        ("DHL Parcelshop 12", "DE", ("dhl", "branch", "12")),
        ("Postfach 1234", "DE", ("", "box", "1234")),
        ("Paczkomat WAW01A", "PL", ("inpost", "locker", "waw01a")),
        ("InPost KRA012", "PL", ("inpost", "locker", "kra012")),
        ("PO Box 55", "GB", ("", "box", "55")),
        ("P.O. Box 55", "US", ("", "box", "55")),
        ("Click & Collect", "GB", ("", "pickup", "")),
        ("Самовивіз", "UA", ("", "pickup", "")),
        ("до запитання", "UA", ("", "branch", "")),
        ("Mondial Relay 012345", "FR", ("mondial_relay", "pickup", "012345")),
    ],
)
def test_a_delivery_point_is_no_home(line: str, country: str, point: tuple[str, str, str]) -> None:
    found = normal_address(Address(line1=line, country=country))
    assert found.kind is AddressKind.DELIVERY_POINT
    assert found.point == point
    assert found.home_digest == ""


@pytest.mark.parametrize(
    ("line", "country"),
    [
        ("вул. Хрещатик, 1", "UA"),
        ("вул. Поштова, 5", "UA"),
        ("пров. Почтовый 7", "UA"),
        ("вул. Відділення 5", "UA"),
        ("Нова Пошта, кур'єр, вул. Хрещатик 1 кв 5", "UA"),
        ("Нова Пошта вул. Хрещатик 1, кв 5", "UA"),
        ("н.п. Іванівка, вул. Миру 5", "UA"),
        ("вул. Нова 7", "UA"),
        ("Hauptstraße 5", "DE"),
        ("12 Main Street", "US"),
        ("12 Box Lane", "GB"),
        ("The Old Rectory, Church Lane", "GB"),
    ],
)
def test_a_home_is_one_though_its_street_or_carrier_sounds_alike(line: str, country: str) -> None:
    assert normal_address(Address(line1=line, country=country)).kind is AddressKind.HOME


@pytest.mark.parametrize("line", ["", "-", "test", "тест 1", "Київ", "17", "немає", "...", "\u200b"])
def test_a_line_without_a_street_is_neither(line: str) -> None:
    assert normal_address(Address(line1=line, country="UA")).kind is AddressKind.UNKNOWN


@pytest.mark.parametrize(
    "lines",
    [
        ["Нова Пошта №7", "нова пошта, відділення 7", "НП 7", "Отделение Новой почты № 7", "Nova Poshta 7"],
        ["Поштомат №1234", "поштомат 1234", "Почтомат № 1234: вул. Польова, 24"],
        ["Packstation 123", "DHL Packstation 123", "PACKSTATION Nr. 123"],
        ["Paczkomat WAW01A", "paczkomat InPost WAW01A", "InPost WAW01A"],
    ],
)
def test_spellings_of_one_point_are_one_row(lines: list[str]) -> None:
    assert len({address_digest(Address(line1=line, city="Київ", country="UA")) for line in lines}) == 1


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Нова Пошта №7", "Нова Пошта №8"),
        ("Поштомат №7", "Відділення №7"),
        ("Нова Пошта №7", "Укрпошта №7"),
        ("Самовивіз вул. Миру 1", "Самовивіз вул. Миру 2"),
    ],
)
def test_two_points_are_two_rows(one: str, other: str) -> None:
    assert address_digest(Address(line1=one)) != address_digest(Address(line1=other))
