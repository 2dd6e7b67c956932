"""Every command on a workspace with a shop: what it answers, and what it leaves alone."""

import json
import os
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from command_line import KEY, MASTER_KEY, READ_ONLY_KEY, SECRETS, CommandLine, Meddled, Nursery, untouched
from regulars_sandbox import (
    OrderStatus,
    RunningServer,
    ShopAddress,
    ShopCustomer,
    ShopHistory,
    ShopLine,
    ShopOrder,
    WooCommerceShop,
    serve,
)

START = datetime(2026, 3, 1, 12, tzinfo=UTC)
TIERS = """
key = "regulars"
title = "Our regulars"
currency = "UAH"
tiers = [{ threshold = "1000.00", percent = "5", level = "Silver" }]
"""
PEOPLE = (
    ("Ганна", "Яременко", "hanna@example.com", "050 111 22 33"),
    ("John", "Smith", "john@example.com", "+44 20 7946 0123"),
    ("Оксана", "Щербак", "", "067-333-44-55"),
)


def history() -> ShopHistory:
    first, second, third = (
        ShopAddress(given, family, "", "Street 1", "", "Lviv", "79000", "UA", "", email, phone)
        for given, family, email, phone in PEOPLE
    )
    customers = (
        ShopCustomer(
            1, "hanna@example.com", START, START, "Ганна", "Яременко", billing=first, shipping=first
        ),
    )
    lines = (ShopLine("Coffee", 1, 200_000, 200_000),)

    def order(number: int, billing: ShopAddress, customer: int | None = None) -> ShopOrder:
        return ShopOrder(
            number, OrderStatus.COMPLETED, START, START, billing, lines, customer, billing, paid=START
        )

    orders = (order(11, first, 1), order(12, first), order(13, second), order(14, third))
    return ShopHistory("UAH", "Europe/Kyiv", "UA", customers, orders)


@pytest.fixture(scope="module")
def server() -> Iterator[RunningServer]:
    shop = WooCommerceShop.of(history())
    for key in (KEY, READ_ONLY_KEY):
        shop.add_key(key)
    with serve(Meddled(shop, untouched), tls=True) as running:
        yield running


