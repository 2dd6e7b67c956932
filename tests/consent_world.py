"""Persons, their addresses and what they said, written straight into the tables."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import insert

from purchases import NOW, World
from regulars_marketing import Audience, Channel, gate
from regulars_store import add_consents, add_sendings, tables

DAY = timedelta(days=1)


@dataclass
class Ledger:
    """A world, and hands to write consents into it."""

    world: World
    accounts: dict[str, str] = field(default_factory=dict)

    def person(self, name: str, *emails: str, phone: str = "", shown: str = "", **record: Any) -> str:
        """A person with an account for each address; the first account's id."""
        made = [
            self.world.account(
                name, email=email, email_folded=email, phone=phone, phone_e164=phone, registered=True
            )
            for email in emails or ("",)
        ]
        self.world.person(name, email=shown or (emails[0] if emails else ""), phone=phone, **record)
        self.accounts |= dict(zip(emails, made, strict=False))
        return made[0]

    def says(
        self, address: str, state: str, at: float, *, topic: str = "marketing", kind: str = "email",
        account: str | None = None, source: str = "form",
    ) -> None:  # fmt: skip
        """A word, so many days before now (less is newer)."""
        named = self.accounts.get(address, "") if account is None else account
        row = {
            "account_id": named, "address_kind": kind, "address_folded": address, "purpose": topic,
            "state": state, "source": source, "at": NOW - at * DAY, "evidence": {}, "who": "Iryna",
        }  # fmt: skip
        with self.world.store.write() as connection:
            add_consents(connection, [row])

    def written(self, account: str, email: str) -> None:
        """An e-mail that somebody wrote into the record."""
        row = {"account_id": account, "field": "email", "value": email, "folded": email, "at": NOW}
        with self.world.store.write() as connection:
            connection.execute(insert(tables.record_edit).values(**row, who="Iryna", why="", named=False))

    def sent(self, account: str, days: float, topic: str = "news") -> None:
        with self.world.store.write() as connection:
            add_sendings(connection, [account], topic=topic, kind="email", who="Iryna", at=NOW - days * DAY)

    def audience(
        self, wanted: Iterable[str] | None = None, *, topic: str = "marketing",
        channel: Channel = Channel.EMAIL, now: datetime = NOW, waiting: Iterable[str] = (),
    ) -> Audience:  # fmt: skip
        persons = None if wanted is None else list(wanted)
        with self.world.store.read() as connection:
            return gate(connection, persons, now=now, topic=topic, channel=channel, waiting=set(waiting))

    def who(self, **options: Any) -> dict[str, str]:
        """Person -> address of everybody who may be written to."""
        return {one.person: one.address for one in self.audience(**options).recipients}
