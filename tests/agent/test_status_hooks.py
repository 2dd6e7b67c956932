"""Order status changes, told to a real server: signed, at least once, by an id that stays."""

import os
import signal
import threading
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from pydantic import SecretStr
from sqlalchemy import select

from agent_workers import started
from hook_receiver import Heard, Receiver, receiving
from regulars_agent import (
    AddedHook,
    Told,
    Workspace,
    add_status_hook,
    bind,
    deliver_status_changes,
    derive,
    doctor,
    end_status_hook,
    list_status_hooks,
    make_huey,
    retry_status_hook,
    status_changes_due,
    try_status_hook,
)
from regulars_agent._hook_secrets import HOOK_SECRET, secret_place
from regulars_agent._setting_sections import HookSettings
from regulars_agent._status_delivery import LONGEST_WAIT, take_status_changes, wait_after
from regulars_agent._status_sending import signature, signing_key
from regulars_mapping import MisconfiguredError, OrderStatus, PermanentError
from regulars_store import Observed, add_shop, land, tables
from shop_objects import contact, order

OWNER = "the owner"


class Changes:
    """A workspace with one shop, whose orders change; and somebody who is told."""

    def __init__(self, workspace: Workspace, receiver: Receiver) -> None:
        self.workspace = workspace
        self.receiver = receiver
        self.clock: Any = workspace.clock
        self.added: AddedHook | None = None
        with workspace.store.write() as connection:
            self.shop = add_shop(
                connection,
                name="tea",
                platform="woocommerce",
                url="https://tea.example",
                options={},
                now=workspace.clock() - timedelta(days=100),
            )

    def listen(self, **given: Any) -> None:
        self.added = add_status_hook(self.workspace, "site", self.receiver.url, who=OWNER, **given)
        self.clock.forward(seconds=1)

    def move(self, *orders: tuple[str, OrderStatus]) -> None:
        """These orders, placed now where they are new, have these statuses now."""
        now = self.workspace.clock()
        page = [replace(_order(number, status, now), changed_at=now) for number, status in orders]
        with self.workspace.store.write() as connection:
            land(connection, self.shop, page, via="changes", now=now, lease=None, checkpoint=None)
        self.clock.forward(seconds=1)

    def tell(self, **later: float) -> Told:
        self.clock.forward(**later)
        return deliver_status_changes(self.workspace)


def _order(number: str, status: OrderStatus, now: datetime) -> Observed:
    words = {"status": status, "shop_status": status.value, "number": f"№{number}", "placed_at": now}
    return order(number, None, contact=contact("hanna", given_name="Ганна"), **words)


@pytest.fixture
def changes(empty_workspace: Workspace) -> Iterator[Changes]:
    with receiving() as receiver:
        yield Changes(empty_workspace, receiver)


def states(changes: Changes) -> list[str]:
    query = select(tables.status_delivery.c.state).order_by(tables.status_delivery.c.sequence)
    with changes.workspace.store.read() as connection:
        return list(connection.scalars(query))


