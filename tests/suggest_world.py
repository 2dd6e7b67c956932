"""Small crowds of accounts to compare: people with homes, and those of them who have a second account."""

import random
from collections.abc import Iterable
from dataclasses import replace

from sqlalchemy import select

from identity_scene import account_row, add_test_shops
from identity_world import Attributes
from regulars_agent._suggest_fields import Described
from regulars_store import Store, clear_dirty, dirty_marks, mark_dirty, resolve, tables, upsert

_GIVEN = (
    "Olena",
    "Ivan",
    "Maryna",
    "Dmytro",
    "Kateryna",
    "Serhii",
    "Viktoriia",
    "Bohdan",
    "Lyudmyla",
    "Taras",
    "Nadiia",
    "Oksana",
)
_ROOTS = (
    "Koval",
    "Shevch",
    "Bondar",
    "Tkach",
    "Kravch",
    "Meln",
    "Polish",
    "Moroz",
    "Rudn",
    "Savch",
    "Lysenk",
    "Hnat",
    "Petr",
    "Zakhar",
)
_ENDINGS = (
    "enko",
    "uk",
    "ets",
    "ovych",
    "yshyn",
    "iv",
)
_STREETS = (
    "Sadova",
    "Lisova",
    "Zelena",
    "Shkilna",
    "Naberezhna",
    "Soborna",
    "Franka",
    "Hrushevskoho",
    "Vesela",
    "Tykha",
)
_TOWNS = (
    "Kyiv",
    "Lviv",
    "Odesa",
    "Kharkiv",
    "Dnipro",
    "Poltava",
)


def person(number: int, draw: random.Random) -> Described:
    """A person with an account, whose person it is alone."""
    given, family = draw.choice(_GIVEN), draw.choice(_ROOTS) + draw.choice(_ENDINGS)
    return Described(
        id=f"1:{number}",
        person=f"p{number}",
        given_name=given,
        family_name=family,
        email=f"{given}.{family}{draw.randrange(1000)}@example.com".lower(),
        phone=f"+38067{draw.randrange(10**7):07d}",
        line1=f"{draw.choice(_STREETS)} {draw.randrange(1, 140)}",
        line2=f"{draw.randrange(1, 90)}",
        city=draw.choice(_TOWNS),
        postcode=f"{draw.randrange(1001, 99000):05d}",
    )


def again(one: Described, number: int, draw: random.Random) -> Described:
    """The same human's second account: another e-mail and phone, and the name perhaps mistyped or swapped."""
    slip = draw.randrange(3)
    given, family = one.given_name, one.family_name
    if slip == 0:
        given, family = family, given
    elif slip == 1:
        family = family[:3] + family[4] + family[3] + family[5:]
    return replace(
        one,
        id=f"2:{number}",
        person=f"q{number}",
        given_name=given,
        family_name=family,
        email=f"{draw.randrange(10**9)}@example.org",
        phone=f"+38050{draw.randrange(10**7):07d}",
    )


def crowd(people: int, *, twice: int, seed: int = 1) -> list[Described]:
    """So many people, the first ``twice`` of them with a second account: ``1:N`` and ``2:N``."""
    draw = random.Random(seed)
    first = [person(number, draw) for number in range(people)]
    return first + [again(one, number, draw) for number, one in enumerate(first[:twice])]


def put_accounts(store: Store, accounts: Iterable[Described]) -> None:
    """Keep them in a store with the shops 1 and 2, each with its address, and resolve them."""
    blank = dict.fromkeys(("given_name", "family_name", "company", "country", "phone"), "")
    with store.write() as connection:
        if connection.scalar(select(tables.shop.c.id).limit(1)) is None:
            add_test_shops(connection)
        for one in accounts:
            said = Attributes(one.email, one.phone, one.given_name, one.family_name)
            upsert(connection, tables.account, [account_row(one.id, said)])
            place = {name: getattr(one, name) for name in ("line1", "line2", "city", "region", "postcode")}
            row = {**blank, **place, "id": f"{one.id}:home", "account_id": one.id}
            upsert(connection, tables.address, [row])
            mark_dirty(connection, "identity", [one.id])
        marks = dirty_marks(connection, "identity", limit=10_000)
        resolve(connection, [mark.key for mark in marks])
        clear_dirty(connection, "identity", marks)
