"""``manage.py regulars_signals``: send the site's signal for each order status change that waits."""

import signal
from argparse import ArgumentParser
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Event
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import close_old_connections

from regulars_agent import Told, take_status_changes
from regulars_mapping import RegularsError, RetryError
from wagtail_regulars._signals import send
from wagtail_regulars._workspace import workspace

_WHO = "manage.py regulars_signals"


class Command(BaseCommand):
    """Run each few minutes, or once with ``--follow``. Whatever changes after its first run is told."""

    help = "Send order_status_changed for each order status change that waits."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """The options."""
        parser.add_argument("--follow", action="store_true", help="Go on until SIGTERM or SIGINT.")
        parser.add_argument(
            "--interval", type=float, default=5.0, help="Seconds between two looks, with --follow."
        )

    def handle(self, *_arguments: object, follow: bool, interval: float, **_options: Any) -> None:
        """Send what waits; with ``--follow`` again and again."""
        if not follow:
            self._once()
            return
        with _stopped() as stop:
            while not stop.is_set():
                close_old_connections()
                self._once()
                stop.wait(interval)

    def _once(self) -> None:
        try:
            told = take_status_changes(workspace(), send, who=_WHO)
        except RetryError as error:
            self.stderr.write(f"Left to the next look: {error}")
            return
        except RegularsError as error:
            raise CommandError(str(error)) from error
        self._say(told)

    def _say(self, told: Told) -> None:
        if told.delivered:
            self.stdout.write(f"{told.delivered} changes were sent.")
        if told.refused or told.dead:
            self.stderr.write(
                f"{told.refused} changes, of which a receiver raised an error, are sent again later; "
                f"{told.dead} are given up."
            )


@contextmanager
def _stopped() -> Iterator[Event]:
    """An event that a signal sets; then the old handlers."""
    stop = Event()
    numbers = (signal.SIGTERM, signal.SIGINT)
    old = {number: signal.signal(number, lambda *_: stop.set()) for number in numbers}
    try:
        yield stop
    finally:
        for number, handler in old.items():
            signal.signal(number, handler)
