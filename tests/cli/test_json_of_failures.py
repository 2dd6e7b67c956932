"""With ``--json`` a command that fails answers with one document too; what nobody expected is one line."""

import os
import signal
import threading
from typing import Any

import pytest

from agent_world import SPENT, a_history
from cli.conftest import Served
from command_line import CommandLine, Meddled, is_listing, with_body
from regulars_sandbox import Request, Response, WooCommerceShop


@pytest.mark.parametrize(
    "command",
    [
        ["shop", "add", "woocommerce", "x", "not an address"],
        ["shop", "check", "nosuch"],
        ["shop", "webhooks", "nosuch"],
        ["plan", "nosuch"],
        ["apply", "main", "pnosuch"],
        ["person", "show", "nosuch"],
        ["dead-letters", "drop", "99", "--why", "x"],
        ["programme", "disable", "nosuch"],
    ],
    ids=" ".join,
)
def test_a_failure_is_one_document_and_its_words(regulars: CommandLine, command: list[str]) -> None:
    regulars.done("init")
    said = regulars(*command, "--json", given="ck_1\ncs_1\n")
    assert said.code == 1
    assert said.json.keys() == {"problem", "exit"}
    assert said.json["exit"] == 1
    assert said.json["problem"] == said.err.strip().removeprefix("consumer key").strip()
    plain = regulars(*command, given="ck_1\ncs_1\n")
    assert (plain.code, plain.out) == (1, "")


@pytest.mark.parametrize("command", [["status", "--bogus", "--json"], ["verify", "--json"]], ids=" ".join)
def test_wrong_use_is_one_document_too(regulars: CommandLine, command: list[str]) -> None:
    said = regulars(*command)
    assert (said.code, said.json["exit"]) == (2, 2)
    assert said.json["problem"]
    assert "Usage: regulars" in said.err


def test_there_is_a_document_without_a_workspace(regulars: CommandLine) -> None:
    said = regulars("status", "--json")
    assert (said.code, said.json["problem"]) == (1, said.err.strip())


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_stopped_command_is_one_document(
    regulars: CommandLine, served: Served, number: int, code: int
) -> None:
    asked, stopped, waiting = threading.Event(), threading.Event(), threading.Event()

    def hold(_: Request, response: Response) -> Response:
        if waiting.is_set():
            asked.set()
            stopped.wait(30)
        return response

    assert regulars.connected(served(Meddled(WooCommerceShop.of(a_history(SPENT)), hold))).code == 0
    waiting.set()
    running = regulars.start("backfill", "--json")
    assert asked.wait(30)
    os.kill(running.pid, number)
    stopped.set()
    said = running.ended()
    assert (said.code, said.json["exit"]) == (code, code)
    assert said.json["problem"].startswith("Stopped.")


def test_an_unexpected_error_is_one_line_and_a_file_without_data(regulars: CommandLine) -> None:
    said = broken(regulars, "person", "find", "olena@example.com", "--json")
    assert said.code == 1
    assert said.json["problem"] == said.err.strip()
    assert len(said.err.splitlines()) == 1
    file = regulars.directory / "regulars-errors.log"
    assert str(file) in said.err
    kept = file.read_text("utf-8")
    assert "OperationalError" in kept
    assert "in run" in kept
    assert "olena" not in kept + said.err
    assert "no such column" not in kept
    assert file.stat().st_mode & 0o077 == 0
    broken(regulars, "person", "find", "olena@example.com")
    assert file.read_text("utf-8").startswith(kept)


def test_debug_shows_all_of_it(regulars: CommandLine) -> None:
    said = broken(regulars, "--debug", "person", "find", "olena@example.com")
    assert said.code == 1
    assert "Traceback" in said.err
    assert "no such column" in said.err


def broken(regulars: CommandLine, *command: str) -> Any:
    """A command whose store lost a column behind its back."""
    import sqlite3

    if not regulars.directory.exists():
        regulars.done("init")
        with sqlite3.connect(regulars.directory / "regulars.sqlite3") as connection:
            connection.execute("ALTER TABLE person RENAME COLUMN given_name TO lost")
        connection.close()
    return regulars(*command)


def test_a_shop_that_was_never_read_is_named_once(regulars: CommandLine, served: Served) -> None:
    assert regulars.connected(served(WooCommerceShop.of(a_history(SPENT)))).code == 0
    said = regulars("sync", "main", "--json")
    assert said.code == 1
    assert said.err.startswith("main: its history")
    (told,) = said.json
    assert told["problem"].startswith("its history")
    counted = "0 persons, 0 accounts, 0 orders, 0 refunds, 0 products, 0 reviews"
    assert counted in regulars.done("status").out


def test_an_order_of_impossible_amounts_may_be_given_up_as_it_is_said(
    regulars: CommandLine, served: Served
) -> None:
    def absurd(request: Request, response: Response) -> Response:
        if not is_listing(request, "orders"):
            return response
        body = response.body.replace(b'"total":"500.00"', b'"total":"98999999999010.00"')
        return with_body(response, body)

    assert regulars.connected(served(Meddled(WooCommerceShop.of(a_history(SPENT)), absurd))).code == 0
    read = " ".join(regulars("backfill", "main").out.split())
    assert "to give one up: regulars dead-letters drop NUMBER --why" in read
