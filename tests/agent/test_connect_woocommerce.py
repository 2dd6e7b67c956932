"""Connecting a shop by its owner's approval: a request is answered once, soon, by whoever knows its token."""

import json
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr

import regulars_store as store
from agent_world import ENVIRON, QUICK, Clock
from regulars_agent import Settings, Workspace, open_workspace, tick
from regulars_agent._connect_woocommerce import (
    Approval,
    ask_for_key,
    finish_connecting,
    forget_old_requests,
    take_key,
)
from regulars_mapping import MisconfiguredError, PermanentError
from regulars_sandbox import ApiKey, Faults, RunningServer, WooCommerceShop, serve

KEY, SECRET = f"ck_{'0a' * 20}", f"cs_{'1b' * 20}"
REFUSAL = "unknown, too old, or answered already"
Ask = Callable[..., tuple[Approval, str]]


@pytest.fixture
def server() -> Iterator[RunningServer]:
    shop = WooCommerceShop()
    shop.add_key(ApiKey(KEY, SECRET))
    with serve(shop) as server:
        yield server


@pytest.fixture
def workspace(empty_workspace: Workspace) -> Workspace:
    return empty_workspace


@pytest.fixture
def clock(workspace: Workspace) -> Clock:
    assert isinstance(workspace.clock, Clock)
    return workspace.clock


@pytest.fixture
def ask(workspace: Workspace, server: RunningServer) -> Ask:
    """A request, and the token that its answer must carry."""

    def asked(**changes: Any) -> tuple[Approval, str]:
        tokens: list[str] = []

        def callback_url(request: str, token: str) -> str:
            tokens.append(token)
            return f"https://site.example.com/{request}/{token}/"

        given = {"name": "tea", "url": server.url, "who": "7", "app_name": "The site"}
        given |= {"return_url": "https://site.example.com/back/", "callback_url": callback_url}
        return ask_for_key(workspace, **{**given, **changes}), tokens[0]

    return asked


def grant(request: str, **changes: Any) -> bytes:
    told = {"key_id": 1, "user_id": request, "consumer_key": KEY, "consumer_secret": SECRET}
    return json.dumps({**told, "key_permissions": "read_write", **changes}).encode()


def kept(workspace: Workspace, name: str = "tea") -> list[str | None]:
    found = [workspace.secrets.find(name, part) for part in ("consumer_key", "consumer_secret")]
    return [one and one.get_secret_value() for one in found]


def names(workspace: Workspace) -> list[str]:
    with workspace.store.read() as connection:
        return [shop.name for shop in store.shops(connection)]


def test_a_shop_whose_owner_approved_is_checked_and_added(workspace: Workspace, ask: Ask) -> None:
    approval, token = ask()
    assert finish_connecting(workspace, approval.request, who="7").report is None
    take_key(workspace, approval.request, token, grant(approval.request))
    assert (kept(workspace), names(workspace)) == ([KEY, SECRET], [])
    done = finish_connecting(workspace, approval.request, who="7")
    assert (done.connected, done.name) == (True, "tea")
    assert names(workspace) == ["tea"]
    assert finish_connecting(workspace, approval.request, who="7").connected


def test_the_address_may_be_given_as_people_give_it(workspace: Workspace, ask: Ask) -> None:
    approval, _ = ask(url="tea.example.com/wp-json/")
    assert approval.url.startswith("https://tea.example.com/wc-auth/v1/authorize?")
    assert token_free(approval)


def token_free(approval: Approval) -> bool:
    return approval.url not in repr(approval)


def test_a_request_is_answered_once(workspace: Workspace, ask: Ask) -> None:
    approval, token = ask()
    take_key(workspace, approval.request, token, grant(approval.request))
    other = grant(approval.request, consumer_key=f"ck_{'ff' * 20}")
    with pytest.raises(PermanentError, match=REFUSAL):
        take_key(workspace, approval.request, token, other)
    assert kept(workspace) == [KEY, SECRET]


