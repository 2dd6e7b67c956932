"""The version of the rules: it moves with whatever decides, and outcomes move only with it."""

import subprocess
import sys
from datetime import date
from hashlib import blake2b
from importlib.resources import files

import pytest

from regulars_mapping import (
    Address,
    birth_date,
    compare_names,
    e164,
    email_alias,
    fold_email,
    gender_of,
    is_role_mailbox,
    normal_address,
    rule_version,
)
from regulars_mapping._tables import TABLES, rows, version_of, words


def test_the_version_is_twelve_hex_digits_and_the_same_in_every_process() -> None:
    code = "from regulars_mapping import rule_version; print(rule_version())"
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60)
    assert ran.stdout.strip() == rule_version()
    assert len(bytes.fromhex(rule_version())) == 6


def test_every_table_is_part_of_it() -> None:
    folder = files("regulars_mapping").joinpath("data")
    assert sorted(f"{table}.txt" for table in TABLES) == sorted(one.name for one in folder.iterdir())


@pytest.mark.parametrize("changed", ["code", "Unicode", "given_names"])
def test_it_moves_with_every_part(changed: str) -> None:
    parts = {"code": "1", "Unicode": "15.0.0", "given_names": "m іван"}
    assert version_of(parts) != version_of({**parts, changed: parts[changed] + " "})
    assert version_of(parts) == version_of(dict(reversed(parts.items())))


@pytest.mark.parametrize("table", TABLES)
def test_a_table_is_plain_text_without_repeated_rows(table: str) -> None:
    found = rows(table)
    assert found
    assert len(found) == len(set(found))
    assert not any("\t" in row or row != row.strip("\r\n") for row in found)


def test_the_table_of_names_has_hundreds_of_rows_each_with_its_gender() -> None:
    found = [row.split() for row in rows("given_names")]
    assert len(found) > 300
    assert {row[0] for row in found} == {"m", "f"}
    assert all(len(row) > 1 and len(row) == len(set(row)) for row in found)


def test_folded_tables_hold_folded_words() -> None:
    for table in ("role_mailboxes", "placeholder_names", "email_relays"):
        assert all(word == word.casefold() for word in words(table))


NAMES = [
    "Олена Коваленко",
    "Olena Kovalenko",
    "Саша Петров",
    "Alexandra Petrova",
    "О. Петров",
    "Коваленко Олена Петрівна",
]
EMAILS = [
    "J.Doe+x@Gmail.com",
    "info@example.com",
    "hans@straße.example.net",
    "a@a.ua",
    "olena-k@ya.ru",
    "x@shop.local",
]
PHONES = [
    "067 123 45 67",
    "8 (916) 123-45-67",
    "8 067 123 45 67",
    "0000000",
    "+49 (0)151 23456789",
    "067 123 45 67 вн. 5",
]
LINES = [
    "вулиця Хрещатик, буд. 1-а, квартира 5",
    "Нова Пошта №7",
    "Haupt Str. 5",
    "12 Main St apt #4",
    "Поштомат 12",
    "test",
]
DATES = ["1990-05-17", "05/06/1990", "29.02.", "1970-01-01", "1604-05-17", "17.05.05"]


def _outcomes() -> list[object]:
    pairs = [(tuple(a.rsplit(" ", 1)), tuple(b.rsplit(" ", 1))) for a in NAMES for b in NAMES]
    found: list[object] = [compare_names(a, b) for a, b in pairs]
    found += [gender_of(*name.rsplit(" ", 1)) for name in NAMES]
    found += [(fold_email(one), email_alias(fold_email(one)), is_role_mailbox(one)) for one in EMAILS]
    found += [e164(one, country=country) for one in PHONES for country in ("UA", "RU", "DE")]
    places = [
        normal_address(Address(line1=one, country=country)) for one in LINES for country in ("UA", "DE")
    ]
    found += [(place.digest, place.home_digest, place.kind) for place in places]
    found += [birth_date(one, country="US", today=date(2026, 3, 1)) for one in DATES]
    return found


def test_what_the_code_decides_changes_only_with_its_version() -> None:
    # Another outcome? Raise _CODE in _tables.py, then put its digest here.
    digest = blake2b(repr(_outcomes()).encode(), digest_size=8).hexdigest()
    assert digest == "392960f4c2fc2167"