def test_the_signature_is_that_of_the_scheme_s_published_example() -> None:
    key = signing_key(SecretStr("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"))
    made = signature(key, "msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330, b'{"test": 2432232314}')
    assert made == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


def test_a_change_is_told_once_signed_and_without_the_person_s_data(changes: Changes) -> None:
    changes.move(("1", OrderStatus.PENDING))
    changes.listen()
    changes.move(("1", OrderStatus.PROCESSING), ("2", OrderStatus.PENDING))
    derive(changes.workspace)
    assert changes.tell() == Told(delivered=2)
    assert changes.tell(hours=9) == Told()
    first, second = changes.receiver.heard
    assert changes.receiver.told == [("1", "pending", "processing"), ("2", None, "pending")]
    assert changes.added is not None and changes.added.secret is not None
    for heard in (first, second):
        assert heard.signed_with(changes.added.secret.get_secret_value())
        assert b"hanna" not in heard.raw.lower() and "Ганна".encode() not in heard.raw
    with changes.workspace.store.read() as connection:
        account, person = connection.execute(select(tables.account.c.id, tables.account.c.person_id)).one()
    assert person is not None
    assert first.data == {
        "order": f"{changes.shop.id}:1",
        "shop": "tea",
        "number": "№1",
        "from": "pending",
        "to": "processing",
        "shop_from": "pending",
        "shop_to": "processing",
        "at": first.data["at"],
        "account": account,
        "person": person,
    }


def test_what_was_before_the_hook_is_never_told(changes: Changes) -> None:
    changes.move(*((str(number), OrderStatus.COMPLETED) for number in range(30)))
    changes.listen()
    assert not status_changes_due(changes.workspace)
    assert changes.tell() == Told()
    assert changes.receiver.heard == []


@pytest.mark.slow
def test_one_killed_between_the_message_and_its_note_is_sent_again_with_its_id(changes: Changes) -> None:
    changes.listen()
    changes.move(("1", OrderStatus.PENDING))
    settings = changes.workspace.settings

    def kill(_: Heard) -> tuple[int, dict[str, str]]:
        os.kill(process.pid, signal.SIGKILL)
        process.wait()
        return 200, {}

    changes.receiver.answer = kill
    given = {"directory": str(settings.directory), "store_url": changes.workspace.store.url}
    with started("hook_workers.py", **given) as process:
        assert process.wait() == -signal.SIGKILL
    assert states(changes) == ["waiting"]
    changes.receiver.answer = lambda _: (200, {})
    assert changes.tell() == Told(delivered=1)
    first, again = changes.receiver.heard
    assert (first.id, first.raw) == (again.id, again.raw)
    assert states(changes) == ["delivered"]


def test_an_address_that_fails_is_left_alone_ever_longer_and_then_told_in_order(changes: Changes) -> None:
    changes.listen()
    changes.move(("1", OrderStatus.PENDING), ("2", OrderStatus.PENDING))
    changes.receiver.answer = lambda _: (500, {})
    assert changes.tell() == Told(unreachable=1)
    changes.move(("1", OrderStatus.PROCESSING))
    assert len(changes.receiver.heard) == 1
    assert not status_changes_due(changes.workspace)
    assert changes.tell(seconds=5) == Told(unreachable=1)
    assert changes.tell(seconds=20) == Told()
    (shown,) = list_status_hooks(changes.workspace)
    assert (shown.state.waiting, shown.state.problem) == (3, "it answered 500")
    changes.receiver.answer = lambda _: (200, {})
    changes.receiver.heard.clear()
    assert changes.tell(seconds=30) == Told(delivered=3)
    told = [each for each in changes.receiver.told if each[0] == "1"]
    assert told == [("1", None, "pending"), ("1", "pending", "processing")]
    assert list_status_hooks(changes.workspace)[0].hook.failures == 0


def test_the_next_try_and_why_it_waits_are_shown(changes: Changes) -> None:
    def shown() -> tuple[datetime | None, str]:
        (one,) = list_status_hooks(changes.workspace)
        return one.next_try, one.why_it_waits

    changes.listen()
    assert shown() == (None, "")
    changes.move(("1", OrderStatus.PENDING))
    first = shown()
    assert first[0] is not None and first[0] <= changes.clock()
    assert "the agent tells it" in first[1] and "regulars agent" in first[1]
    changes.receiver.answer = lambda _: (422, {})
    changes.tell()
    changes.move(("1", OrderStatus.PROCESSING))
    refused = shown()
    assert refused[0] is not None and refused[0] > changes.clock()
    assert refused[1] == "1 refused; the last problem: it answered 422"
    changes.receiver.answer = lambda _: (500, {})
    changes.tell(seconds=6)
    resting = shown()
    assert resting[0] == list_status_hooks(changes.workspace)[0].hook.rests_until
    assert resting[1] == "the address failed: it answered 500"


def test_a_busy_receiver_is_left_alone_for_as_long_as_it_asks(changes: Changes) -> None:
    changes.listen()
    changes.move(("1", OrderStatus.PENDING))
    changes.receiver.answer = lambda _: (429, {"Retry-After": "3000"})
    changes.tell()
    changes.receiver.answer = lambda _: (200, {})
    assert changes.tell(seconds=2900) == Told()
    assert changes.tell(seconds=100) == Told(delivered=1)


@pytest.mark.parametrize("asked", ["999999999", "9" * 400, "Fri, 31 Dec 9999 23:59:59 GMT"])
def test_a_receiver_that_asks_for_longer_is_left_alone_for_six_hours(changes: Changes, asked: str) -> None:
    changes.listen()
    changes.move(("1", OrderStatus.PENDING))
    changes.receiver.answer = lambda _: (503, {"Retry-After": asked})
    before = changes.clock()
    changes.tell()
    rests_until = list_status_hooks(changes.workspace)[0].hook.rests_until
    assert rests_until is not None and before <= rests_until - LONGEST_WAIT <= changes.clock()


def test_one_that_answers_slowly_holds_up_no_other_not_even_what_comes_meanwhile(changes: Changes) -> None:
    """The slow one answers when the other has heard what came after both began."""
    heard = threading.Event()
    waited: list[bool] = []

    def slowly(told: Heard) -> tuple[int, dict[str, str]]:
        if told.data["order"][-1] == "1":
            changes.move(("2", OrderStatus.PENDING))
            waited.append(heard.wait(8))
        return 204, {}

    def at_once(told: Heard) -> tuple[int, dict[str, str]]:
        if told.data["order"][-1] == "2":
            heard.set()
        return 204, {}

    with receiving() as quick:
        changes.listen()
        add_status_hook(changes.workspace, "quick", quick.url, who=OWNER)
        changes.receiver.answer, quick.answer = slowly, at_once
        changes.move(("1", OrderStatus.PENDING))
        assert changes.tell(seconds=1) == Told(delivered=4)
        assert waited == [True]
        assert [each[0] for each in quick.told] == [each[0] for each in changes.receiver.told] == ["1", "2"]


def test_one_message_that_is_refused_holds_up_no_other_and_is_given_up(changes: Changes) -> None:
    changes.workspace.settings = changes.workspace.settings.model_copy(
        update={"hooks": HookSettings(tries=3)}
    )
    changes.listen()
    changes.move(("1", OrderStatus.PENDING), ("2", OrderStatus.PENDING))
    refused = f"{changes.shop.id}:1"
    changes.receiver.answer = lambda heard: (422 if heard.data["order"] == refused else 200, {})
    assert changes.tell() == Told(delivered=1, refused=1)
    assert changes.tell(seconds=5) == Told(refused=1)
    assert changes.tell(minutes=5) == Told(dead=1)
    assert changes.tell(days=2) == Told()
    finding = next(each for each in doctor(changes.workspace) if each.subject == "hook site")
    assert "1 status changes could not be told" in finding.message
    assert "it answered 422" in finding.message and "hook retry site" in finding.remedy
    changes.receiver.answer = lambda _: (200, {})
    assert retry_status_hook(changes.workspace, "site", who=OWNER) == 1
    assert changes.tell() == Told(delivered=1)
    assert not [each for each in doctor(changes.workspace) if each.subject == "hook site"]


def test_an_order_s_later_change_waits_for_one_that_was_refused_and_nobody_is_woken_for_it(
    changes: Changes,
) -> None:
    changes.listen()
    changes.move(("1", OrderStatus.PENDING))
    changes.move(("1", OrderStatus.PROCESSING))
    changes.receiver.answer = lambda _: (422, {})
    assert changes.tell() == Told(refused=1)
    assert not status_changes_due(changes.workspace)
    changes.receiver.answer = lambda _: (204, {})
    assert changes.tell(seconds=6) == Told(delivered=2)


def test_what_waits_is_given_up_after_so_many_tries_of_the_address(changes: Changes) -> None:
    changes.workspace.settings = changes.workspace.settings.model_copy(
        update={"hooks": HookSettings(tries=2)}
    )
    changes.listen()
    changes.move(*((str(number), OrderStatus.PENDING) for number in range(3)))
    changes.receiver.answer = lambda _: (503, {})
    assert changes.tell() == Told(unreachable=1)
    assert changes.tell(seconds=5) == Told(unreachable=1, dead=3)
    assert len(changes.receiver.heard) == 2


def test_a_redirect_is_not_followed_and_what_is_gone_is_given_up(changes: Changes) -> None:
    changes.listen()
    changes.move(("1", OrderStatus.PENDING), ("2", OrderStatus.PENDING))
    elsewhere = {"Location": changes.receiver.url}
    changes.receiver.answer = lambda heard: (302, elsewhere) if heard.data["order"][-1] == "1" else (410, {})
    assert changes.tell() == Told(refused=1, dead=1)
    assert len(changes.receiver.heard) == 2


def test_nobody_there_and_no_secret_are_said_and_tried_again(changes: Changes) -> None:
    with receiving() as gone:
        pass
    add_status_hook(changes.workspace, "gone", gone.url, who=OWNER)
    changes.listen()
    changes.workspace.secrets.delete(secret_place("site"), HOOK_SECRET)
    changes.clock.forward(seconds=1)
    changes.move(("1", OrderStatus.PENDING))
    assert changes.tell() == Told(unreachable=2)
    assert changes.tell(seconds=5) == Told(unreachable=2)
    said = {each.subject: each.message for each in doctor(changes.workspace)}
    assert "nothing answers there" in said["hook gone"]
    assert "The signing secret of the hook site is missing" in said["hook site"]


def test_the_agent_tells_as_soon_as_something_waits(changes: Changes) -> None:
    changes.listen()
    changes.move(("1", OrderStatus.PENDING))
    huey = make_huey(changes.workspace.settings)
    tasks = bind(huey, changes.workspace)
    with changes.workspace.store.write() as connection:
        connection.execute(tables.shop.update().values(removed_at=changes.workspace.clock()))
    tasks.pulse()
    for _ in range(2):
        huey.execute(huey.dequeue())
    assert huey.dequeue() is None
    assert changes.receiver.told == [("1", None, "pending")]
    huey.storage.close()


def test_a_site_s_signal_hears_from_its_first_asking_on_and_again_what_it_did_not_take(
    changes: Changes,
) -> None:
    changes.move(("1", OrderStatus.PENDING))
    heard: list[tuple[str, str, str]] = []

    def take(change: Any) -> bool:
        heard.append((change["id"], change["order"][-1], change["to"]))
        return len(heard) > 1

    assert take_status_changes(changes.workspace, take, who=OWNER) == Told()
    changes.clock.forward(seconds=1)
    changes.move(("1", OrderStatus.COMPLETED))
    assert not status_changes_due(changes.workspace)
    assert take_status_changes(changes.workspace, take, who=OWNER) == Told(refused=1)
    assert changes.tell() == Told()
    changes.clock.forward(seconds=5)
    assert take_status_changes(changes.workspace, take, who=OWNER) == Told(delivered=1)
    assert [each[1:] for each in heard] == [("1", "completed")] * 2
    assert len(set(heard)) == 1


def test_ending_a_hook_forgets_its_secret_and_what_waited(changes: Changes) -> None:
    changes.listen()
    changes.move(("1", OrderStatus.PENDING))
    assert end_status_hook(changes.workspace, "site", who=OWNER, dry_run=True) == 1
    assert end_status_hook(changes.workspace, "site", who=OWNER) == 1
    assert changes.tell() == Told() and changes.receiver.heard == []
    assert changes.workspace.secrets.find(secret_place("site"), HOOK_SECRET) is None
    with pytest.raises(PermanentError, match="no hook 'site'"):
        end_status_hook(changes.workspace, "site", who=OWNER)


def test_adding_says_a_new_secret_once_and_the_same_twice_is_one(changes: Changes) -> None:
    add = {"who": OWNER, "statuses": ["processing"], "shops": ["tea"]}
    url = changes.receiver.url
    rehearsed = add_status_hook(changes.workspace, "site", url, dry_run=True, **add)  # type: ignore[arg-type]
    assert rehearsed.new and rehearsed.secret is None and list_status_hooks(changes.workspace) == []
    added = add_status_hook(changes.workspace, "site", url, **add)  # type: ignore[arg-type]
    assert added.secret is not None and added.secret.get_secret_value() not in repr(added)
    again = add_status_hook(changes.workspace, "site", url, **add)  # type: ignore[arg-type]
    assert not again.new and again.secret is None
    (shown,) = list_status_hooks(changes.workspace)
    assert (shown.hook.statuses, shown.shops) == (("processing",), ("tea",))
    with pytest.raises(PermanentError, match="hook off site"):
        add_status_hook(changes.workspace, "site", url, who=OWNER)
    assert try_status_hook(changes.workspace, "site").problem == ""
    (heard,) = changes.receiver.heard
    assert heard.signed_with(added.secret.get_secret_value())
    assert heard.data == {"hook": "site"}


@pytest.mark.parametrize(
    "url",
    [
        "http://example.com/hook",
        "https://user:pass@example.com/hook",
        "https://10.0.0.7/hook",
        "https://169.254.169.254/latest",
        "https://[::1]/hook",
        "https://crm.internal/hook",
        "https://127.1/hook",
        "ftp://example.com",
        "https://",
        "https://example.com/a b",
    ],
)
def test_an_address_that_others_hear_or_inside_a_network_is_refused(changes: Changes, url: str) -> None:
    if url == "https://[::1]/hook":
        add_status_hook(changes.workspace, "site", url, who=OWNER)
        return
    with pytest.raises(MisconfiguredError):
        add_status_hook(changes.workspace, "site", url, who=OWNER)
    assert list_status_hooks(changes.workspace) == []


def test_a_public_name_that_leads_inside_gets_nothing(
    changes: Changes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("socket.getaddrinfo", lambda *_, **__: [(2, 1, 6, "", ("127.0.0.1", 443))])
    add_status_hook(changes.workspace, "site", "https://public.example.com/hook", who=OWNER)
    answered = try_status_hook(changes.workspace, "site")
    assert "leads inside" in answered.problem


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"statuses": ["procesing"]}, "Did you mean 'processing'"),
        ({"shops": ["coffee"]}, "coffee"),
        ({"key": "Main Site"}, "cannot name a hook"),
        ({"given": SecretStr("whsec_short")}, "24 to 64 bytes"),
    ],
)
def test_what_cannot_be_is_refused_and_nothing_is_kept(
    changes: Changes, given: dict[str, Any], said: str
) -> None:
    wanted = {"key": "site", "url": changes.receiver.url, "who": OWNER} | given
    with pytest.raises((MisconfiguredError, PermanentError), match=said):
        add_status_hook(changes.workspace, **wanted)
    assert list_status_hooks(changes.workspace) == []
    assert changes.workspace.secrets.find(secret_place("site"), HOOK_SECRET) is None


def test_waits_grow_to_six_hours() -> None:
    waits = [wait_after(number).total_seconds() for number in range(1, 9)]
    assert waits == [5, 30, 180, 1080, 6480, *[LONGEST_WAIT.total_seconds()] * 3]
