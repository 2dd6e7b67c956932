"""Made-up people's accounts straight into a store, and the truth about them kept beside it."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Set
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from bench._checkouts import SHOPS, Typed
from bench._townsfolk import Person
from regulars_mapping import Contact, account_fields, guest_external_id
from regulars_store import Store, add_shop, insert_rows, tables

_START = datetime(2015, 1, 1, tzinfo=UTC)
_BATCH = 20_000
_PLACE = ("line1", "line2", "city", "postcode")


@dataclass(frozen=True, slots=True)
class Truth:
    """Whose each account is. ``owners`` has more than one where a shop itself holds people as one guest."""

    people: dict[int, Person]
    owners: dict[str, set[int]] = field(default_factory=lambda: defaultdict(set))
    typed: dict[str, Typed] = field(default_factory=dict)
    strayed: set[frozenset[int]] = field(default_factory=set)
    """Two people of whom one mistyped their e-mail, and made it just the other's."""

    def cause(self, owners: Set[int]) -> str:
        """Why these people were joined, where nothing that was typed tells them apart; else "wrong"."""
        some = [self.people[one] for one in owners]
        if any(pair <= owners for pair in self.strayed):
            return "slip"
        if len({one.household for one in some}) > 1:
            return "wrong"
        if all(one.namesake for one in some):
            return "namesakes"
        return "mailbox" if all(one.common_mailbox for one in some) else "wrong"


def settle_people(store: Store, people: Iterable[Person], accounts: Iterable[Iterator[Typed]]) -> Truth:
    """Fill an empty store; answers whose is what."""
    truth = Truth({one.number: one for one in people})
    with store.write() as connection:
        for rank in range(1, SHOPS + 1):
            url = f"https://shop{rank}.example.com"
            add_shop(connection, name=f"shop{rank}", platform="bench", url=url, options={}, now=_START)
    mailboxes = {email: one.number for one in truth.people.values() for email in one.emails}
    rows: dict[str, dict[str, Any]] = {}
    places: dict[str, dict[str, Any]] = {}
    for number, typed in enumerate(one for some in accounts for one in some):
        row = _row(typed, number)
        rows[row["id"]] = row
        truth.owners[row["id"]].add(typed.person)
        owner = mailboxes.get(row["email_folded"], typed.person)
        if owner != typed.person and row["email_folded"] != truth.people[typed.person].common_mailbox:
            truth.strayed.add(frozenset((typed.person, owner)))
        truth.typed[row["id"]] = typed
        places |= {place["id"]: place for place in _places(row["id"], typed)}
    for table, some in ((tables.account, [*rows.values()]), (tables.address, [*places.values()])):
        for start in range(0, len(some), _BATCH):
            with store.write() as connection:
                insert_rows(connection, table, some[start : start + _BATCH])
    return truth


def _row(typed: Typed, number: int) -> dict[str, Any]:
    contact = Contact(
        email=typed.email, phone=typed.phone, given_name=typed.given, family_name=typed.family, country="UA"
    )
    fields = account_fields(contact, country="UA")
    guest = guest_external_id(fields, order_external_id=str(number))
    external_id = str(number) if typed.registered else guest
    said = {name: getattr(fields, name) for name in fields.__slots__}
    return {
        **said,
        "id": f"{typed.shop}:{external_id}",
        "shop_id": typed.shop,
        "external_id": external_id,
        "registered": typed.registered,
        "birth_date": typed.born,
        "role": "customer" if typed.registered else "",
        "email_verified": None,
        "labels": {},
        "registered_at": None,
        "version_at": _START + timedelta(seconds=number),
        "version_sequence": 1,
        "version_of": None,
        "gone": False,
    }


def _places(account_id: str, typed: Typed) -> Iterator[dict[str, Any]]:
    blank = dict.fromkeys(("given_name", "family_name", "company", "region", "phone"), "")
    for nth, place in enumerate(typed.places):
        told = dict(zip(_PLACE, place, strict=True))
        yield {**blank, **told, "id": f"{account_id}:{nth}", "account_id": account_id, "country": "UA"}