def test_of_many_answers_at_once_one_is_taken(workspace: Workspace, ask: Ask) -> None:
    approval, token = ask()
    together, taken = threading.Barrier(8), []

    def answer() -> None:
        together.wait()
        try:
            take_key(workspace, approval.request, token, grant(approval.request))
            taken.append(1)
        except PermanentError:
            pass

    threads = [threading.Thread(target=answer) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert taken == [1]


@pytest.mark.parametrize(
    "request_id", ["", "unknown-but-long-enough", "../../regulars", "a" * 5_000, "\0" * 30]
)
def test_a_key_for_an_unknown_request_is_refused(workspace: Workspace, ask: Ask, request_id: str) -> None:
    _, token = ask()
    with pytest.raises(PermanentError, match=REFUSAL):
        take_key(workspace, request_id, token, grant(request_id))
    assert kept(workspace) == [None, None]


@pytest.mark.parametrize("token", ["", "x" * 43, "\ud800"])
def test_a_key_without_the_token_is_refused_and_the_request_stands(
    workspace: Workspace, ask: Ask, token: str
) -> None:
    approval, right = ask()
    with pytest.raises(PermanentError, match=REFUSAL):
        take_key(workspace, approval.request, token, grant(approval.request))
    take_key(workspace, approval.request, right, grant(approval.request))


def test_a_key_that_comes_too_late_is_refused(workspace: Workspace, ask: Ask, clock: Clock) -> None:
    approval, token = ask()
    clock.forward(minutes=16)
    with pytest.raises(PermanentError, match=REFUSAL):
        take_key(workspace, approval.request, token, grant(approval.request))


def test_a_newer_request_for_the_name_ends_the_older(workspace: Workspace, ask: Ask) -> None:
    (older, token), (newer, newest) = ask(), ask(url="https://other.example.com", name="TEA")
    with pytest.raises(PermanentError, match=REFUSAL):
        take_key(workspace, older.request, token, grant(older.request))
    take_key(workspace, newer.request, newest, grant(newer.request))


def test_a_key_that_is_none_leaves_the_request_open(workspace: Workspace, ask: Ask) -> None:
    approval, token = ask()
    for body in (b"<html>", grant("another-request"), grant(approval.request, key_permissions="read")):
        with pytest.raises(PermanentError):
            take_key(workspace, approval.request, token, body)
    take_key(workspace, approval.request, token, grant(approval.request))


def test_nobody_else_finishes_a_request(workspace: Workspace, ask: Ask) -> None:
    approval, token = ask()
    take_key(workspace, approval.request, token, grant(approval.request))
    with pytest.raises(MisconfiguredError, match="not known here"):
        finish_connecting(workspace, approval.request, who="8")
    assert names(workspace) == []


def test_a_shop_that_is_not_usable_yet_can_be_mended_and_checked_again(
    workspace: Workspace, ask: Ask, server: RunningServer
) -> None:
    approval, token = ask()
    take_key(workspace, approval.request, token, grant(approval.request))
    server.faults = Faults(maintenance=True)
    assert not finish_connecting(workspace, approval.request, who="7").connected
    assert names(workspace) == []
    server.faults = Faults()
    assert finish_connecting(workspace, approval.request, who="7").connected


def test_a_key_that_was_never_used_is_forgotten(workspace: Workspace, ask: Ask, clock: Clock) -> None:
    approval, token = ask()
    take_key(workspace, approval.request, token, grant(approval.request))
    clock.forward(minutes=61)
    forget_old_requests(workspace)
    assert kept(workspace) == [None, None]
    with pytest.raises(MisconfiguredError, match="too old"):
        finish_connecting(workspace, approval.request, who="7")


def test_the_agents_next_round_forgets_it(workspace: Workspace, ask: Ask, clock: Clock) -> None:
    approval, token = ask()
    take_key(workspace, approval.request, token, grant(approval.request))
    assert kept(workspace) == [KEY, SECRET]
    clock.forward(minutes=61)
    tick(workspace, clock())
    assert kept(workspace) == [None, None]


def test_the_key_of_a_connected_shop_is_kept(workspace: Workspace, ask: Ask, clock: Clock) -> None:
    approval, token = ask()
    take_key(workspace, approval.request, token, grant(approval.request))
    assert finish_connecting(workspace, approval.request, who="7").connected
    clock.forward(minutes=61)
    forget_old_requests(workspace)
    assert kept(workspace) == [KEY, SECRET]
    assert not list((workspace.settings.directory / "connecting").iterdir())


def test_a_key_never_takes_the_place_of_a_connected_shops(workspace: Workspace, ask: Ask) -> None:
    approval, token = ask()
    with workspace.store.write() as connection:
        given = {"platform": "woocommerce", "url": "https://first.example.com", "options": {}}
        store.add_shop(connection, name="tea", now=workspace.clock(), **given)
    workspace.secrets.set("tea", "consumer_key", SecretStr("ck_first"))
    with pytest.raises(MisconfiguredError, match="already"):
        take_key(workspace, approval.request, token, grant(approval.request))
    assert kept(workspace) == ["ck_first", None]


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"name": "\n"}, "cannot be a shop's name"),
        ({"url": "ftp://tea.example.com"}, "plain address"),
        ({"options": {"colour": "red"}}, "no option"),
        ({"callback_url": lambda *_: "http://site.example.com/"}, "HTTPS"),
    ],
)
def test_what_could_not_be_connected_is_not_asked_for(
    workspace: Workspace, ask: Ask, changes: dict[str, Any], words: str
) -> None:
    with pytest.raises(MisconfiguredError, match=words):
        ask(**changes)
    assert not (workspace.settings.directory / "connecting").exists()


def test_requests_are_private_and_hold_no_token(workspace: Workspace, ask: Ask) -> None:
    approval, token = ask()
    folder = workspace.settings.directory / "connecting"
    (file,) = folder.iterdir()
    assert (folder.stat().st_mode & 0o777, file.stat().st_mode & 0o777) == (0o700, 0o600)
    assert token not in file.read_text()
    assert approval.request in file.name


def test_a_spoilt_request_is_none(workspace: Workspace, ask: Ask) -> None:
    approval, token = ask()
    (file,) = (workspace.settings.directory / "connecting").iterdir()
    for spoilt in ("", "[]", '{"id": 1}', "\udc80"):
        file.write_text(spoilt, errors="surrogateescape")
        with pytest.raises(PermanentError, match=REFUSAL):
            take_key(workspace, approval.request, token, grant(approval.request))


def test_requests_are_bounded(tmp_path: Path) -> None:
    from datetime import UTC, datetime

    from regulars_agent._key_requests import KeyRequest, KeyRequests

    requests = KeyRequests(tmp_path / "connecting")
    made = [KeyRequest(f"{at:030}", f"s{at}", "u", "w", "d", {}, datetime.now(UTC)) for at in range(101)]
    for one in made[:100]:
        requests.ask(one)
    with pytest.raises(MisconfiguredError, match="Too many"):
        requests.ask(made[100])


def test_a_folder_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    settings = Settings(directory=tmp_path, keyring_cost=QUICK)
    (tmp_path / "connecting").write_text("a file")
    with open_workspace(settings, clock=Clock(), environ=ENVIRON) as workspace:
        workspace.store.upgrade()
        with pytest.raises(MisconfiguredError, match="connecting cannot be written"):
            ask_for_key(
                workspace,
                name="tea",
                url="https://tea.example.com",
                who="7",
                app_name="The site",
                return_url="https://site.example.com/",
                callback_url=lambda *_: "https://site.example.com/",
            )
