"""Secrets of hooks that change while messages go out, and names that lead elsewhere when it counts; on a real
server."""

import socket
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import urllib3.util.connection
from pydantic import SecretStr

from hook_receiver import Heard, Receiver, receiving
from regulars_agent import (
    Workspace,
    add_status_hook,
    end_status_hook,
    forget_told_changes,
    list_status_hooks,
    rotate_status_hook,
    try_status_hook,
)
from regulars_agent._hook_secrets import HOOK_SECRET, HOOK_SECRET_BEFORE, secret_place
from regulars_agent._secrets import environment_variable
from regulars_agent._status_sending import Message, Sender
from regulars_mapping import MisconfiguredError, PermanentError
from regulars_store import tables

OWNER = {"who": "the owner"}
KEY = b"k" * 32
NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
PUBLIC = "93.184.216.34"


class Hook:
    """A hook, and who hears it."""

    def __init__(self, workspace: Workspace, receiver: Receiver) -> None:
        self.workspace = workspace
        self.receiver = receiver
        self.clock: Any = workspace.clock
        added = add_status_hook(workspace, "site", receiver.url, **OWNER)
        assert added.secret is not None
        self.secret = added.secret.get_secret_value()

    def rotate(self, **options: Any) -> str:
        rotated = rotate_status_hook(self.workspace, "site", **OWNER, **options)
        assert rotated.secret is not None and rotated.secret.get_secret_value() not in repr(rotated)
        return rotated.secret.get_secret_value()

    def sent(self, **later: float) -> Heard:
        self.clock.forward(**later)
        assert try_status_hook(self.workspace, "site").problem == ""
        return self.receiver.heard[-1]

    def kept(self, name: str) -> SecretStr | None:
        return self.workspace.secrets.find(secret_place("site"), name)


@pytest.fixture
def hook(empty_workspace: Workspace) -> Iterator[Hook]:
    with receiving() as receiver:
        yield Hook(empty_workspace, receiver)


def test_while_both_secrets_hold_either_of_them_proves_the_message_and_then_the_new_one_only(
    hook: Hook,
) -> None:
    assert hook.sent().signature.count("v1,") == 1
    new = hook.rotate(overlap=timedelta(hours=6))
    heard = hook.sent(hours=5)
    assert heard.signature.count("v1,") == 2
    assert heard.signed_with(new) and heard.signed_with(hook.secret)
    (shown,) = list_status_hooks(hook.workspace)
    assert shown.hook.secret_until is not None
    heard = hook.sent(hours=1)
    assert heard.signed_with(new) and not heard.signed_with(hook.secret)
    assert hook.kept(HOOK_SECRET_BEFORE) is not None
    forget_told_changes(hook.workspace)
    assert hook.kept(HOOK_SECRET_BEFORE) is None
    assert list_status_hooks(hook.workspace)[0].hook.secret_until is None


def test_a_third_secret_waits_until_the_first_has_ended_unless_both_are_to_end_at_once(hook: Hook) -> None:
    second = hook.rotate()
    with pytest.raises(PermanentError, match="Wait until then, or end both at once: --overlap 0"):
        hook.rotate()
    assert hook.sent().signed_with(second)
    third = hook.rotate(overlap=timedelta())
    heard = hook.sent()
    assert (heard.signature.count("v1,"), heard.signed_with(third)) == (1, True)
    assert hook.kept(HOOK_SECRET_BEFORE) is None
    with pytest.raises(PermanentError, match="at most 30 days"):
        hook.rotate(overlap=timedelta(days=31))


def test_a_rehearsed_change_a_wrong_secret_and_one_of_a_variable_change_nothing(hook: Hook) -> None:
    rehearsed = rotate_status_hook(hook.workspace, "site", dry_run=True, **OWNER)
    assert rehearsed.secret is None and rehearsed.until is not None
    with pytest.raises(MisconfiguredError, match="24 to 64 bytes"):
        hook.rotate(given=SecretStr("whsec_short"))
    with pytest.raises(PermanentError, match="no hook 'sites'"):
        rotate_status_hook(hook.workspace, "sites", **OWNER)
    assert hook.sent().signed_with(hook.secret)
    before = environment_variable(secret_place("site"), HOOK_SECRET_BEFORE)
    variable = environment_variable(secret_place("site"), HOOK_SECRET)
    given = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
    # The variables as the process was started with them.
    hook.workspace.secrets._environ = {variable: given, before: hook.secret}
    with pytest.raises(MisconfiguredError, match=before):
        hook.rotate()
    heard = hook.sent()
    assert heard.signed_with(given) and heard.signed_with(hook.secret)