@pytest.fixture(scope="module")
def filled(
    nursery: Nursery, server: RunningServer, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[CommandLine]:
    """A workspace with a shop, persons, a programme and an open plan; to be read only."""
    line = CommandLine(nursery, tmp_path_factory.mktemp("base") / "base", tmp_path_factory.mktemp("scratch"))
    assert line.connected(server).code == 0
    line.done("backfill")
    programme = line.scratch / "tiers.toml"
    programme.write_text(TIERS, "utf-8")
    line.done("programme", "enable", str(programme))
    line.done("compute")
    line.done("plan", "main")
    yield line
    for said in line.heard:
        assert not any(secret in said.out + said.err for secret in SECRETS)


def contents(line: CommandLine) -> list[str]:
    """All that the store holds, as statements."""
    with sqlite3.connect(line.directory / "regulars.sqlite3") as database:
        return [text for text in database.iterdump() if '"lease"' not in text]


def told(text: str) -> str:
    return " ".join(text.split())


def found(line: CommandLine, text: str) -> list[str]:
    return [person["given_name"] for person in line.done("person", "find", text, "--json").json]


@pytest.mark.parametrize(
    "text",
    [
        "Яременко",
        "яременк",
        "ганна яременко",
        "Yaremenko",
        "iaremenko hanna",
        "HANNA@example.com",
        "0501112233",
        "+38 (050) 111-22-33",
        "11",
        "12",
    ],
)
def test_a_person_is_found_by_name_in_either_script_e_mail_phone_and_order(
    filled: CommandLine, text: str
) -> None:
    assert found(filled, text) == ["Ганна"]


@pytest.mark.parametrize(
    ("text", "name"), [("Сміт", "John"), ("Shcherbak", "Оксана"), ("067 333 44 55", "Оксана")]
)
def test_other_people_are_found_the_same_way(filled: CommandLine, text: str, name: str) -> None:
    assert found(filled, text) == [name]


@pytest.mark.parametrize("text", ["nobody", "999", "x@example.com", "", "  ", "%", "[bold]", "\udcff"])
def test_nobody_is_found_where_nobody_is(filled: CommandLine, text: str) -> None:
    assert filled.done("person", "find", text, "--json").json == []
    assert filled.done("person", "find", text).out == "Nobody found.\n"


def test_a_person_is_shown_by_the_id_of_the_person_or_of_any_account(filled: CommandLine) -> None:
    (person,) = filled.done("person", "find", "hanna@example.com", "--json").json
    card = filled.done("person", "show", person["id"], "--json").json
    assert {account["registered"] for account in card["accounts"]} == {True, False}
    assert {tuple(found(filled, account["id"])) for account in card["accounts"]} == {("Ганна",)}
    for account in card["accounts"]:
        assert filled.done("person", "show", account["id"], "--json").json == card
    told = filled.done("person", "show", person["id"]).out
    assert "Ганна Яременко" in told
    assert "order 11 of 2026-03-01: 2,000.00 UAH, completed" in told
    assert "5 %" in told


def test_a_list_that_is_cut_says_so(filled: CommandLine) -> None:
    assert len(found(filled, "ан")) == 2
    said = filled.done("person", "find", "ан", "--limit", "1").out.splitlines()
    assert ["There may be more" in line for line in said] == [False, True]
    assert "more" not in filled.done("person", "find", "ан", "--limit", "3").out


def test_an_address_that_two_accounts_share_is_shown_once_with_all_its_deliveries(
    filled: CommandLine,
) -> None:
    card = filled.done("person", "show", "1:1", "--json").json
    assert [address["deliveries"] for address in card["addresses"]] == [2]


def test_an_unknown_person_is_a_failure_with_what_to_do(filled: CommandLine) -> None:
    said = filled("person", "show", "nobody")
    assert said.code == 1
    assert "regulars person find" in said.err


READING = [
    ["init"],
    ["doctor"],
    ["status"],
    ["digest"],
    ["shop", "list"],
    ["shop", "check", "main"],
    ["backfill"],
    ["sync", "main"],
    ["verify", "main"],
    ["compute"],
    ["plan", "main"],
    ["plan", "main", "--all"],
    ["apply", "main", "--dry-run"],
    ["dead-letters", "list"],
    ["dead-letters", "retry"],
    ["programme", "list"],
    ["person", "find", "Яременко"],
    ["person", "show", "1:1"],
]


@pytest.mark.parametrize("command", READING, ids=" ".join)
def test_with_json_standard_output_is_one_document_and_without_it_is_for_people(
    filled: CommandLine, command: list[str]
) -> None:
    filled.environ["REGULARS_LOG_LEVEL"] = "DEBUG"
    document = filled.done(*command, "--json").json
    assert document is not None
    told = filled.done(*command)
    assert told.out.strip()
    assert not told.out.startswith(("{", "["))
    assert "Traceback" not in told.err


def test_a_terminal_without_cyrillic_gets_question_marks_and_json_stays_whole(filled: CommandLine) -> None:
    def said(*arguments: str) -> bytes:
        command = [sys.executable, "-m", "regulars_cli", "-C", str(filled.directory), *arguments]
        environ = {
            "PATH": os.environ["PATH"],
            "PYTHONIOENCODING": "latin-1",
            "REGULARS_MASTER_KEY": MASTER_KEY,
        }
        return subprocess.run(command, env=environ, capture_output=True, check=True).stdout

    assert b"????? ????????" in said("person", "show", "1:1")
    card = json.loads(said("person", "show", "1:1", "--json").decode("utf-8"))
    assert card["person"]["given_name"] == "Ганна"


def test_a_dry_run_changes_nothing_anywhere(filled: CommandLine, server: RunningServer) -> None:
    programme = filled.scratch / "other.toml"
    programme.write_text(TIERS.replace("5", "6"), "utf-8")
    before, asked = contents(filled), server.requests_seen
    kept = (filled.directory / "secrets" / "keyring.json").read_bytes()
    for command in (
        ["shop", "remove", "main"],
        ["apply", "main"],
        ["programme", "enable", str(programme)],
        ["programme", "disable", "regulars"],
    ):
        filled.done(*command, "--dry-run")
    adding = ["shop", "add", "woocommerce", "other", "https://other.example.com", "--dry-run"]
    filled.done(*adding, given="ck_a\ncs_b\n")
    assert contents(filled) == before
    assert (filled.directory / "secrets" / "keyring.json").read_bytes() == kept
    assert server.requests_seen == asked


def test_a_dry_run_refuses_what_the_real_run_would(filled: CommandLine, server: RunningServer) -> None:
    for command in (
        ["shop", "remove", "nobody"],
        ["apply", "nobody"],
        ["programme", "disable", "nobody"],
        ["dead-letters", "drop", "99", "--why", "x"],
        ["shop", "add", "nonesuch", "other", server.url],
        ["shop", "add", "woocommerce", "main", server.url],
        ["shop", "add", "woocommerce", "other", server.url],
        ["shop", "add", "woocommerce", "other", "ftp://shop.example.com"],
        ["shop", "add", "woocommerce", "\x1b[2J", "https://other.example.com"],
        ["shop", "add", "woocommerce", "other", "https://other.example.com", "--option", "bogus=1"],
        ["shop", "add", "woocommerce", "other", "https://other.example.com", "--option", "language=xx"],
        ["shop", "add", "woocommerce", "other", "https://other.example.com", "--option", "certificates=no"],
    ):
        for more in ([], ["--dry-run"]):
            said = filled(*command, *more, given="ck_a\ncs_b\n")
            assert said.code == 1, command
            assert said.err.strip()
            assert "\x1b" not in said.err
            assert "Traceback" not in said.err


def test_a_dry_run_says_what_a_programme_would_become(filled: CommandLine) -> None:
    def told(name: str, text: str) -> str:
        file = filled.scratch / f"{name}.toml"
        file.write_text(text, "utf-8")
        return filled.done("programme", "enable", str(file), "--dry-run").out

    assert "is new. Would switch it on as version 1" in told("new", TIERS.replace('"regulars"', '"other"'))
    assert "differs from version 1. Would switch it on as version 2" in told(
        "changed", TIERS.replace('"5"', '"6"')
    )
    assert "unchanged, version 1. Nothing would change" in told("same", TIERS)


def test_keys_are_rotated_and_the_old_ones_stay_where_the_shop_refuses_the_new(
    regulars: CommandLine, server: RunningServer
) -> None:
    regulars.connected(server)
    said = regulars("shop", "rotate", "main", given="ck_wrong\ncs_wrong\n")
    assert said.code == 1
    assert "does not know the key" in " ".join(said.out.split())
    regulars.done("shop", "check", "main")
    new = f"{READ_ONLY_KEY.consumer_key}\n{READ_ONLY_KEY.consumer_secret}\n"
    assert regulars("shop", "rotate", "main", given=new).code == 1, "it may only read"
    regulars.done("shop", "check", "main")
    regulars.done("shop", "rotate", "main", given=f"{KEY.consumer_key}\n{KEY.consumer_secret}\n")


def test_keys_that_are_not_given_are_asked_for_with_the_ways_to_give_them(
    regulars: CommandLine, server: RunningServer
) -> None:
    regulars.done("init")
    said = regulars("shop", "add", "woocommerce", "main", server.url)
    assert said.code == 1
    assert "consumer key is missing" in said.err
    assert "REGULARS_SECRET_MAIN_CONSUMER_KEY" in said.err


def test_keys_may_come_from_variables(regulars: CommandLine, server: RunningServer) -> None:
    regulars.done("init")
    regulars.environ |= {
        "REGULARS_SECRET_MAIN_CONSUMER_KEY": KEY.consumer_key,
        "REGULARS_SECRET_MAIN_CONSUMER_SECRET": KEY.consumer_secret,
    }
    option = f"certificates={server.certificate}"
    said = told(regulars.done("shop", "add", "woocommerce", "main", server.url, "--option", option).out)
    assert "REGULARS_SECRET_MAIN_CONSUMER_KEY, REGULARS_SECRET_MAIN_CONSUMER_SECRET" in said
    assert "not kept" in said
    assert "regulars shop rotate main" in said
    regulars.done("backfill")
    assert not (regulars.directory / "secrets").exists()


def test_which_keys_stay_in_variables_is_told_to_machines_too(
    regulars: CommandLine, server: RunningServer
) -> None:
    regulars.done("init")
    regulars.environ["REGULARS_SECRET_MAIN_CONSUMER_KEY"] = KEY.consumer_key
    adding = ("shop", "add", "woocommerce", "main", server.url, "--json")
    option = f"certificates={server.certificate}"
    said = regulars.done(*adding, "--option", option, given=f"{KEY.consumer_secret}\n").json
    assert said["keys_in_variables"] == ["REGULARS_SECRET_MAIN_CONSUMER_KEY"]
    assert said["currency"] == "UAH"


def test_keys_that_were_typed_are_kept_and_no_variable_is_spoken_of(
    regulars: CommandLine, server: RunningServer
) -> None:
    assert "REGULARS_SECRET" not in regulars.connected(server).out


def test_what_a_shop_says_of_itself_is_told_with_names_and_only_where_it_said_so(
    regulars: CommandLine, server: RunningServer
) -> None:
    out = regulars.connected(server).out
    assert "time zone Europe/Kyiv" in out
    assert "currency UAH" in out
    said = regulars("shop", "rotate", "main", given="ck_wrong\ncs_wrong\n")
    assert said.code == 1
    assert "Europe/Kyiv" not in said.out


def test_a_shop_that_does_not_answer_is_named_with_its_port(regulars: CommandLine) -> None:
    regulars.done("init")
    said = regulars("shop", "add", "woocommerce", "main", "https://127.0.0.1:1", given="ck_a\ncs_b\n")
    assert said.code == 1
    assert "127.0.0.1:1/" in said.out + said.err


def test_a_shop_that_was_removed_is_synced_no_more_and_its_keys_are_gone(
    regulars: CommandLine, server: RunningServer
) -> None:
    regulars.connected(server)
    regulars.done("backfill")
    regulars.done("shop", "remove", "main")
    assert regulars.done("shop", "list", "--json").json == []
    assert "No shop is connected" in regulars.done("sync").out
    assert regulars("sync", "main").code == 1
    assert regulars.done("status", "--json").json["counts"]["order"] == 4
    assert regulars.added(server).code == 0, "the name is free again"


def test_a_shop_that_fails_does_not_keep_the_others_from_their_turn(
    regulars: CommandLine, server: RunningServer
) -> None:
    lost = WooCommerceShop.of(history())
    lost.add_key(KEY)
    with serve(lost, tls=True) as other:
        regulars.connected(other, "away")
        regulars.added(server, "here")
        lost.revoke_key(KEY.consumer_key)
        said = regulars("backfill", "--json")
    assert said.code == 1
    assert {each["shop"]: each["complete"] for each in said.json} == {"here": True, "away": False}
    assert "away: The shop does not know the key" in said.err


def test_a_sync_before_a_backfill_says_what_comes_first(regulars: CommandLine, server: RunningServer) -> None:
    regulars.connected(server)
    said = regulars("sync", "main")
    assert said.code == 1
    assert "regulars backfill main" in said.err


def test_a_workspace_is_made_once_and_again_harmlessly(regulars: CommandLine) -> None:
    assert regulars.done("init", "--json").json["made"] is True
    settings = (regulars.directory / "regulars.toml").read_bytes()
    assert regulars.done("init", "--json").json["made"] is False
    assert (regulars.directory / "regulars.toml").read_bytes() == settings
    assert regulars.done("doctor").code == 0


def test_an_unusable_log_level_is_named(regulars: CommandLine) -> None:
    regulars.done("init")
    regulars.environ["REGULARS_LOG_LEVEL"] = "LOUD"
    said = regulars("status")
    assert said.code == 1
    assert "REGULARS_LOG_LEVEL" in said.err
    assert "Traceback" not in said.err


@pytest.mark.parametrize(
    "text", ["", "key = ", "[]", "key = 'x'\ntitle = 'X'\ncurrency = 'UAH'\ntiers = []", "\x00"]
)
def test_a_programme_that_is_none_is_refused_with_the_place(
    regulars: CommandLine, tmp_path: Path, text: str
) -> None:
    regulars.done("init")
    file = tmp_path / "tiers.toml"
    file.write_text(text, "utf-8")
    said = regulars("programme", "enable", str(file))
    assert said.code == 1
    assert "Traceback" not in said.err
    assert said.err.strip()


def test_a_title_with_brackets_is_shown_as_it_is(regulars: CommandLine, tmp_path: Path) -> None:
    regulars.done("init")
    file = tmp_path / "tiers.toml"
    file.write_text(TIERS.replace("Our regulars", "[bold]regulars"), "utf-8")
    regulars.done("programme", "enable", str(file))
    assert "[bold]regulars" in regulars.done("programme", "list").out


def test_what_a_shop_sends_moves_no_cursor_and_forges_no_line(regulars: CommandLine) -> None:
    name = "Eve\x1b[2J\x9b1m\nNobody found.\u202e"
    billing = ShopAddress(name, "Doe", "", "Street 1", "", "Lviv", "79000", "UA", "", "eve@example.com", "")
    lines = (ShopLine("Coffee", 1, 200_000, 200_000),)
    order = ShopOrder(11, OrderStatus.COMPLETED, START, START, billing, lines, None, billing, paid=START)
    shop = WooCommerceShop.of(ShopHistory("UAH", "Europe/Kyiv", "UA", (), (order,)))
    shop.add_key(KEY)
    with serve(shop, tls=True) as running:
        regulars.connected(running)
        regulars.done("backfill")
    regulars.done("compute")
    told = [regulars.done("person", "find", "eve@example.com", *form).out for form in ([], ["--json"])]
    assert len(told[0].splitlines()) == 1
    assert "Eve" in told[0]
    for said in told:
        assert not any(sign in said for sign in "\x1b\x9b\u202e")
