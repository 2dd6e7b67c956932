"""What an owner hands over wrongly: the exit code, the place and the reason, and not one byte of the store
changed."""

from pathlib import Path
from typing import Any

import pytest

from command_line import CommandLine, rows
from regulars_store import open_store, tables
from suggest_world import crowd, put_accounts

GOOD = 'kind = "birthday"\nkey = "b"\ntitle = "Birthday"\npercent = 10\n'
TIERS = 'key = "t"\ntitle = "T"\ncurrency = "UAH"\n'
STEP = '[[tiers]]\nthreshold = "{}"\npercent = {}\nlevel = "{}"\n'
FILES: dict[str, tuple[str | bytes, str]] = {
    "much.toml": (GOOD.replace("10", "120"), "Programme b: percent: 120 % is no discount"),
    "nothing.toml": (GOOD.replace("10", "0"), "percent: 0 % is no discount"),
    "nan.toml": (GOOD.replace("10", "nan"), "percent: nan % is no discount"),
    "overlap.toml": (
        TIERS + STEP.format("100.00", 5, "A") + STEP.format("100.00", 5, "B"),
        "tier 2 starts no higher than tier 1; sort them upwards",
    ),
    "window.toml": (GOOD + "before = 400\n", "before: must be a whole number of days from 0 to 60"),
    "typo.toml": (
        GOOD + "audience = 'amount_spnt > 500'\n",
        "audience: At character 1: there is no field 'amount_spnt'. Did you mean amount_spent?",
    ),
    "field.toml": (GOOD + "audience = 'property.vision > 2'\n", "audience: At character 1: "),
    "season.toml": (
        GOOD.replace("birthday", "seasonal") + 'level = "S"\nfirst_day = 2026-11-30\nlast_day = 2026-11-27\n',
        "last_day is before first_day; give a later day",
    ),
    "past.toml": (
        GOOD.replace("birthday", "seasonal") + 'level = "S"\nfirst_day = 2020-11-27\nlast_day = 2020-11-30\n',
        "Programme b: last_day: 2020-11-30 is past; give a later day",
    ),
    "over.toml": (GOOD + "valid_until = 2020-11-30T12:00:00Z\n", "valid_until: 2020-11-30 12:00 UTC is past"),
    "nobody.toml": (
        GOOD.replace("birthday", "personal")
        + 'why = "Late"\naccount = "7:404"\nvalid_until = 2999-01-01T00:00:00Z\n',
        "Programme b: account: no shop has an account 7:404; look it up with `regulars person find`",
    ),
    "money.toml": (TIERS.replace("UAH", "UAX"), "currency: UAX is not an ISO 4217 currency"),
    "huge.toml": (GOOD + "# " + "x" * 1_000_000, "is larger than 1000 kB, which no definition is"),
    "deep.toml": (GOOD + f"goods = {'[' * 50_000}", "is nested too deeply"),
    "digits.toml": (GOOD + f"before = {'9' * 5_000}", "a number in it has thousands of digits. Shorten it."),
    "twice.toml": (GOOD + "percent = 20\n", "Cannot overwrite a value"),
    "twice.json": (
        '{"kind": "birthday", "key": "b", "percent": 10, "percent": 90}',
        "'percent' is there twice; leave one of them out.\n",
    ),
    "nan.json": ('{"kind": "birthday", "key": "b", "percent": NaN}', "NaN is no number.\n"),
    "cut.json": ('{"kind": "birthday",', "Mend it as JSON, or write it as TOML in a .toml file.\n"),
    "json.toml": ('{"kind": "birthday"}', "Write it as TOML, or as JSON in a .json file.\n"),
    "list.json": ("[1]", "must hold one programme"),
    "utf16.toml": (GOOD.encode("utf-16"), "line 1 is no UTF-8. Save the file as UTF-8"),
    "cp1251.toml": (GOOD.encode() + 'level = "Свято"'.encode("cp1251"), "line 5 is no UTF-8"),
}
WORDS = [
    (("rate", "set", "USD", "UAH", "0"), "the rate is 0; it must be more than 0"),
    (("rate", "set", "USD", "UAH", "--", "-41"), "the rate is -41; it must be more than 0"),
    (("rate", "set", "USD", "UAH", "1e400"), "the rate '1e400' is no number"),
    (("rate", "set", "USD", "UAH", "nan"), "the rate 'nan' is no number"),
    (("segment", "add", "s", "number_of_ordrs > 2"), "At character 1: there is no field 'number_of_ordrs'"),
    (("person", "set", "PERSON", "birth_date", "1990-02-30"), "There is no day 30 in month 2 of 1990"),
    (("person", "set", "PERSON", "birth_date", "1990-02-29"), "There is no day 29 in month 2 of 1990"),
]


@pytest.fixture
def filled(regulars: CommandLine) -> CommandLine:
    """A workspace with a person, and a programme that is on."""
    regulars.begin()
    store = open_store(f"sqlite:///{regulars.directory / 'regulars.sqlite3'}")
    put_accounts(store, crowd(1, twice=0))
    store.close()
    good = regulars.scratch / "good.toml"
    # As Windows writes it.
    good.write_text(GOOD, "utf-8-sig")
    regulars.done("programme", "enable", str(good))
    regulars.done("compute")
    return regulars


def as_kept(directory: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in directory.glob("regulars.sqlite3*")}


def contents(directory: Path) -> dict[str, list[tuple[Any, ...]]]:
    """Every row but of leases, which are taken before some words are read."""
    store = open_store(f"sqlite:///{directory / 'regulars.sqlite3'}")
    with store.read() as connection:
        all_tables = tables.metadata.sorted_tables
        found = {each.name: rows(connection, each) for each in all_tables if each is not tables.lease}
    store.close()
    return found


def test_what_is_wrong_is_refused_with_its_place_and_the_store_keeps_its_bytes(filled: CommandLine) -> None:
    person = str(filled.done("person", "list", "--status", "entered", "--json").json[0]["id"])
    bytes_before, rows_before = as_kept(filled.directory), contents(filled.directory)
    for name, (content, said) in FILES.items():
        file = filled.scratch / name
        file.write_bytes(content if isinstance(content, bytes) else content.encode())
        refused = filled("programme", "enable", str(file))
        assert (refused.code, refused.out) == (1, ""), name
        assert said in refused.err, (name, refused.err[:500])
        assert "Something unexpected" not in refused.err
    assert as_kept(filled.directory) == bytes_before
    for words, said in WORDS:
        refused = filled(*(person if word == "PERSON" else word for word in words))
        assert (refused.code, said in refused.err) == (1, True), refused.err
    for name in ("field.toml", "past.toml", "over.toml", "nobody.toml"):
        rehearsed = filled("programme", "enable", str(filled.scratch / name), "--dry-run")
        assert (rehearsed.code, FILES[name][1] in rehearsed.err) == (1, True), name
    assert filled("programme", "enable", str(filled.scratch / "there is none.toml")).code == 2
    assert filled("rate", "set", "USD").code == 2
    assert contents(filled.directory) == rows_before
