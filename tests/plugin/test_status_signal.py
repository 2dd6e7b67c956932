"""The site's own code hears of order status changes, by the command that asks for them."""

import os
import re
import signal
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core import mail
from django.core.cache import cache
from django.core.management import call_command
from django.test import override_settings

from plugin.site_world import HANNA, Shops, bought
from regulars_agent import list_status_hooks
from regulars_mapping import OrderStatus
from wagtail_regulars import OrderStatusChange, order_status_changed
from wagtail_regulars._workspace import workspace


class Ear:
    """A receiver as a site would connect one; ``fail`` makes it raise."""

    def __init__(self) -> None:
        self.heard: list[OrderStatusChange] = []
        self.fail = False

    def hear(self, *, change: OrderStatusChange, **_: Any) -> None:
        self.heard.append(change)
        if self.fail:
            raise ValueError


@pytest.fixture
def ear() -> Iterator[Ear]:
    made = Ear()
    order_status_changed.connect(made.hear)
    yield made
    order_status_changed.disconnect(made.hear)


def listen(**options: Any) -> str:
    out = StringIO()
    call_command("regulars_signals", stdout=out, stderr=out, **options)
    return out.getvalue()


def place_order(people: Shops, status: OrderStatus) -> None:
    """Hanna orders again, after the site began to listen."""
    now = datetime.now(UTC)
    seen = bought("1002", HANNA, 5, customer_id="7", placed_at=now, status=status, shop_status=status.value)
    people.tea.land(seen, now=now)


def test_a_receiver_hears_of_what_changes_from_the_first_look_on(people: Shops, ear: Ear) -> None:
    assert listen() == ""
    assert [shown.hook.key for shown in list_status_hooks(workspace())] == ["django"]
    place_order(people, OrderStatus.PROCESSING)
    assert listen() == "1 changes were sent.\n"
    assert listen() == ""
    (change,) = ear.heard
    assert (change.shop, change.number, change.before, change.after) == ("tea", "1002", None, "processing")
    assert change.order_id == f"{people.tea.shop.id}:1002"
    assert change.account_id == f"{people.tea.shop.id}:7"
    assert change.person_id is not None and change.at.tzinfo is not None


def test_a_receiver_that_raises_is_called_again_later_with_the_same_id(
    people: Shops, ear: Ear, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    listen()
    place_order(people, OrderStatus.COMPLETED)
    ear.fail = True
    assert "are sent again later" in listen()
    ear.fail = False
    later = datetime.now(UTC) + timedelta(seconds=20)
    monkeypatch.setattr(workspace(), "clock", lambda: later)
    assert listen() == "1 changes were sent.\n"
    first, again = ear.heard
    assert first == again


def test_following_goes_on_until_it_is_told_to_stop(people: Shops, monkeypatch: pytest.MonkeyPatch) -> None:
    # It would close the one connection that holds the site's database in memory.
    monkeypatch.setattr(
        "wagtail_regulars.management.commands.regulars_signals.close_old_connections", lambda: None
    )
    listen()
    place_order(people, OrderStatus.COMPLETED)

    def stop(**_: Any) -> None:
        os.kill(os.getpid(), signal.SIGTERM)

    order_status_changed.connect(stop)
    try:
        assert listen(follow=True, interval=60) == "1 changes were sent.\n"
    finally:
        order_status_changed.disconnect(stop)


def test_the_site_of_the_documentation_has_each_paid_order_packed_once(
    people: Shops, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = (Path(__file__).parents[2] / "docs/reference/status-hooks.md").read_text("utf-8")
    (source,) = re.findall(r"```python\n(# courier/receivers\.py\n.*?)```", page, re.DOTALL)
    # Held until the end, as a module is: the signal itself holds receivers weakly.
    module = {"__name__": "courier.receivers"}
    exec(compile(source, "courier/receivers.py", "exec"), module)
    try:
        with override_settings(
            MANAGERS=[("Iryna", "iryna@example.com")],
            EMAIL_BACKEND="django.core.mail.backends.locmem.EmailBackend",
        ):
            mail.outbox = []
            cache.clear()
            listen()
            place_order(people, OrderStatus.PROCESSING)
            order_status_changed.connect(_tires)
            assert "are sent again later" in listen()
            later = datetime.now(UTC) + timedelta(seconds=20)
            monkeypatch.setattr(workspace(), "clock", lambda: later)
            order_status_changed.disconnect(_tires)
            assert listen() == "1 changes were sent.\n"
            (letter,) = mail.outbox
            assert letter.to == ["iryna@example.com"]
            assert letter.subject.endswith("Pack order 1002 of tea")
    finally:
        order_status_changed.disconnect(_tires)
        order_status_changed.disconnect(dispatch_uid="courier")


def _tires(**_: Any) -> None:
    raise ValueError
