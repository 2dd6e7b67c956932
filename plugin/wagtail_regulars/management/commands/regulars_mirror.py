"""``manage.py regulars_mirror``: write the mirror models anew, after the store's tables have changed."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from wagtail_regulars.mirror._generation import PLACE, source


class Command(BaseCommand):
    """For developers of Regulars; a site never needs it."""

    help = "Write the mirror models from the store's tables."
    # It must run while the models are wrong.
    requires_system_checks: list[str] = []  # noqa: RUF012 - Django's own way to say so

    def add_arguments(self, parser: ArgumentParser) -> None:
        """The options."""
        parser.add_argument("--check", action="store_true", help="Only say whether the file is up to date.")

    def handle(self, *_arguments: object, check: bool, **_options: Any) -> None:
        """Write the file, or compare it."""
        wanted = source()
        if PLACE.exists() and PLACE.read_text(encoding="utf-8") == wanted:
            self.stdout.write(f"{PLACE} is up to date.")
            return
        if check:
            raise CommandError(f"{PLACE} differs from the store's tables. Run: manage.py regulars_mirror")
        PLACE.write_text(wanted, encoding="utf-8")
        self.stdout.write(f"{PLACE} is written.")