def test_a_change_that_was_broken_off_is_done_again_and_the_end_of_a_hook_forgets_both(
    hook: Hook, monkeypatch: pytest.MonkeyPatch
) -> None:
    keep = hook.workspace.secrets.set

    def breaks(place: str, name: str, secret: SecretStr) -> None:
        if name == HOOK_SECRET:
            raise KeyboardInterrupt
        keep(place, name, secret)

    monkeypatch.setattr(hook.workspace.secrets, "set", breaks)
    with pytest.raises(KeyboardInterrupt):
        hook.rotate()
    monkeypatch.undo()
    heard = hook.sent()
    assert (heard.signature.count("v1,"), heard.signed_with(hook.secret)) == (1, True)
    new = hook.rotate()
    heard = hook.sent()
    assert heard.signed_with(new) and heard.signed_with(hook.secret)
    end_status_hook(hook.workspace, "site", **OWNER)
    assert hook.kept(HOOK_SECRET) is None and hook.kept(HOOK_SECRET_BEFORE) is None
    with hook.workspace.store.read() as connection:
        deeds = [row.action for row in connection.execute(tables.audit.select())]
    assert deeds.count("hook rotate") == 2


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with receiving() as made:
        yield made


def answered(*numbers: str) -> list[Any]:
    """What a name server says."""
    return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (number, 80)) for number in numbers]


def sent_to(receiver: Receiver) -> str:
    """What became of a message to a name, at the receiver's port."""
    port = receiver.url.rpartition(":")[2]
    with Sender(f"http://receiver.example.com:{port}", [KEY], timeout=1, inside=False) as sender:
        return sender.send(Message.of("msg_1", "regulars.test", at=NOW, data={}), now=NOW).problem


def test_a_name_that_is_another_at_a_second_look_is_not_looked_at_twice(
    receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    looks, reached = [answered(PUBLIC), *[answered("127.0.0.1")] * 9], list[Any]()

    def connect(address: Any, *_: Any) -> socket.socket:
        reached.append(address[0])
        raise ConnectionRefusedError

    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: looks.pop(0))
    # Nothing of this test is to leave the machine, by whichever way.
    monkeypatch.setattr(urllib3.util.connection, "create_connection", connect)
    monkeypatch.setattr("regulars_agent._pinned_http.create_connection", connect)
    assert sent_to(receiver) == "nothing answers there, or it broke the connection off"
    assert (reached, len(looks)) == ([PUBLIC], 9)


INSIDE = [("127.0.0.1",), (PUBLIC, "127.0.0.1"), ("169.254.169.254",), ("10.1.2.3",)]


@pytest.mark.parametrize("numbers", INSIDE)
def test_a_name_of_which_any_address_is_inside_is_told_nothing_at_the_moment_of_sending(
    receiver: Receiver, monkeypatch: pytest.MonkeyPatch, numbers: tuple[str, ...]
) -> None:
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: answered(*numbers))
    assert sent_to(receiver) == "its name leads inside a machine or a network"
    assert receiver.heard == []


def test_a_proxy_gets_messages_to_names_that_only_it_knows_and_none_that_lead_inside(
    receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    known, real = list[Any](), socket.getaddrinfo

    def looked_up(host: Any, *given: Any, **options: Any) -> Any:
        if host != "receiver.example.com":
            return real(host, *given, **options)
        if not known:
            raise socket.gaierror
        return known

    monkeypatch.setenv("http_proxy", receiver.url)
    monkeypatch.setattr(socket, "getaddrinfo", looked_up)
    assert (sent_to(receiver), len(receiver.heard)) == ("", 1)
    known += answered("127.0.0.1")
    assert "leads inside" in sent_to(receiver)
    assert len(receiver.heard) == 1
